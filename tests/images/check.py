"""Scans real images and compares with what their own tools say is in them.

    python tests/images/check.py PATH_TO_CHAINWRIGHT FOLDER

FOLDER keeps the images, which `make_images.sh` makes once for each version of itself; that needs root, mmdebstrap,
umoci and skopeo (packages of Debian), and without them everything is skipped, visibly. From the real image others are
derived: with plain and zstandard layers, below several indexes, and damaged ones. Prints one line for each check;
exits with 1 if one fails.
"""

import gzip
import hashlib
import io
import json
import os
import pathlib
import pickle
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse

HERE = pathlib.Path(__file__).parent
NEEDED = ["mmdebstrap", "umoci", "skopeo", "chroot"]
FORMS = ["layout", "layout.tar", "saved.tar"]
failures = []


def check(name, holds, detail=""):
    print(f"{'ok  ' if holds else 'FAIL'} {name}{'' if holds else f': {detail}'}", flush=True)
    if not holds:
        failures.append(name)


class Planted:
    """Calls something harmless when it is loaded, which nobody does."""

    def __reduce__(self):
        return os.system, ("echo inert",)


def made(folder):
    """The real image, made if it is not there; `None` where it cannot be made."""
    script = HERE / "make_images.sh"
    stamp = folder / hashlib.sha256(script.read_bytes()).hexdigest()[:16]
    if stamp.exists():
        return folder / "made"
    missing = [tool for tool in NEEDED if not shutil.which(tool)]
    if missing or os.geteuid() != 0:
        print(f"skipped: no real images, without {', '.join(missing) or 'root'}", file=sys.stderr)
        return None
    folder.mkdir(parents=True, exist_ok=True)
    planted = folder / "planted.bin"
    planted.write_bytes(pickle.dumps(Planted(), protocol=2))
    subprocess.run(["bash", script, folder / "made", planted], check=True, stdout=subprocess.DEVNULL)
    stamp.touch()
    return folder / "made"


def scan(program, target, config=None, limit=600):
    command = [program, "scan", target, "--no-cache", "--no-advisories", "--quiet", "--format", "json"]
    command += ["--config", config] if config else ["--no-config"]
    done = subprocess.run(command, capture_output=True, timeout=limit)
    assert done.returncode in (0, 1, 2), done.stderr.decode()
    return json.loads(done.stdout)


def rules(report, least=("info", "low", "medium", "high", "critical")):
    return sorted({found["rule"] for found in report["findings"] if found["severity"] in least})


def packages(report):
    """What the report lists, as (kind, name, version)."""
    found = set()
    for component in report["components"]:
        match = re.fullmatch(r"pkg:([a-z]+)/(?:[^@]*/)?([^@/]+)@([^?]+).*", component["name"])
        if component["kind"] == "package" and match:
            found.add(tuple(urllib.parse.unquote(part) for part in match.groups()))
    return found


def ending(report, rule):
    """Where a rule fires, by the innermost name."""
    places = set()
    for found in report["findings"]:
        if found["rule"] == rule:
            location = found["subject"]["location"]
            places.add((location["members"] or [location["path"]])[-1])
    return places


def is_incomplete(report, text):
    return any(text in problem["detail"] for problem in report["problems"])


