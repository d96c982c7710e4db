"""Compares what `crates/dependencies` reads in lock files with what the tools that wrote them say of them.

Usage: exports.py FACTS FOLDER...

FACTS is the example `facts` of the crate, built. A folder holds a lock file and what its tool exported from it
(`resolve.sh` makes both): `all.txt` with every group and extra, `main.txt` with what runs, `dev.txt` with the group
`dev` alone, `ls.json` of npm. Compared are names with versions, every single digest, for whom a package is needed, what the project
asks for itself, the edges where the tool tells them, and on which of six platforms a package is installed.
A difference is printed; the exit status says whether there were any.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PLATFORMS = [
    {
        "python_version": version,
        "python_full_version": f"{version}.1",
        "sys_platform": platform,
        "platform_system": system,
        "os_name": "nt" if platform == "win32" else "posix",
        "platform_machine": "AMD64" if platform == "win32" else "x86_64",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    for version in ("3.10", "3.12")
    for platform, system in (("linux", "Linux"), ("win32", "Windows"), ("darwin", "Darwin"))
]
LOCKS = ["poetry.lock", "uv.lock", "pdm.lock", "pylock.toml", "Pipfile.lock", "package-lock.json"]


def exported(path):
    """name -> [(version, digests, marker, names behind `via`)] of an export in the form of requirements."""
    found = {}
    text = re.sub(r"\\\n\s*", "", path.read_text())
    last = None
    for line in text.splitlines():
        comment = re.match(r"\s+#\s+(?:via\b\s*)?(.*)$", line)
        if comment and last is not None:
            last.extend(name.strip() for name in comment.group(1).split(",") if name.strip())
            continue
        if not line.strip() or line.startswith(("#", "-")):
            continue
        digests = set(re.findall(r"--hash=(sha256:[0-9a-f]+)", line))
        requirement = Requirement(line.split(" --hash")[0].split(" # ")[0].strip())
        last = []
        version = next((clause.version for clause in requirement.specifier), None)
        entry = (version, digests, requirement.marker, last)
        found.setdefault(str(canonicalize_name(requirement.name)), []).append(entry)
    return found


def ours(program, lock):
    line = subprocess.run([program, str(lock)], capture_output=True, text=True, check=True).stdout
    return json.loads(line)["facts"]


def digest(hash):
    return f"{hash['algorithm']}:{hash['digest']}"


class Checks:
    def __init__(self, folder):
        self.folder = folder
        self.failed = 0
        self.done = []

    def same(self, what, mine, theirs):
        if mine == theirs:
            self.done.append(f"{what} {len(mine)}")
            return
        self.failed += 1
        only = sorted(map(str, mine - theirs))[:5], sorted(map(str, theirs - mine))[:5]
        print(f"{self.folder}: {what} DIFFERENT: ours {only[0]} theirs {only[1]}")


def python(program, folder, lock, checks):
    facts = ours(program, lock)
    packages = [p for p in facts["packages"] if p["relation"] != "Root"]
    every, main = exported(folder / "all.txt"), exported(folder / "main.txt")
    pairs = {(name, version) for name, entries in every.items() for version, *_ in entries}
    checks.same("versions", {(p["package"]["name"], p["package"]["version"]) for p in packages}, pairs)
    listed = {(name, digest) for name, entries in every.items() for _, digests, *_ in entries for digest in digests}
    mine = {
        (p["package"]["name"], digest(a["hash"])) for p in packages for a in p["artifacts"] if a["hash"] is not None
    }
    checks.same("digests", mine, listed)
    knows_scopes = lock.name != "poetry.lock" or facts["format"] >= "2.1"
    if knows_scopes:
        runtime = {p["package"]["name"] for p in packages if p["scope"] == "Runtime"}
        checks.same("runtime", runtime, set(main))
    if (folder / "dev.txt").exists() and knows_scopes:
        development = {p["package"]["name"] for p in packages if "dev" in p["groups"]}
        checks.same("group dev", development, set(exported(folder / "dev.txt")))
    direct(folder, packages, checks)
    edges(facts, every, checks)
    platforms(lock, facts, packages, every, checks)


def direct(folder, packages, checks):
    asked = asked_for(folder)
    mine = {p["package"]["name"] for p in packages if p["relation"] == "Direct"}
    told = {p["package"]["name"] for p in packages if p["relation"] == "Transitive"}
    # Where the lock file does not tell, what somebody needs stays unknown.
    checks.same("asked for", mine & asked, mine)
    checks.same("not asked for", told - asked, told)
    unknown = {p["package"]["name"] for p in packages if p["relation"] == "Unknown"}
    checks.same("asked for, told or unknown", (mine | unknown) & asked, asked)


def asked_for(folder):
    def names(lines):
        return {str(canonicalize_name(Requirement(line).name)) for line in lines if isinstance(line, str)}

    if (folder / "Pipfile").exists():
        document = tomllib.loads((folder / "Pipfile").read_text())
        groups = [document[key] for key in document if key not in ("source", "requires", "pipenv")]
        return {str(canonicalize_name(name)) for group in groups for name in group}
    document = tomllib.loads((folder / "pyproject.toml").read_text())
    project, poetry = document.get("project", {}), document.get("tool", {}).get("poetry", {})
    found = names(project.get("dependencies", []))
    for group in [*project.get("optional-dependencies", {}).values(), *document.get("dependency-groups", {}).values()]:
        found |= names(group)
    tables = [poetry.get("dependencies", {})] + [g["dependencies"] for g in poetry.get("group", {}).values()]
    found |= {str(canonicalize_name(name)) for table in tables for name in table if name != "python"}
    return found


def edges(facts, every, checks):
    """uv and pip-compile say behind each package who needs it."""
    told = {
        (str(canonicalize_name(by.split("[")[0])), name)
        for name, entries in every.items()
        for *_, via in entries
        for by in via
        if re.fullmatch(r"[\w.\[\],-]+", by)
    }
    if not told:
        return
    names = [p["package"]["name"] for p in facts["packages"]]
    roots = {p["package"]["name"] for p in facts["packages"] if p["relation"] == "Root"}
    mine = {(names[edge["from"]], names[edge["to"]]) for edge in facts["edges"]}
    checks.same("edges", {(a, b) for a, b in mine if a not in roots}, {(a, b) for a, b in told if a not in roots})


def platforms(lock, facts, packages, every, checks):
    """Markers: on which platforms a package is installed. Only where the lock file writes whole markers."""
    if lock.name == "uv.lock" or (lock.name == "poetry.lock" and facts["format"] < "2.1"):
        return

    def holds(marker, platform):
        # An export of every extra leaves out of its markers for which one a package is.
        return marker is None or any(
            Marker(str(marker)).evaluate({**platform, "extra": extra}) for extra in ("", "serve")
        )

    for platform in PLATFORMS:
        theirs = {n for n, entries in every.items() if any(holds(m, platform) for _, _, m, _ in entries)}
        mine = {p["package"]["name"] for p in packages if holds(p["marker"], platform)}
        checks.same(f"on {platform['sys_platform']} {platform['python_version']}", mine, theirs)


def npm(program, folder, lock, checks):
    facts = ours(program, lock)
    theirs, needs, asked = set(), set(), set()
    manifest = json.loads((folder / "package.json").read_text())
    aliases = {
        name: wanted[4:].rpartition("@")[0]
        for name, wanted in manifest["dependencies"].items()
        if wanted.startswith("npm:")
    }

    def walk(node, parent):
        for name, child in node.get("dependencies", {}).items():
            if not child.get("version"):
                continue
            if parent is None:
                name = aliases.get(name, name)
            theirs.add((name, child["version"]))
            if parent is None:
                asked.add((name, child["version"]))
            else:
                needs.add((parent, (name, child["version"])))
            walk(child, (name, child["version"]))

    walk(json.loads((folder / "ls.json").read_text()), None)
    packages = facts["packages"]
    label = [(p["package"]["name"], p["package"]["version"]) for p in packages]
    # What is optional and was not found has no version.
    keep = [i for i, p in enumerate(packages) if p["relation"] != "Root" and label[i][1] is not None]
    checks.same("packages", {label[i] for i in keep}, theirs)
    mine = {label[i] for i in keep if packages[i]["relation"] == "Direct"}
    unknown = {label[i] for i in keep if packages[i]["relation"] == "Unknown"}
    checks.same("asked for", mine & asked, mine)
    checks.same("asked for, told or unknown", (mine | unknown) & asked, asked)
    mine = {(label[e["from"]], label[e["to"]]) for e in facts["edges"] if packages[e["from"]]["relation"] != "Root"}
    checks.same("edges", {(a, b) for a, b in mine if b[1] is not None}, needs)


def main():
    program, *folders = sys.argv[1:]
    failed = 0
    for folder in map(Path, folders):
        lock = next((folder / name for name in LOCKS if (folder / name).exists()), None)
        checks = Checks(folder.name)
        if lock is None:
            print(f"{folder.name}: no lock file")
            failed += 1
            continue
        (npm if lock.name == "package-lock.json" else python)(program, folder, lock, checks)
        failed += checks.failed
        print(f"{folder.name}: {lock.name}: {', '.join(checks.done)}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
