"""OSV records of PyPI, and what they say about a version: written from the OSV schema over `packaging`.

Two readings of a version are offered. `whole` compares it as PEP 440 writes it, as osv.dev does. `public` first drops
the local part (`+cu118`), which names a build of the same source.
"""

import io
import re
import tarfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Records:
    """Records that stand, by normal name of the package."""

    by_package: dict[str, list[dict]] = field(default_factory=lambda: defaultdict(list))
    by_id: dict[str, dict] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)


def plain(value):
    """YAML has dates; JSON has not."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, str | int | float | bool | None):
        return value
    # A moment without its zone, as PyYAML may leave it, is one of UTC.
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def load(archive: Path) -> Records:
    records = Records()
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and member.name.endswith((".yaml", ".yml")):
                record = plain(yaml.load(io.BytesIO(tar.extractfile(member).read()), LOADER))
                if record and not record.get("withdrawn"):
                    add(record, records)
    join(records)
    return records


def add(record: dict, records: Records) -> None:
    records.by_id[record["id"]] = record
    names = {
        canonicalize_name(affected["package"]["name"])
        for affected in record.get("affected", [])
        if affected.get("package", {}).get("ecosystem") == "PyPI"
    }
    for name in names:
        records.by_package[name].append(record)


def join(records: Records) -> None:
    """Records that share a name are about one weakness; a class is called by the smallest of its names."""
    parent: dict[str, str] = {}

    def find(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for record in records.by_id.values():
        for alias in record.get("aliases") or []:
            one, two = sorted((find(record["id"]), find(alias)))
            parent[two] = one
    records.classes = {name: find(name) for name in list(parent)}


def class_of(records: Records, names: list[str]) -> str:
    """The class of a finding that goes by several names."""
    return min(records.classes.get(name, name) for name in names)


def version_of(text: str, reading: str) -> Version | None:
    try:
        version = Version(text)
    except InvalidVersion:
        return None
    return Version(version.public) if reading == "public" else version


def bound_of(text: str, reading: str) -> Version | None:
    """A bound of a range. Some are no versions (`2.6.0-cu124`); what they begin with still tells where the range ends."""
    version = version_of(text, reading)
    if version is None and (begin := re.match(r"\d+(\.\d+)*", text)):
        version = Version(begin[0])
    return version


def is_affected(affected: dict, text: str, reading: str) -> bool:
    """The schema's evaluation: listed, or in a range that is not one of commits."""
    version = version_of(text, reading)
    for listed in affected.get("versions") or []:
        other = version_of(str(listed), reading)
        if str(listed) == text or (version is not None and other == version):
            return True
    if version is None:
        return False
    ranges = [one for one in affected.get("ranges") or [] if one.get("type") in {"ECOSYSTEM", "SEMVER"}]
    return any(in_range(one, version, reading) for one in ranges)


def in_range(one: dict, version: Version, reading: str) -> bool:
    events = []
    for event in one.get("events") or []:
        for kind, bound in event.items():
            at = Version("0.dev0") if str(bound) == "0" else bound_of(str(bound), reading)
            if at is not None:
                # At one version an end comes before a beginning, except for ends that include it.
                order = {"fixed": 0, "introduced": 1, "last_affected": 2}.get(kind)
                if order is not None:
                    events.append((at, order))
    inside = False
    for at, order in sorted(events):
        if order == 1 and version >= at:
            inside = True
        elif order == 0 and version >= at:
            inside = False
        elif order == 2 and version > at:
            inside = False
    return inside


def matches(records: Records, name: str, version: str, reading: str) -> list[dict]:
    """The records that touch a version of a package."""
    normal = canonicalize_name(name)
    found = []
    for record in records.by_package.get(normal, []):
        for affected in record["affected"]:
            package = affected.get("package") or {}
            if package.get("ecosystem") != "PyPI" or canonicalize_name(package["name"]) != normal:
                continue
            if is_affected(affected, version, reading):
                found.append(record)
                break
    return found


PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")


def pins(path: Path) -> list[tuple[str, str]]:
    """The exact pins of a file that uv wrote, or that is as plain as one."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [PIN.match(line) for line in lines]
    return [(canonicalize_name(match[1]), match[2]) for match in found if match]
