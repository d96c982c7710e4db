"""Compares our matches with pip-audit's and with a second matcher, on real lock files and the same advisories.

Usage: compare.py CHAINWRIGHT PYPA.tar.gz [FOLDER] [--store FILE] [--files NUMBER]

FOLDER holds `*/requirements.txt` (resolve.py makes them; `tests/advisories/pins` has some by hand). Without it the files
of `locks.tar.xz` are taken, which resolve.py made on 2026-11-23 and whose digests of files were left out; `--files` takes
so many of them, spread over all, and of the advisories only those about packages that they pin. pip-audit asks a server
on this machine that answers like osv.dev from the given advisories; nothing else is asked. Findings are compared for each
pin by weakness: records that share an alias are one. Exits 1 where a difference has no explanation.
"""

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from packaging.version import InvalidVersion, Version

import semantics

HERE = Path(__file__).parent


class Server(ThreadingHTTPServer):
    """osv.dev's `/v1/query`, as far as pip-audit asks it."""

    daemon_threads = True

    def __init__(self, records: semantics.Records) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.records = records


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # noqa: N802 (the name is the library's)
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        found = semantics.matches(self.server.records, query["package"]["name"], query["version"], "whole")
        body = json.dumps({"vulns": found} if found else {}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments) -> None:
        pass


def measured(command: list[str], **options) -> tuple[subprocess.CompletedProcess, float, int]:
    """Runs a command; its seconds of CPU and the most memory that it or another child had, in MiB."""
    with tempfile.NamedTemporaryFile("r") as figures:
        timed = ["/usr/bin/time", "-o", figures.name, "-f", "%U %S %M", *command]
        done = subprocess.run(timed, capture_output=True, text=True, check=False, **options)
        user, system, kibibytes = figures.read().splitlines()[-1].split()
    return done, float(user) + float(system), int(kibibytes) // 1024


def of_pip_audit(server: Server, path: Path) -> tuple[dict, list[str], float, int]:
    url = f"http://127.0.0.1:{server.server_port}/v1/query"
    command = [str(Path(sys.executable).parent / "pip-audit"), "--no-deps", "--disable-pip", "-s", "osv"]
    command += ["--osv-url", url, "--progress-spinner", "off", "-f", "json", "-r", str(path)]
    done, seconds, mebibytes = measured(command)
    try:
        answer = json.loads(done.stdout)
    except json.JSONDecodeError:
        return {}, [f"no answer: {' '.join(done.stderr.split())[-160:]}"], seconds, mebibytes
    found, skipped = {}, []
    for dependency in answer["dependencies"]:
        if "skip_reason" in dependency:
            skipped.append(dependency["name"])
            continue
        key = (semantics.canonicalize_name(dependency["name"]), str(Version(dependency["version"])))
        names = [[one["id"], *one["aliases"]] for one in dependency["vulns"]]
        found[key] = {semantics.class_of(server.records, each) for each in names}
    return found, skipped, seconds, mebibytes


def of_chainwright(program: str, store: Path, records: semantics.Records, path: Path) -> tuple[dict, float, int]:
    command = [program, "scan", str(path.parent), "--intel", str(store), "--no-cache", "--no-config", "-q"]
    done, seconds, mebibytes = measured([*command, "--allow-incomplete", "--format", "json"])
    found: dict[tuple[str, str], set[str]] = {}
    for finding in json.loads(done.stdout)["findings"]:
        if finding["rule"] not in {"known-vulnerability", "malicious-package", "dependency-unmaintained"}:
            continue
        package = finding["message"].split("`")[1]
        name, _, version = package.removeprefix("pkg:pypi/").replace("==", "@").rpartition("@")
        key = (semantics.canonicalize_name(name), normal(version))
        ids = [evidence["text"].split(" ")[0] for evidence in finding["evidence"]]
        found.setdefault(key, set()).update(semantics.class_of(records, [one]) for one in ids)
    return found, seconds, mebibytes


