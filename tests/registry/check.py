"""Images signed here and verified by cosign and skopeo, and the other way round, in a real registry.

    python tests/registry/check.py PATH_TO_CHAINWRIGHT TOOLS

Runs Debian's docker-registry (2.8, which lists no referrers, so that the tag that stands in for them is used) on a free
port of this machine, with and without a password, and against it the programs that `tools.sh` put into TOOLS: cosign 2,
cosign 3 and skopeo. Without these programs everything is skipped, visibly. Nothing else is reached. Prints one line for
each check; exits with 1 if one fails.
"""

import base64
import gzip
import hashlib
import io
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request

NEEDED = ["docker-registry", "skopeo", "cosign-2", "cosign-3", "openssl"]
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
# The password `inert`, hashed by bcrypt.
HTPASSWD = "user:$2b$05$abcdefghijklmnopqrstuubUFCTYI/qqxSTxAky4CbfWcycBENgVS\n"
failures = []


def check(name, holds, detail=""):
    print(f"{'ok  ' if holds else 'FAIL'} {name}{'' if holds else f': {detail}'}", flush=True)
    if not holds:
        failures.append(name)


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layout(folder, text):
    """An OCI image layout with one small layer."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def put(data):
        (blobs / digest(data)[7:]).write_bytes(data)
        return {"digest": digest(data), "size": len(data)}

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        member = tarfile.TarInfo("app/text")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    plain = packed.getvalue()
    # skopeo would compress it and change the digest.
    layer = gzip.compress(plain, mtime=0)
    config = {"os": "linux", "architecture": "amd64", "config": {}, "rootfs": {"type": "layers", "diff_ids": [digest(plain)]}}
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **put(json.dumps(config).encode())},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", **put(layer)}],
    }
    entry = {"mediaType": MANIFEST, **put(json.dumps(manifest).encode())}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    return entry["digest"]


class Registry:
    """A running docker-registry."""

    def __init__(self, folder, password=None):
        folder.mkdir(parents=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.host = f"127.0.0.1:{free.getsockname()[1]}"
        lines = [
            "version: 0.1",
            "log: {level: error, accesslog: {disabled: true}}",
            f"storage: {{filesystem: {{rootdirectory: {folder / 'data'}}}}}",
            f"http: {{addr: '{self.host}'}}",
        ]
        if password:
            (folder / "htpasswd").write_text(password)
            lines.append(f"auth: {{htpasswd: {{realm: inert, path: {folder / 'htpasswd'}}}}}")
        (folder / "config.yml").write_text("\n".join(lines) + "\n")
        self.process = subprocess.Popen(
            ["docker-registry", "serve", folder / "config.yml"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(300):
            try:
                socket.create_connection(tuple(self.host.split(":")), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("docker-registry does not start")

    def manifest(self, name, data=None):
        """Reads a manifest, or writes it."""
        url = f"http://{self.host}/v2/team/app/manifests/{name}"
        headers = {"Content-Type": MANIFEST} if data else {"Accept": f"{MANIFEST}, application/vnd.oci.image.index.v1+json"}
        request = urllib.request.Request(url, data=data, headers=headers, method="PUT" if data else "GET")
        with urllib.request.urlopen(request) as answer:
            return answer.read()


class World:
    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "COSIGN_PASSWORD": "correct"}
        (folder / "registries.d").mkdir()
        (folder / "registries.d/all.yaml").write_text("default-docker:\n  use-sigstore-attachments: true\n")

    def run(self, *command):
        return subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)

    def ours(self, *arguments):
        return self.run(self.program, *arguments)

    def skopeo(self, *arguments):
        return self.run("skopeo", "--registries.d", self.folder / "registries.d", *arguments)

    def cosign(self, version, verb, *arguments):
        """Runs cosign without any log: neither asked nor written to."""
        if verb.startswith("verify"):
            more = ["--insecure-ignore-tlog=true"]
        else:
            more = ["--tlog-upload=false", "--yes"] + (["--use-signing-config=false"] if version == 3 else [])
        return self.run(f"cosign-{version}", verb, "--allow-http-registry", *more, *arguments)

    def push(self, source, target, *more):
        return self.skopeo("--insecure-policy", "copy", "--dest-tls-verify=false", *more, f"oci:{source}", f"docker://{target}")

    def accepts(self, target, key):
        """Whether skopeo takes an image under a policy that asks for a signature by a key."""
        policy = {
            "default": [{"type": "reject"}],
            "transports": {"docker": {"": [{"type": "sigstoreSigned", "keyPath": str(self.folder / key)}]}},
        }
        (self.folder / "policy.json").write_text(json.dumps(policy))
        out = tempfile.mkdtemp(dir=self.folder)
        return self.skopeo(
            "--policy", self.folder / "policy.json", "copy", "--src-tls-verify=false", f"docker://{target}", f"dir:{out}"
        )

    def verify(self, target, key, *more):
        run = self.ours("verify", f"oci://{target}", "--key", str(key), "--format", "json", *more)
        return run.returncode, json.loads(run.stdout)["images"][0] if run.stdout else run.stderr


def signed_here(world, registry):
    target = f"{registry.host}/team/app:v1"
    for key in ("key", "other"):
        world.ours("keygen", key, "--no-password")
    one = world.one = layout(world.folder / "one", b"one")
    pushed = world.push("one", target)
    check("skopeo pushes", pushed.returncode == 0, pushed.stderr)
    code, report = world.verify(target, "key.pub")
    check("an image without a signature is not judged", code == 2 and report["error"]["code"] == "no-signature", report)
    check("skopeo takes no image without a signature", world.accepts(target, "key.pub").returncode != 0)
    run = world.ours("sign", f"oci://{target}", "--key", "key", "--format", "json")
    made = json.loads(run.stdout)["images"][0] if run.returncode == 0 else {}
    check("a registry without referrers gets the tag", made.get("place") == "referrers-tag", run.stderr)
    check("what is signed is what was pushed", made.get("digest") == one, made)
    index = json.loads(registry.manifest(one.replace(":", "-")))
    kinds = [entry["artifactType"] for entry in index["manifests"]]
    check("the tag lists the bundle", kinds == ["application/vnd.dev.sigstore.bundle.v0.3+json"], index)
    code, report = world.verify(target, "key.pub")
    check("it verifies by the tag", code == 0 and report["digest"] == one, report)
    check("skopeo reads no referrers", world.accepts(target, "key.pub").returncode != 0)
    run = world.ours("sign", f"oci://{target}", "--key", "key", "--layout", "legacy")
    check("a legacy signature is written", run.returncode == 0, run.stderr)
    run = world.accepts(target, "key.pub")
    check("skopeo accepts our legacy signature", run.returncode == 0, run.stderr)
    run = world.accepts(target, "other.pub")
    check("skopeo refuses another key", run.returncode != 0)
    code, report = world.verify(target, "other.pub")
    check("another key is refused", code == 1, report)
    run = world.ours("sign", f"oci://{target}", "--key", "other", "--layout", "legacy")
    both = [world.accepts(target, key).returncode for key in ("key.pub", "other.pub")]
    check("two signatures lie side by side", run.returncode == 0 and both == [0, 0], run.stderr)
    replayed(world, registry, target, one)
    attested(world, target)


def replayed(world, registry, target, one):
    """The signatures of one image, copied to another."""
    victim = f"{registry.host}/team/app:v2"
    two = layout(world.folder / "two", b"two")
    world.push("two", victim)
    registry.manifest(two.replace(":", "-") + ".sig", registry.manifest(one.replace(":", "-") + ".sig"))
    code, report = world.verify(victim, "key.pub")
    codes = {judged["error"]["code"] for judged in report["attached"]}
    check("a copied signature is refused", code == 1 and "wrong-artifact" in codes, report)
    check("skopeo refuses it too", world.accepts(victim, "key.pub").returncode != 0)
    world.push("two", target)
    code, report = world.verify(target, "key.pub")
    check("a moved tag shows another digest", code == 1 and report["digest"] == two, report)
    world.push("one", target)


def attested(world, target):
    (world.folder / "p.json").write_text('{"passed": true}')
    for layout_name in ("referrers", "legacy"):
        kind = f"https://example.com/{layout_name}/v1"
        run = world.ours(
            "attest", "predicate", "--type", kind, "--predicate", "p.json", "--key", "key",
            "--to", f"oci://{target}", "--layout", layout_name,
        )
        check(f"an attestation is attached ({layout_name})", run.returncode == 0, run.stderr)
        code, report = world.verify(target, "key.pub", "--predicate-type", kind)
        check(f"and verifies ({layout_name})", code == 0, report)
        code, report = world.verify(target, "other.pub", "--predicate-type", kind)
        check(f"but not by another key ({layout_name})", code == 1, report)


def signed_by_skopeo(world, registry):
    target = f"{registry.host}/team/theirs:v1"
    layout(world.folder / "theirs", b"theirs")
    (world.folder / "password").write_text("correct")
    run = world.skopeo("generate-sigstore-key", "--output-prefix", "theirs", "--passphrase-file", "password")
    check("skopeo makes a key", run.returncode == 0, run.stderr)
    run = world.push("theirs", target, "--sign-by-sigstore-private-key", "theirs.private", "--sign-passphrase-file", "password")
    check("skopeo signs", run.returncode == 0, run.stderr)
    code, report = world.verify(target, "theirs.pub", "--signed-reference", "exact")
    check("a signature by skopeo verifies", code == 0, report)
    code, report = world.verify(target, "key.pub")
    check("a signature by skopeo is refused with another key", code == 1, report)
    run = world.ours(
        "sign", f"oci://{target}", "--key", "theirs.private", "--password-file", "password", "--layout", "legacy"
    )
    taken = world.accepts(target, "theirs.pub")
    check("a key of cosign signs here for skopeo", run.returncode == 0 and taken.returncode == 0, run.stderr + taken.stderr)


def by_cosign(world, registry):
    """cosign 2 knows the tags, cosign 3 bundles as well; both directions, signatures and attestations."""
    world.run("cosign-3", "generate-key-pair")
    check("cosign makes a key", (world.folder / "cosign.key").exists())
    (world.folder / "password").write_text("correct")
    ours = ("--key", "cosign.key", "--password-file", "password")
    kind = "https://example.com/review/v1"
    cases = [(2, "legacy", []), (3, "legacy", ["--new-bundle-format=false"]), (3, "referrers", ["--new-bundle-format=true"])]
    for version, layout_name, options in cases:
        told = f"cosign {version}, {layout_name}"
        target = f"{registry.host}/team/ours{version}{layout_name}:v1"
        world.push("one", target)
        run = world.ours("sign", f"oci://{target}", *ours, "--layout", layout_name)
        taken = world.cosign(version, "verify", "--key", "cosign.pub", *options, target)
        check(f"our signature is taken ({told})", run.returncode == 0 and taken.returncode == 0, run.stderr + taken.stderr)
        taken = world.cosign(version, "verify", "--key", "key.pub", *options, target)
        check(f"our signature is refused with another key ({told})", taken.returncode != 0)
        run = world.ours(
            "attest", "predicate", "--type", kind, "--predicate", "p.json", *ours, "--to", f"oci://{target}",
            "--layout", layout_name,
        )
        taken = world.cosign(version, "verify-attestation", "--key", "cosign.pub", "--type", kind, *options, target)
        check(f"our attestation is taken ({told})", run.returncode == 0 and taken.returncode == 0, run.stderr + taken.stderr)

        target = f"{registry.host}/team/theirs{version}{layout_name}:v1"
        world.push("one", target)
        by_digest = f"{target.rsplit(':', 1)[0]}@{world.one}"
        run = world.cosign(version, "sign", "--key", "cosign.key", *options, by_digest)
        code, report = world.verify(target, "cosign.pub")
        check(f"their signature verifies ({told})", run.returncode == 0 and code == 0, f"{run.stderr} {report}")
        place = {"legacy": "legacy", "referrers": "referrers-tag"}[layout_name]
        check(f"it lies where it should ({told})", {one["place"] for one in report["attached"]} == {place}, report)
        code, report = world.verify(target, "key.pub")
        check(f"their signature is refused with another key ({told})", code == 1, report)
        run = world.cosign(version, "attest", "--key", "cosign.key", "--type", kind, "--predicate", "p.json", *options, by_digest)
        code, report = world.verify(target, "cosign.pub", "--predicate-type", kind)
        check(f"their attestation verifies ({told})", run.returncode == 0 and code == 0, f"{run.stderr} {report}")


def blobs(world):
    """The bytes of a file, signed here and by cosign, as bundles."""
    file = world.folder / "blob.bin"
    file.write_bytes(bytes(range(256)) * 1000)
    changed = world.folder / "changed.bin"
    changed.write_bytes(file.read_bytes() + b"x")
    ours = ("--key", "cosign.key", "--password-file", "password")
    run = world.ours("sign", "blob.bin", "--blob", *ours)
    bundle = "blob.bin.sigstore.json"
    new = "--new-bundle-format=true"
    # cosign 2 fetches the root of the public instance before it verifies a bundle, whoever signed it.
    verify = ("cosign-3", "verify-blob", "--insecure-ignore-tlog=true", new, "--key", "cosign.pub", "--bundle", bundle)
    taken = world.run(*verify, "blob.bin")
    check("our blob is taken (cosign 3)", run.returncode == 0 and taken.returncode == 0, run.stderr + taken.stderr)
    taken = world.run(*verify, "changed.bin")
    check("our blob is refused for other bytes (cosign 3)", taken.returncode != 0)
    for version in (2, 3):
        quiet = ["--tlog-upload=false", "--yes"] + (["--use-signing-config=false"] if version == 3 else [])
        made = f"theirs-{version}.json"
        signed = world.run(f"cosign-{version}", "sign-blob", *quiet, new, "--key", "cosign.key", "--bundle", made, "blob.bin")
        for name, key, code in (("blob.bin", "cosign.pub", 0), ("changed.bin", "cosign.pub", 1), ("blob.bin", "key.pub", 1)):
            read = world.ours("verify", name, "--key", key, "--signature", made)
            told = f"their blob: {name} by {key} (cosign {version})"
            check(told, signed.returncode == 0 and read.returncode == code, signed.stderr + read.stdout + read.stderr)


def by_certificate(world, registry):
    """A certificate of an authority of one's own, both directions."""
    name = "build@example.com"
    (world.folder / "leaf.ext").write_text(
        f"subjectAltName=critical,email:{name}\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n"
    )
    steps = [
        "openssl ecparam -name prime256v1 -genkey -noout -out ca.key",
        "openssl req -x509 -new -key ca.key -days 30 -subj /CN=inert-root -out ca.pem"
        " -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign",
        "openssl x509 -new -force_pubkey cosign.pub -subj /CN=inert-leaf -CA ca.pem -CAkey ca.key -CAcreateserial -days 10"
        " -extfile leaf.ext -out leaf.pem",
    ]
    made = [world.run(*step.split()) for step in steps]
    check("openssl makes certificates", all(run.returncode == 0 for run in made), made[-1].stderr)
    wanted = ["--certificate-identity", name, "--certificate-oidc-issuer-regexp", ".*", "--insecure-ignore-sct"]
    roots = ["--certificate-roots", "ca.pem", "--identity"]
    signer = ["--key", "cosign.key", "--certificate", "leaf.pem"]
    for version, name_of, options in [
        (2, "legacy", []), (3, "legacy", ["--new-bundle-format=false"]), (3, "bundles", ["--new-bundle-format=true"])
    ]:
        told = f"cosign {version}, {name_of}"
        # Whether cosign 3 takes our bundles with certificates is not tried: it wants a trusted root as a file for them.
        if name_of == "legacy":
            target = f"{registry.host}/team/certified{version}:v1"
            world.push("one", target)
            run = world.ours(
                "sign", f"oci://{target}", *signer, "--certificate", "ca.pem", "--password-file", "password",
                "--layout", "legacy",
            )
            taken = world.cosign(version, "verify", "--ca-roots", "ca.pem", *wanted, *options, target)
            holds = run.returncode == 0 and taken.returncode == 0
            check(f"our certificate is taken ({told})", holds, run.stderr + taken.stderr)
        target = f"{registry.host}/team/theircertified{version}{name_of}:v1"
        world.push("one", target)
        by_digest = f"{target.rsplit(':', 1)[0]}@{world.one}"
        run = world.cosign(version, "sign", *signer, "--certificate-chain", "ca.pem", *options, by_digest)
        verified = [
            world.ours("verify", f"oci://{target}", *roots, identity).returncode for identity in (name, "other@example.com")
        ]
        holds = run.returncode == 0 and verified == [0, 1]
        check(f"their certificate verifies, by its name alone ({told})", holds, f"{run.stderr} {verified}")


