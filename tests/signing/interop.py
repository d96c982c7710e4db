"""Signs with one tool and verifies with the other: chainwright and model-signing, both ways.

    interop.py CHAINWRIGHT FOLDER

FOLDER is emptied first. Exit 0 if every pair agrees as written here.
"""

import datetime
import pathlib
import shutil
import subprocess
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from model_signing import hashing, signing, verifying

CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
HASHES = {"sha256": "sha256", "blake2b": "blake2", "blake3": "blake3"}


def names(folder):
    """Models by name: folders with odd names, and a single file."""
    models = {
        "plain": ["config.json", "model.safetensors", "sub/weights.bin"],
        "order": ["foo/bar", "foo-1", "foo.bin", "foo0", "Foo/a"],
        "unicode": ["größe.bin", "尺寸/模型.safetensors", "cafe\u0301.txt", "emoji-\U0001f600", "\uffee-\U00010000"],
        "spaces": ["a b/c d.bin", " leading", "quote'\"s", "tab\tname"],
        "colons": ["a:b", "c:0:5", "d/e:f:1:2"],
        "deep": ["/".join(f"d{i}" for i in range(30)) + "/leaf"],
        "empty": ["__init__.py", "weights.bin"],
        "git": ["weights.bin", ".gitattributes", ".github/workflows/ci.yml", "sub/.gitignore"],
    }
    for model, files in models.items():
        for file in files:
            path = folder / model / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"" if file == "__init__.py" else file.encode() * 50)
    single = folder / "single.gguf"
    single.write_bytes(b"GGUF" * 100)
    return {**{model: folder / model for model in models}, "single": single}


def keys(folder, curve):
    """A key pair and a certificate chain of three for it."""
    key = ec.generate_private_key(CURVES[curve])
    write(folder / f"{curve}.pem", key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    write(folder / f"{curve}.sec1.pem", key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()))
    write(folder / f"{curve}.pub", key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    now = datetime.datetime.now(datetime.timezone.utc)
    past = (now - datetime.timedelta(days=400), now - datetime.timedelta(days=30))
    valid = (now - datetime.timedelta(days=400), now + datetime.timedelta(days=30))
    root_key, middle_key = ec.generate_private_key(CURVES[curve]), ec.generate_private_key(CURVES[curve])
    root = certificate("root", root_key.public_key(), "root", root_key, valid, authority=True)
    middle = certificate("middle", middle_key.public_key(), "root", root_key, valid, authority=True)
    leaf = certificate("leaf", key.public_key(), "middle", middle_key, valid)
    expired = certificate("leaf", key.public_key(), "middle", middle_key, past)
    for name, one in {"root": root, "middle": middle, "leaf": leaf, "expired": expired}.items():
        write(folder / f"{curve}.{name}.pem", one.public_bytes(serialization.Encoding.PEM))


def certificate(name, public, issuer, issuer_key, valid, authority=False):
    common = lambda text: x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(common(name))
        .issuer_name(common(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not authority, key_cert_sign=authority, crl_sign=authority, content_commitment=False,
                key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )
    )
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.RFC822Name("build@example.com")]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def write(path, data):
    path.write_bytes(data)


