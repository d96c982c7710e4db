"""Images signed here and verified by skopeo, and the other way round, in a real registry.

    python tests/registry/check.py PATH_TO_CHAINWRIGHT

Runs Debian's docker-registry (2.8, which lists no referrers, so that the tag that stands in for them is used) on a free
port of this machine, with and without a password, and skopeo against it. Without these programs everything is skipped,
visibly. Prints one line for each check; exits with 1 if one fails.
"""

import base64
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

HERE = pathlib.Path(__file__).parent
KEYS = HERE.parent.parent / "crates/signing/tests/keys"
NEEDED = ["docker-registry", "skopeo"]
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
    layer = packed.getvalue()
    config = {"os": "linux", "architecture": "amd64", "config": {}, "rootfs": {"type": "layers", "diff_ids": [digest(layer)]}}
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **put(json.dumps(config).encode())},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", **put(layer)}],
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
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}
        (folder / "registries.d").mkdir()
        (folder / "registries.d/all.yaml").write_text("default-docker:\n  use-sigstore-attachments: true\n")

    def run(self, *command):
        return subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)

    def ours(self, *arguments):
        return self.run(self.program, *arguments)

    def skopeo(self, *arguments):
        return self.run("skopeo", "--registries.d", self.folder / "registries.d", *arguments)

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
    one = layout(world.folder / "one", b"one")
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
    # This release of skopeo knows the older name of the same form.
    key = (KEYS / "p256.cosign.pem").read_text().replace("SIGSTORE", "COSIGN")
    (world.folder / "cosign.key").write_text(key)
    run = world.push("theirs", target, "--sign-by-sigstore-private-key", "cosign.key", "--sign-passphrase-file", "password")
    check("skopeo signs", run.returncode == 0, run.stderr)
    code, report = world.verify(target, KEYS / "p256.pub.pem", "--signed-reference", "exact")
    check("a signature by skopeo verifies", code == 0, report)
    code, report = world.verify(target, "key.pub")
    check("a signature by skopeo is refused with another key", code == 1, report)
    run = world.ours(
        "sign", f"oci://{target}", "--key", "cosign.key", "--password-file", "password", "--layout", "legacy"
    )
    shutil.copy(KEYS / "p256.pub.pem", world.folder / "theirs.pub")
    taken = world.accepts(target, "theirs.pub")
    check("a key of cosign signs here for skopeo", run.returncode == 0 and taken.returncode == 0, run.stderr + taken.stderr)


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


def main(program):
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
        finally:
            registry.process.terminate()
        with_password(world, folder / "closed")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
    sys.exit(1 if failures else 0)