def compare(program, image):
    dpkg = {("deb", *line.split()) for line in (image / "dpkg.txt").read_text().splitlines()}
    of_system = {name.removeprefix("python3-") for _, name, _ in dpkg if name.startswith("python3-")}
    normal = lambda name: re.sub(r"[-_.]+", "-", name).lower()
    pip = json.loads((image / "pip.json").read_text())
    pip = {("pypi", normal(each["name"]), each["version"]) for each in pip if normal(each["name"]) not in of_system}
    config = json.loads((image / "base-config.json").read_text())
    base = config["rootfs"]["diff_ids"][0]
    reports = {}
    with tempfile.TemporaryDirectory() as folder:
        trusted, other = pathlib.Path(folder, "trusted.toml"), pathlib.Path(folder, "other.toml")
        trusted.write_text(f'[[trusted-base]]\nname = "debian"\nlayers = ["{base}"]\n')
        other.write_text(f'[[trusted-base]]\nname = "debian"\nlayers = ["sha256:{"0" * 64}"]\n')
        for form in FORMS:
            report = reports[form] = scan(program, image / form)
            found = packages(report)
            debian = {each for each in found if each[0] == "deb"}
            check(f"{form}: packages are those of dpkg", debian == dpkg, sorted(debian ^ dpkg)[:10])
            python = {each for each in found if each[0] == "pypi"}
            check(f"{form}: packages are those of pip", python == pip, sorted(python ^ pip)[:10])
            places = ending(report, "pickle-code-execution")
            check(f"{form}: the planted pickle is found", len(places) == 1 and all(
                place.endswith("models/pytorch_model.bin") for place in places), places)
            said = [found["message"] for found in report["findings"] if found["rule"] == "image-secret-in-lower-layer"]
            check(f"{form}: the deleted credential is found with its layer", len(said) == 1 and all(
                "root/.env" in each and "layer 3" in each and "by layer 4" in each for each in said), said)
            expected = ["image-secret-in-lower-layer", "pickle-code-execution", "secret-exposed"]
            grave = rules(report, ("medium", "high", "critical"))
            check(f"{form}: nothing else is alarming", grave == expected, grave)
            check(f"{form}: everything was read", not report["decision"].get("incomplete"), report["problems"][:3])
            trusting = rules(scan(program, image / form, trusted))
            check(f"{form}: the base is recognised", "image-base-untrusted" not in trusting, trusting)
            doubting = rules(scan(program, image / form, other))
            check(f"{form}: another base is not", "image-base-untrusted" in doubting, doubting)
    report = scan(program, image / "patched")
    said = [found["message"] for found in report["findings"] if found["rule"] == "installed-file-altered"]
    check("a changed file of a package is found", len(said) == 1 and "requests/__version__.py" in said[0], said)
    check("the layer of the change is told", any("layer 6" in proof["text"] for found in report["findings"]
          if found["rule"] == "installed-file-altered" for proof in found["evidence"]), said)
    essence = lambda report: sorted((found["rule"], found["severity"], found["message"]) for found in report["findings"])
    first = essence(reports[FORMS[0]])
    for form in FORMS[1:]:
        same = [each for each in essence(reports[form]) if each[0] != "image-tag-moves"]
        wanted = [each for each in first if each[0] != "image-tag-moves"]
        check(f"{form}: says the same as {FORMS[0]}", same == wanted, (same, wanted))