class Trial:
    """Runs pairs and counts those that do not agree with what is expected."""

    def __init__(self, chainwright, folder):
        self.chainwright = chainwright
        self.folder = folder
        self.count = 0
        self.wrong = []

    def judge(self, name, accepted, expected, told):
        self.count += 1
        if accepted != expected:
            self.wrong.append(name)
            print(f"WRONG {name}: accepted {accepted}, expected {expected}\n{told}")

    def run(self, *arguments):
        command = [str(self.chainwright), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, env={"HOME": str(self.folder)})
        return done.returncode == 0, done.stdout + done.stderr

    def key(self, name):
        return self.folder / "keys" / name

    def reference_signs(self, model, signature, curve, mode, config):
        """None if it signed; else why not."""
        signer = signing.Config().set_hashing_config(config)
        if mode == "key":
            signer.use_elliptic_key_signer(private_key=self.key(f"{curve}.pem"))
        else:
            signer.use_certificate_signer(
                private_key=self.key(f"{curve}.pem"),
                signing_certificate=self.key(f"{curve}.{'expired' if mode == 'expired' else 'leaf'}.pem"),
                certificate_chain=[self.key(f"{curve}.middle.pem")],
            )
        signer.sign(model, signature)

    def reference_verifies(self, model, signature, curve, mode):
        verifier = verifying.Config()
        if mode == "key":
            verifier.use_elliptic_key_verifier(public_key=self.key(f"{curve}.pub"))
        else:
            verifier.use_certificate_verifier(certificate_chain=[self.key(f"{curve}.root.pem")])
        try:
            verifier.verify(model, signature)
        except Exception as error:  # Whatever it raises, it did not accept.
            return False, f"{type(error).__name__}: {error}"
        return True, ""

    def we_sign(self, model, signature, curve, mode, *options):
        certificates = []
        if mode != "key":
            certificates = ["--certificate", self.key(f"{curve}.leaf.pem"), "--certificate", self.key(f"{curve}.middle.pem")]
        done, told = self.run("sign", model, "--key", self.key(f"{curve}.pem"), "--signature", signature, *certificates, *options)
        assert done, told

    def we_verify(self, model, signature, curve, mode, *options):
        trusted = ["--key", self.key(f"{curve}.pub")] if mode == "key" else ["--certificate-roots", self.key(f"{curve}.root.pem")]
        return self.run("verify", model, "--signature", signature, *trusted, *options)


def config(hash_name, method, model, signature, ignore=()):
    built = hashing.Config().set_ignored_paths(paths=[*ignore, signature], ignore_git_paths=True)
    if method == "files":
        return built.use_file_serialization(hashing_algorithm=HASHES[hash_name])
    return built.use_shard_serialization(hashing_algorithm=HASHES[hash_name], shard_size=150)


# What released versions cannot verify, whoever signed: (hash, method). Theirs: shards with a size read as a floating number,
# and the name blake2b, which they write themselves.
REFERENCE_CANNOT = {("sha256", "shards"), ("blake2b", "files"), ("blake2b", "shards"), ("blake3", "shards")}


def trials(trial, models):
    signature = trial.folder / "signature.json"

    def both(name, model, curve, mode, hash_name="sha256", method="files", ignore=(), options=()):
        signature.unlink(missing_ok=True)
        trial.reference_signs(model, signature, curve, mode, config(hash_name, method, model, signature, ignore))
        accepted, told = trial.we_verify(model, signature, curve, mode)
        trial.judge(f"they sign, we verify: {name}", accepted, True, told)
        signature.unlink(missing_ok=True)
        ours = ["--hash", hash_name, "--method", method, *options]
        if method == "shards":
            ours += ["--shard-size", "150"]
        trial.we_sign(model, signature, curve, mode, *ours)
        accepted, told = trial.we_verify(model, signature, curve, mode)
        trial.judge(f"we sign, we verify: {name}", accepted, True, told)
        accepted, told = trial.reference_verifies(model, signature, curve, mode)
        expected = (hash_name, method) not in REFERENCE_CANNOT
        trial.judge(f"we sign, they verify: {name}", accepted, expected, told)

    for curve in CURVES:
        for mode in ["key", "certificate"]:
            both(f"{curve} {mode}", models["plain"], curve, mode)
    for hash_name in HASHES:
        for method in ["files", "shards"]:
            both(f"{hash_name} {method}", models["plain"], "p256", "key", hash_name, method)
    for name, model in models.items():
        both(f"model {name}", model, "p256", "key")
        if name != "colons":  # Their own reader of stretches takes no colons in names.
            both(f"model {name} in stretches", model, "p384", "key", method="shards")
    ignored = models["plain"] / "sub"
    both("ignored", models["plain"], "p256", "key", ignore=[ignored], options=["--ignore", "sub"])
    inside(trial, models["plain"])
    refusals(trial, models, signature)


