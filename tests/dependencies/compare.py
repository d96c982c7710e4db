"""Compares what `crates/dependencies` reads with what other readers read, file by file.

Usage: compare.py FACTS FILE...

FACTS is the example `facts` of the crate, built. Each file is read by it and by an independent reader: `tomllib`,
`json` and PyYAML with the few lines that a format needs, `packaging` for requirements and `pylock.toml`, pip's own
parser (through pip-requirements-parser) for requirements, `importlib.metadata` and `csv` for installed packages.
Compared are the packages with name, version and number of digests, and the edges where the file has them.
Every difference is printed; the exit status says whether there were any.
"""

import collections
import csv
import email.parser
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name


def toml(path):
    return tomllib.loads(Path(path).read_text())


def document(path):
    return yaml.load(Path(path).read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def canonical(name):
    return str(canonicalize_name(name))


def python_lock(path, key="package"):
    """poetry.lock, pdm.lock, uv.lock, pylock.toml."""
    data = toml(path)
    apart = data.get("metadata", {}).get("files", {})
    for package in data.get(key, []):
        name, version = package["name"], package.get("version")
        files = list(package.get("files", []))
        files = files or apart.get(name, []) or apart.get(f"{name} {version}", [])
        files = files + package.get("wheels", []) + ([package["sdist"]] if "sdist" in package else [])
        if "archive" in package:
            files.append(package["archive"])
        digests = sum(len(f["hashes"]) if "hashes" in f else "hash" in f for f in files)
        yield canonical(name), version, digests


def cargo_lock(path):
    data = toml(path)
    for package in data.get("package", []) + ([data["root"]] if "root" in data else []):
        full = f"checksum {package['name']} {package['version']} ({package.get('source')})"
        known = data.get("metadata", {}).get(full, "<none>") != "<none>"
        yield package["name"], package["version"], int("checksum" in package or known)


def integrity(text):
    return len((text or "").split())


def npm_lock(path):
    data = json.loads(Path(path).read_text())
    if "packages" in data:
        for where, package in data["packages"].items():
            if not package.get("link"):
                name = package.get("name") or where.rpartition("node_modules/")[2]
                yield name, package.get("version"), integrity(package.get("integrity"))
        return

    def level(packages):
        for name, package in packages.items():
            version = package.get("version", "")
            if version.startswith("npm:"):
                name, _, version = version[4:].rpartition("@")
            exact = re.fullmatch(r"\d+\.\d+\.\d+[-+.\w]*", version)
            yield name, version if exact else None, integrity(package.get("integrity"))
            yield from level(package.get("dependencies", {}))

    yield from level(data.get("dependencies", {}))


def pnpm_lock(path):
    data = document(path)
    seen = set()
    old = str(data.get("lockfileVersion", "")).startswith("5")
    for key, package in (data.get("packages") or {}).items():
        bare = key.split("(")[0]
        if "name" in package:
            name, version = package["name"], package.get("version")
        elif old:
            name, _, version = bare.lstrip("/").rpartition("/")
            version = version.split("_")[0]
        else:
            name, _, version = bare.lstrip("/").rpartition("@")
        version = package.get("version", version)
        if version and not re.fullmatch(r"\d+\.\d+\.\d+[-+.\w]*", str(version)):
            version = None
        if (name, version) not in seen:
            seen.add((name, version))
            yield name, version, integrity(package.get("resolution", {}).get("integrity"))


def yarn_lock(path):
    text = Path(path).read_text()
    if "__metadata:" in text:
        for key, package in document(path).items():
            if key != "__metadata":
                name = re.match(r"(@?[^@]+)@", package["resolution"]).group(1)
                version = package["version"]
                version = None if version == "0.0.0-use.local" else version
                yield name, version, int("checksum" in package)
        return
    for block in re.split(r"\n(?=\S)", text):
        head, _, body = block.partition("\n")
        if head.startswith("#") or not head.strip().endswith(":"):
            continue
        first = head.rstrip(":").split(", ")[0].strip('"')
        name, _, wanted = first[1:].partition("@")
        name = first[0] + name
        if wanted.startswith("npm:"):
            name = re.match(r"(@?[^@]+)", wanted[4:]).group(1)
        version = re.search(r'^  version "?([^"\n]+)', body, re.M)
        found = re.search(r"^  integrity (.*)$", body, re.M)
        sha1 = re.search(r"^  resolved .*\.(?:tgz|tar\.gz)[^#\n]*#[0-9a-f]{40}", body, re.M)
        digests = integrity(found.group(1)) if found else int(bool(sha1))
        yield name, version.group(1) if version else None, digests


def bun_lock(path):
    text = re.sub(r",(\s*[}\]])", r"\1", Path(path).read_text())
    for entry in json.loads(text)["packages"].values():
        name, _, version = entry[0][1:].partition("@")
        exact = re.fullmatch(r"\d+\.\d+\.\d+[-+.\w]*", version)
        digests = isinstance(entry[-1], str) and entry[-1].startswith("sha")
        yield entry[0][0] + name, version if exact else None, int(digests)


def pipfile_lock(path):
    data = json.loads(Path(path).read_text())
    for category, packages in data.items():
        if category != "_meta":
            for name, package in packages.items():
                version = re.fullmatch(r"={2,3}([^,*]+)", package.get("version", ""))
                yield canonical(name), version and version.group(1), len(package.get("hashes", []))


def conda_lock(path):
    for package in document(path)["package"]:
        name = canonical(package["name"]) if package["manager"] == "pip" else package["name"].lower()
        yield name, str(package["version"]), sum(1 for digest in (package.get("hash") or {}).values() if digest)


def pixi_lock(path):
    for package in document(path)["packages"]:
        url = package.get("conda") or (package.get("url") if package.get("kind") == "conda" else None)
        digests = sum(1 for key in ("sha256", "md5") if key in package)
        if url:
            stem = re.sub(r"\.(conda|tar\.bz2)$", "", url.rpartition("/")[2])
            name, version, _ = stem.rsplit("-", 2)
            yield name.lower(), version.replace("%21", "!"), digests
        else:
            version = package.get("version")
            yield canonical(package["name"]), None if version is None else str(version), digests


def requirements(path):
    from pip_requirements_parser import RequirementsFile

    parsed = RequirementsFile.from_file(path, include_nested=False)
    for found in parsed.requirements:
        name = canonical(found.name) if found.name else ""
        exact = [s.version for s in found.specifier or [] if s.operator in ("==", "===") and not s.version.endswith("*")]
        link = found.link
        if link is not None and getattr(link, "filename", "").endswith(".whl"):
            exact = [link.filename.split("-")[1].replace("%2B", "+")]
        digests = len(found.hash_options or [])
        if link is not None and link.hash and not found.is_editable:
            digests += 1
        yield name, exact[0] if exact else None, digests


def metadata(path):
    message = email.parser.Parser().parsestr(Path(path).read_text(encoding="utf-8", errors="replace"), headersonly=True)
    for text in message.get_all("Requires-Dist") or []:
        try:
            found = Requirement(text)
        except InvalidRequirement:
            continue
        exact = [s.version for s in found.specifier if s.operator in ("==", "===") and not s.version.endswith("*")]
        yield canonical(found.name), exact[0] if exact else None, 0


def record(path):
    with open(path, newline="", encoding="utf-8") as rows:
        for row in csv.reader(rows):
            if row:
                yield row[0], row[2] or None, int(bool(row[1]))


def egg_requires(path):
    for text in Path(path).read_text().splitlines():
        if text.strip() and not text.startswith("["):
            found = Requirement(text)
            exact = [s.version for s in found.specifier if s.operator in ("==", "===") and not s.version.endswith("*")]
            yield canonical(found.name), exact[0] if exact else None, 0


def go_sum(path):
    for text in Path(path).read_text().splitlines():
        words = text.split()
        if len(words) == 3 and not words[1].endswith("/go.mod"):
            yield words[0], words[1], 1


READERS = {
    "Requirements": requirements,
    "Constraints": requirements,
    "PoetryLock": python_lock,
    "PdmLock": python_lock,
    "UvLock": python_lock,
    "Pylock": lambda path: python_lock(path, "packages"),
    "CargoLock": cargo_lock,
    "NpmLock": npm_lock,
    "PnpmLock": pnpm_lock,
    "YarnLock": yarn_lock,
    "BunLock": bun_lock,
    "PipfileLock": pipfile_lock,
    "CondaLock": conda_lock,
    "PixiLock": pixi_lock,
    "Metadata": metadata,
    "Record": record,
    "EggRequires": egg_requires,
    "GoSum": go_sum,
}


def ours(facts):
    if facts["kind"] == "Record":
        for file in facts["files"]:
            size = file["size"]
            yield file["path"], None if size is None else str(size), int(file["hash"] is not None)
        return
    for package in facts["packages"]:
        digests = sum(1 for artifact in package["artifacts"] if artifact["hash"])
        yield package["package"]["name"], package["package"]["version"], digests


def compare(line):
    answer = json.loads(line)
    path = answer["path"]
    if "error" in answer:
        print(f"{path}: {answer['error']}")
        return 1
    facts = answer["facts"]
    kind = facts["kind"]
    reader = READERS.get(kind)
    count = len(facts["files"] if kind == "Record" else facts["packages"])
    summary = f"{kind} {facts['format']}: {count} packages, {len(facts['edges'])} edges, {answer['milliseconds']} ms"
    if reader is None:
        print(f"{path}: {summary}; no other reader; {facts['problems'][:2]}")
        return 0
    try:
        theirs = collections.Counter(reader(path))
    except Exception as error:
        print(f"{path}: {summary}; the other reader fails: {error!r:.200}; {facts['problems'][:1]}")
        return 0
    mine = collections.Counter(ours(facts))
    differences = list((theirs - mine).items())[:4], list((mine - theirs).items())[:4]
    same = mine == theirs
    print(f"{path}: {summary}; {'same' if same else f'DIFFERENT: theirs {differences[0]} ours {differences[1]}'}")
    return 0 if same else 1


def main():
    program, *files = sys.argv[1:]
    failed = 0
    for start in range(0, len(files), 200):
        output = subprocess.run([program, *files[start : start + 200]], capture_output=True, text=True, check=True)
        failed += sum(compare(line) for line in output.stdout.splitlines())
    print(f"{len(files)} files, {failed} different")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