def kept_locks(folder: Path, most: int | None) -> list[Path]:
    """The lock files that are kept beside this file, or so many of them."""
    with tarfile.open(HERE / "locks.tar.xz") as tar:
        members = tar.getmembers()
        if most is not None:
            members = [members[place * len(members) // most] for place in range(min(most, len(members)))]
        for member in members:
            path = folder / member.name
            path.parent.mkdir(parents=True)
            path.write_bytes(tar.extractfile(member).read())
    return sorted(folder.glob("*/requirements.txt"))


def only_about(packages: set[str], archive: Path, out: Path) -> Path:
    """The advisories about some packages: each has a folder of its own in the archive."""
    with tarfile.open(archive) as source, tarfile.open(out, "w:gz", compresslevel=1) as target:
        for member in source:
            if member.isfile() and semantics.canonicalize_name(Path(member.name).parent.name) in packages:
                target.addfile(member, source.extractfile(member))
    return out


def normal(version: str) -> str:
    try:
        return str(Version(version))
    except InvalidVersion:
        return version


def explain(version: str) -> str | None:
    """Why pip-audit and we may differ on a pin."""
    return "local version" if "+" in version else None


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("advisories", type=Path)
    arguments.add_argument("folder", type=Path, nargs="?")
    arguments.add_argument("--store", type=Path)
    arguments.add_argument("--files", type=int)
    given = arguments.parse_args()
    if not given.advisories.exists():
        print(f"skipped: there is no `{given.advisories}`")
        return 0
    scratch = tempfile.TemporaryDirectory()
    if given.folder is None:
        files = kept_locks(Path(scratch.name) / "locks", given.files)
    else:
        files = sorted(given.folder.glob("*/requirements.txt"))
    files += sorted((HERE / "pins").glob("*/requirements.txt"))
    advisories = given.advisories
    if given.files is not None:
        packages = {name for path in files for name, _ in semantics.pins(path)}
        advisories = only_about(packages, advisories, Path(scratch.name) / "advisories.tar.gz")
    records = semantics.load(advisories)
    store = given.store or Path(scratch.name) / "intel.db"
    if not store.exists():
        update = [given.program, "intel", "update", "--from", str(advisories), "--store", str(store)]
        subprocess.run(update, check=True, stdout=subprocess.DEVNULL)
    server = Server(records)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    totals, wrong = Counter(), []
    costs = {"chainwright": [], "pip-audit": []}
    for path in files:
        pins = [(name, normal(version)) for name, version in semantics.pins(path)]
        ours, seconds, mebibytes = of_chainwright(given.program, store, records, path)
        costs["chainwright"].append((seconds, mebibytes))
        theirs, skipped, seconds, mebibytes = of_pip_audit(server, path)
        costs["pip-audit"].append((seconds, mebibytes))
        totals["files"] += 1
        totals["pins"] += len(pins)
        for note in skipped:
            wrong.append(f"{path.parent.name}: pip-audit skipped {note}")
        for name, version in sorted(set(pins)):
            mine = ours.get((name, version), set())
            second = {
                semantics.class_of(records, [record["id"]])
                for record in semantics.matches(records, name, version, "public")
            }
            totals["ours"] += len(mine)
            totals["second matcher"] += len(second)
            if mine != second:
                wrong.append(f"{path.parent.name}: {name} {version}: second matcher {sorted(mine ^ second)}")
            other = theirs.get((name, version), set())
            totals["pip-audit"] += len(other)
            for one in mine ^ other:
                reason = explain(version)
                side = "only ours" if one in mine else "only pip-audit's"
                totals[f"{side}: {reason}"] += 1
                if reason is None:
                    wrong.append(f"{path.parent.name}: {name} {version}: {side}: {one}")
        stray = set(ours) - set(pins)
        wrong.extend(f"{path.parent.name}: {name} {version} is no pin" for name, version in sorted(stray))
    for key, count in totals.items():
        print(f"{key}: {count}")
    for tool, all_costs in costs.items():
        seconds = [cost[0] for cost in all_costs]
        print(f"{tool}: {sum(seconds):.1f} s CPU, {sum(seconds) / len(seconds) * 1000:.0f} ms a file, "
              f"{max(cost[1] for cost in all_costs)} MiB")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