class Layout:
    """An image layout that is put together here."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "blobs" / "sha256").mkdir(parents=True)
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')

    def blob(self, data, kind):
        digest = hashlib.sha256(data).hexdigest()
        (self.folder / "blobs" / "sha256" / digest).write_bytes(data)
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(data)}

    def document(self, value, kind):
        return self.blob(json.dumps(value).encode(), kind)

    def image(self, layers, architecture="amd64"):
        """`layers` are pairs of stored bytes and the archive inside."""
        stored = [self.blob(data, "layer.v1.tar") for data, _ in layers]
        ids = ["sha256:" + hashlib.sha256(inner).hexdigest() for _, inner in layers]
        config = self.document({"os": "linux", "architecture": architecture, "config": {},
                                "rootfs": {"type": "layers", "diff_ids": ids}}, "config.v1+json")
        manifest = {"schemaVersion": 2, "config": config, "layers": stored}
        named = self.document(manifest, "manifest.v1+json")
        return {**named, "platform": {"os": "linux", "architecture": architecture}}

    def index(self, entries):
        (self.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))
        return self.folder


def archive(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def forms_of_layers(program, folder):
    """Every way to store a layer gives the same findings."""
    planted = pickle.dumps(Planted(), protocol=2)
    release = b"ID=debian\nVERSION_ID=12\n"
    status = b"Package: inert\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: all\n"
    below = archive([("./etc/os-release", release), ("./var/lib/dpkg/status", status), ("./app/gone.pkl", planted)])
    above = archive([("./models/weights.bin", planted), ("./app/.wh.gone.pkl", b"")])
    packed = {"plain": lambda data: data, "gzip": gzip.compress}
    if shutil.which("zstd"):
        packed["zstd"] = lambda data: subprocess.run(["zstd", "-q"], input=data, capture_output=True, check=True).stdout
    for name, pack in packed.items():
        layout = Layout(folder / name)
        report = scan(program, layout.index([layout.image([(pack(below), below), (pack(above), above)])]))
        check(f"{name} layers: both pickles are found", len(ending(report, "pickle-code-execution")) == 2,
              ending(report, "pickle-code-execution"))
        check(f"{name} layers: the package is listed", ("deb", "inert", "1.0-1") in packages(report), packages(report))

    layout = Layout(folder / "platforms")
    entries = [layout.image([(above, above)]), layout.image([(below, below)], "arm64")]
    inner = layout.document({"schemaVersion": 2, "manifests": entries}, "index.v1+json")
    report = scan(program, layout.index([inner]))
    images = [found for found in report["findings"] if found["rule"] == "image-runs-as-root"]
    check("nested index: every platform is an image", len(images) == 2, images)

    saved = folder / "saved.tar"
    config = json.dumps({"os": "linux", "architecture": "amd64", "config": {}, "rootfs": {"type": "layers", "diff_ids": [
        "sha256:" + hashlib.sha256(layer).hexdigest() for layer in (below, above)]}}).encode()
    name = hashlib.sha256(config).hexdigest()
    layers = [f"./{hashlib.sha256(layer).hexdigest()}/layer.tar" for layer in (below, above)]
    contents = json.dumps([{"Config": f"{name}.json", "RepoTags": ["inert/app:1"], "Layers": [
        layer.removeprefix("./") for layer in layers]}]).encode()
    saved.write_bytes(archive([(layers[0], below), (layers[1], above), (f"./{name}.json", config),
                               ("./manifest.json", contents)]))
    report = scan(program, saved)
    check("docker save with ./ names: both pickles are found", len(ending(report, "pickle-code-execution")) == 2,
          ending(report, "pickle-code-execution"))
    check("docker save with ./ names: everything was read", not report["decision"].get("incomplete"), report["problems"])


def damaged(program, folder):
    """What cannot be read is said, soon."""
    layer = archive([("app/serve.py", b"print(1)\n")])

    layout = Layout(folder / "missing")
    image = layout.image([(gzip.compress(layer), layer)])
    manifest = json.loads((layout.folder / "blobs/sha256" / image["digest"][7:]).read_text())
    (layout.folder / "blobs/sha256" / manifest["layers"][0]["digest"][7:]).unlink()
    report = scan(program, layout.index([image]))
    check("a missing layer leaves the image incomplete", is_incomplete(report, "1 layer"), report["problems"])

    layout = Layout(folder / "no-archive")
    report = scan(program, layout.index([layout.image([(b"not an archive at all\n" * 50, layer)])]))
    check("a layer that is no archive leaves the image incomplete", is_incomplete(report, "1 layer"), report["problems"])

    lying = bytearray(archive([("app/big.bin", b"x" * 1000)]))
    lying[124:136] = b"77777777777\0"
    lying[148:156] = b"        "
    lying[148:156] = b"%06o\0 " % sum(lying[:512])
    layout = Layout(folder / "lying")
    report = scan(program, layout.index([layout.image([(gzip.compress(bytes(lying)), bytes(lying))])]), limit=60)
    check("a member that claims 8 GB is called cut", is_incomplete(report, "reaches behind the end"), report["problems"])

    layout = Layout(folder / "bomb")
    bomb = gzip.compress(gzip.compress(bytes(256 * 1024 * 1024)))
    report = scan(program, layout.index([layout.image([(bomb, bomb)])]), limit=120)
    check("a bomb in place of a layer comes to an end", is_incomplete(report, "1 layer"), report["problems"])
    if shutil.which("zstd"):
        layout = Layout(folder / "steep")
        zeros = archive([("app/zeros.bin", bytes(512 * 1024 * 1024))])
        packed = subprocess.run(["zstd", "-q"], input=zeros, capture_output=True, check=True).stdout
        report = scan(program, layout.index([layout.image([(packed, zeros)])]), limit=120)
        check("a layer that unpacks too steeply is told", is_incomplete(report, "bytes from each compressed byte"),
              report["problems"])


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as scratch:
        forms_of_layers(program, pathlib.Path(scratch))
        damaged(program, pathlib.Path(scratch))
    image = made(folder)
    if image:
        compare(program, image)
    print(f"{len(failures)} failed" if failures else "all as expected")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
