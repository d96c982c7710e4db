"""Judges packages with chainwright, and with GuardDog beside it.

    compare.py CHAINWRIGHT FOLDER... [--guarddog GUARDDOG] [--sample N] [--out results.tsv]

A folder holds archives (honest packages, as fetch.py leaves them) or one folder for each case of the labelled corpus
(`cargo run -p chainwright-testkit --bin corpus -- DIR`). chainwright flags what one of the rules below says at medium or
above; GuardDog what it labels `suspicious` or `high_risk`. CPU seconds are those of the child processes.
"""

import argparse
import collections
import json
import pathlib
import resource
import subprocess
import tempfile

RULES = {
    "code-acts-on-import",
    "code-conceals-itself",
    "code-opens-backdoor",
    "code-runs-hidden-payload",
    "code-steals-credentials",
    "package-runs-install-script",
}
GATE = {"medium", "high", "critical"}


def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def chainwright(binary, target):
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = [binary, "scan", "--no-cache", "--no-config", "-q", "--no-advisories", "--format", "json", "-o", out.name, str(target)]
        subprocess.run(command, capture_output=True, timeout=900)
        text = pathlib.Path(out.name).read_text()
    findings = json.loads(text)["findings"] if text else []
    return [
        (each["rule"], each["severity"], each["subject"].get("location", {}), each["evidence"][0]["text"])
        for each in findings
        if each["rule"] in RULES and each["severity"] in GATE
    ]


def guarddog(binary, target, ecosystem):
    command = [binary, ecosystem, "scan", str(target), "--output-format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    start = done.stdout.find("{")
    try:
        answer = json.loads(done.stdout[start:])
    except ValueError:
        return "error"
    return answer.get("risk_score", {}).get("label", "error")


def targets(folder):
    for path in sorted(folder.iterdir()):
        yield path


def ecosystem(path):
    names = [path.name] + [each.name for each in path.rglob("*")] if path.is_dir() else [path.name]
    return "npm" if any(name.endswith(".tgz") or name == "package.json" for name in names) else "pypi"


def subject(path):
    """The archive inside the folder of a case, or the folder."""
    if path.is_dir():
        files = [each for each in path.iterdir() if each.is_file()]
        if len(files) == 1:
            return files[0]
    return path


def main():
    options = argparse.ArgumentParser()
    options.add_argument("chainwright")
    options.add_argument("folders", nargs="+", type=pathlib.Path)
    options.add_argument("--guarddog")
    options.add_argument("--sample", type=int, default=1)
    options.add_argument("--out", type=pathlib.Path)
    given = options.parse_args()
    lines = []
    for folder in given.folders:
        tally = collections.Counter()
        spent = collections.Counter()
        for path in list(targets(folder))[:: given.sample]:
            target = subject(path)
            before = cpu()
            found = chainwright(given.chainwright, target)
            spent["chainwright"] += cpu() - before
            tally["all"] += 1
            tally["chainwright"] += bool(found)
            label = ""
            if given.guarddog:
                before = cpu()
                label = guarddog(given.guarddog, target, ecosystem(target))
                spent["guarddog"] += cpu() - before
                tally["guarddog " + label] += 1
            told = "; ".join(f"{rule} {severity} {(place.get('members') or [place.get('path')])[-1]} {text[:90]}" for rule, severity, place, text in found[:6])
            lines.append(f"{folder.name}\t{path.name}\t{len(found)}\t{label}\t{told}\n")
            if found:
                print(lines[-1], end="", flush=True)
        print(folder, dict(tally), {name: round(seconds, 1) for name, seconds in spent.items()}, flush=True)
    if given.out:
        given.out.write_text("".join(lines))


main()