def inside(trial, model):
    """The signature inside the model, as both do by default."""
    place = model / "model.sig"
    trial.we_sign(model, place, "p256", "key")
    accepted, told = trial.reference_verifies(model, place, "p256", "key")
    trial.judge("we sign inside, they verify", accepted, True, told)
    place.unlink()
    trial.reference_signs(model, place, "p256", "key", config("sha256", "files", model, place))
    accepted, told = trial.we_verify(model, place, "p256", "key")
    trial.judge("they sign inside, we verify", accepted, True, told)
    place.unlink()


def refusals(trial, models, signature):
    """What one of them must refuse of the other."""
    model = models["plain"]
    # Defect (f): they accept a certificate that ended a month ago.
    trial.reference_signs(model, signature, "p256", "expired", config("sha256", "files", model, signature))
    accepted, told = trial.we_verify(model, signature, "p256", "certificate")
    trial.judge("an expired certificate", accepted, False, told)
    trial.judge("an expired certificate, by its name", "expired" in told, True, told)
    accepted, told = trial.we_verify(model, signature, "p256", "certificate", "--allow-expired")
    trial.judge("an expired certificate that is allowed", accepted, True, told)
    accepted, told = trial.reference_verifies(model, signature, "p256", "certificate")
    trial.judge("they accept the expired certificate", accepted, True, told)
    # Another key, another root, another identity.
    signature.unlink()
    trial.reference_signs(model, signature, "p256", "certificate", config("sha256", "files", model, signature))
    for name, options, expected in [
        ("the right identity", ["--identity", "build@example.com"], True),
        ("another identity", ["--identity", "evil@example.com"], False),
        ("a part of the identity", ["--identity-regex", "build@example"], False),
        ("a pattern of the identity", ["--identity-regex", r".*@example\.com"], True),
    ]:
        accepted, told = trial.we_verify(model, signature, "p256", "certificate", *options)
        trial.judge(name, accepted, expected, told)
    accepted, told = trial.we_verify(model, signature, "p384", "certificate")
    trial.judge("another root", accepted, False, told)
    # Defect (i): they sign a model without files.
    empty = trial.folder / "nothing"
    empty.mkdir()
    signature.unlink()
    trial.reference_signs(empty, signature, "p256", "key", config("sha256", "files", empty, signature))
    accepted, told = trial.we_verify(empty, signature, "p256", "key")
    trial.judge("a model without files", accepted, False, told)
    # Defect (g): what lies in a linked folder.
    linked = trial.folder / "linked"
    linked.mkdir()
    (linked / "a").write_text("a")
    (linked / "link").symlink_to(model)
    signature.unlink()
    signer = config("sha256", "files", linked, signature).set_allow_symlinks(True)
    trial.reference_signs(linked, signature, "p256", "key", signer)
    accepted, told = trial.we_verify(linked, signature, "p256", "key")
    trial.judge("a linked folder that is not signed", accepted, False, told)
    # A file is changed, added, removed after they signed.
    signature.unlink()
    trial.reference_signs(model, signature, "p256", "key", config("sha256", "files", model, signature))
    config_file, extra = model / "config.json", model / "extra.py"
    before = config_file.read_bytes()
    for name, change in [
        ("changed", lambda: config_file.write_bytes(b"{}")),
        ("removed", config_file.unlink),
        ("added", lambda: extra.write_text("x")),
    ]:
        change()
        accepted, told = trial.we_verify(model, signature, "p256", "key")
        trial.judge(f"a file is {name}", accepted, False, told)
        accepted, told = trial.reference_verifies(model, signature, "p256", "key")
        trial.judge(f"a file is {name}, they", accepted, False, told)
        config_file.write_bytes(before)
        extra.unlink(missing_ok=True)


def main():
    chainwright, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "keys").mkdir(parents=True)
    folder = folder.resolve()
    for curve in CURVES:
        keys(folder / "keys", curve)
    models = names(folder / "models")
    trial = Trial(chainwright, folder)
    trials(trial, models)
    print(f"{trial.count} pairs, {len(trial.wrong)} wrong")
    sys.exit(1 if trial.wrong else 0)


main()