def with_password(world, folder):
    registry = Registry(folder, HTPASSWD)
    try:
        target = f"{registry.host}/team/app:v1"
        auth = {"auths": {registry.host: {"auth": base64.b64encode(b"user:inert").decode()}}}
        (world.folder / "auth.json").write_text(json.dumps(auth))
        world.environment["REGISTRY_AUTH_FILE"] = str(world.folder / "auth.json")
        run = world.push("one", target)
        check("skopeo pushes with a password", run.returncode == 0, run.stderr)
        run = world.ours("sign", f"oci://{target}", "--key", "key")
        check("a password that was saved signs", run.returncode == 0, run.stderr)
        code, report = world.verify(target, "key.pub")
        check("and verifies", code == 0, report)
        del world.environment["REGISTRY_AUTH_FILE"]
        code, report = world.verify(target, "key.pub")
        check("without it nothing is judged", code == 2 and report["error"]["code"] == "unauthorised", report)
    finally:
        registry.process.terminate()


def main(program, tools):
    os.environ["PATH"] = f"{tools / 'bin'}:{os.environ['PATH']}"
    if not (tools / "bin/skopeo").exists():
        print("skipped: no real registry, without the programs of tools.sh", file=sys.stderr)
        return
    missing = [tool for tool in NEEDED if not shutil.which(tool)]
    if missing:
        print(f"skipped: no real registry, without {', '.join(missing)}", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        world = World(program, folder)
        registry = Registry(folder / "registry")
        try:
            signed_here(world, registry)
            signed_by_skopeo(world, registry)
            by_cosign(world, registry)
            blobs(world)
            by_certificate(world, registry)
        finally:
            registry.process.terminate()
        with_password(world, folder / "closed")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
    sys.exit(1 if failures else 0)
