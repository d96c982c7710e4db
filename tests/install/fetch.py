"""Fetches honest packages without building or installing them.

    fetch.py NAMES FOLDER [--pinned packages.tsv]

Writes FOLDER/{sdist,wheel,npm}/FILE and FOLDER/packages.tsv with the versions. Needs `unearth` (requirements.txt) and `npm`.
"""

import argparse
import pathlib
import subprocess
import sys

from unearth import PackageFinder

MOST = 40 * 1024 * 1024


def wanted(names, pinned):
    if pinned:
        for line in pathlib.Path(pinned).read_text().splitlines():
            kind, name, version = line.split("\t")[:3]
            yield kind, name, version
        return
    for line in pathlib.Path(names).read_text().splitlines():
        kind, colon, rest = line.partition(": ")
        if colon and not line.startswith("#"):
            for name in rest.split():
                yield kind, name, None


def python(finder, name, version, folder):
    found = finder.find_best_match(f"{name}=={version}" if version else name).best
    if found is None or found.link is None:
        return None
    target = folder / found.link.filename
    if target.exists():
        return found.version
    with finder.session.get_stream(found.link.normalized) as answer:
        answer.raise_for_status()
        if int(answer.headers.get("content-length", 0)) > MOST:
            return None
        data = b"".join(answer.iter_bytes(1 << 16))
    target.write_bytes(data)
    return found.version


def npm(name, version, folder):
    spec = f"{name}@{version or 'latest'}"
    command = ["npm", "pack", spec, "--silent", "--ignore-scripts", "--pack-destination", str(folder.resolve())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    if done.returncode:
        return None
    file = done.stdout.strip().splitlines()[-1]
    path = folder / file
    if path.stat().st_size > MOST:
        path.unlink()
        return None
    return file.removesuffix(".tgz").removeprefix(name.strip("@").replace("/", "-") + "-")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("names")
    options.add_argument("folder", type=pathlib.Path)
    options.add_argument("--pinned")
    given = options.parse_args()
    index = ["https://pypi.org/simple"]
    finders = {
        "sdist": PackageFinder(index_urls=index, no_binary=[":all:"]),
        "wheel": PackageFinder(index_urls=index, only_binary=[":all:"]),
    }
    lines = []
    for kind, name, version in wanted(given.names, given.pinned):
        folder = given.folder / kind
        folder.mkdir(parents=True, exist_ok=True)
        try:
            if kind == "npm":
                got = npm(name, version, folder)
            else:
                got = python(finders[kind], name, version, folder)
        except Exception as error:  # a package that is gone is one line less
            print(f"{kind} {name}: {error}", file=sys.stderr)
            got = None
        if got:
            lines.append(f"{kind}\t{name}\t{got}\n")
            (given.folder / "packages.tsv").write_text("".join(lines))
    print(len(lines))


main()
