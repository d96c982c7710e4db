#!/usr/bin/env python3
"""Runs other scanners, and ours, over labelled folders and prints recall and false alarms per class.

    python tests/peers/run_peers.py LABELLED… --out results.tsv [--tools picklescan,modelscan] [--sample 5]
        [--ours 'chainwright scan --format json {path}'] [--ours-name chainwright] [--tables results.md]

A labelled folder has a `labels.tsv` with the columns label, class, name, subject: `cargo run -p chainwright-testkit --bin corpus`
writes the malicious one, `tests/real/make_benign.py` the honest one. A tool flags a file when it ends with its own code for
findings, 1; 2 and more is an error or incomplete; nothing scanned (modelscan, 3) counts as clean. Every file is given on its own,
with 60 seconds, without network and telemetry. Results are appended, and files already in the results are not run again unless
their bytes have changed, so a run that was stopped goes on. `results.tsv`: tool, label, class, name, subject, verdict, exit code,
CPU seconds, digest. In our command `{path}` is the file, `{case}` the folder of the case with all its files.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import select
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

PEERS = ("picklescan", "picklescan-strict", "modelscan", "fickling", "modelaudit")
SLOW = ("modelaudit",)


@dataclass(frozen=True, order=True)
class Case:
    """One labelled file."""

    label: str
    kind: str
    name: str
    subject: str
    path: Path
    digest: str

    @property
    def folder(self) -> Path:
        """The folder of the case, which may hold more files than the subject."""
        parts = Path(self.subject).parts
        above = len(parts) - (3 if parts[0] == self.label else 2)
        return self.path.parents[above - 1] if above > 0 else self.path


@dataclass(frozen=True)
class Result:
    """What one tool said about one case."""

    tool: str
    case: Case
    verdict: str
    code: str
    seconds: float


class Worker:
    """A scanner in a process of its own that is replaced when it hangs or dies."""

    def __init__(self, tool: str, python: str, limit: float) -> None:
        self.tool, self.python, self.limit = tool, python, limit
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> subprocess.Popen[str]:
        """Starts the process in an empty folder and waits until it has loaded its scanner."""
        command = [self.python, str(Path(__file__).with_name("worker.py")), self.tool]
        where = tempfile.mkdtemp(prefix=f"peers-{self.tool}-")
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=where, bufsize=1)
        if process.stdout is None or process.stdout.readline().strip() != "ready":
            raise SystemExit(f"{self.tool} does not start with {self.python}; install tests/peers/requirements.txt there")
        return process

    def scan(self, path: Path) -> tuple[str, float]:
        """The exit code and CPU seconds for one file; `timeout` or `died` in place of a code."""
        self.process = self.process or self.start()
        assert self.process.stdin and self.process.stdout
        before = time.monotonic()
        try:
            self.process.stdin.write(f"{path}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self.process = None
            return "died", 0.0
        answered, _, _ = select.select([self.process.stdout], [], [], self.limit)
        line = self.process.stdout.readline().split() if answered else []
        if len(line) == 2:
            return line[0], float(line[1])
        self.stop()
        return ("died" if answered else "timeout"), time.monotonic() - before

    def stop(self) -> None:
        """Ends the process."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


def run_command(template: str, case: Case, limit: float) -> tuple[str, float]:
    """Runs an external command for one case."""
    words = [word.replace("{path}", str(case.path)).replace("{case}", str(case.folder)) for word in shlex.split(template)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        code = str(subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=limit, check=False).returncode)
    except subprocess.TimeoutExpired:
        code = "timeout"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return code, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def verdict(tool: str, code: str) -> str:
    """`flagged`, `clean` or `error`, by the tool's own exit codes."""
    if code == "1":
        return "flagged"
    return "clean" if code == "0" or (tool == "modelscan" and code == "3") else "error"


def read_cases(folders: list[Path]) -> list[Case]:
    """Every labelled file of every folder."""
    cases = []
    for folder in folders:
        for line in (folder / "labels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
            label, kind, name, subject = line.split("\t")
            path = (folder / subject).resolve()
            cases.append(Case(label, kind, name, subject, path, hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()))
    return sorted(cases)


def sampled(cases: list[Case], most: int) -> list[Case]:
    """At most so many per class, spread evenly over its names."""
    groups: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.label, case.kind].append(case)
    chosen = []
    for group in groups.values():
        step = max(1, -(-len(group) // most))
        chosen.extend(group[::step])
    return sorted(chosen)


def read_results(path: Path, cases: list[Case]) -> dict[tuple[str, str, str, str], Result]:
    """Results of earlier runs for cases that still exist."""
    known = {(case.label, case.kind, case.name): case for case in cases}
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines()[1:] if path.is_file() else ():
        tool, label, kind, name, _, said, code, seconds, digest = line.split("\t")
        if (case := known.get((label, kind, name))) and case.digest == digest:
            found[tool, label, kind, name] = Result(tool, case, said, code, float(seconds))
    return found


def table(results: list[Result], tools: list[str], label: str) -> str:
    """A Markdown table: share flagged per class and tool, errors in parentheses."""
    rows: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for result in results:
        if result.case.label == label:
            for kind in (result.case.kind, "**all**"):
                rows[kind][result.tool][result.verdict] += 1
    title = "Recall, % flagged" if label == "malicious" else "False alarms, % flagged"
    lines = [f"### {title} (errors or incomplete in parentheses)", "", f"|class|n|{'|'.join(tools)}|", f"|-|-|{'|'.join('-' for _ in tools)}|"]
    for kind in sorted(rows):
        most = max(sum(counts.values()) for counts in rows[kind].values())
        cells = []
        for tool in tools:
            counts = rows[kind][tool]
            total = sum(counts.values())
            share = f"{100 * counts['flagged'] / total:.1f}".removesuffix(".0") if total else "-"
            cells.append(share + (f" ({100 * counts['error'] / total:.0f})" if counts["error"] else "") + (f" of {total}" if 0 < total < most else ""))
        lines.append(f"|{kind}|{most}|{'|'.join(cells)}|")
    return "\n".join(lines)


def costs(results: list[Result], tools: list[str]) -> str:
    """A Markdown table of CPU seconds."""
    lines = ["### CPU seconds per file", "", "|tool|files|median|95 %|most|sum|timeouts|", "|-|-|-|-|-|-|-|"]
    for tool in tools:
        times = sorted(result.seconds for result in results if result.tool == tool)
        if times:
            late = sum(result.tool == tool and result.code == "timeout" for result in results)
            high = times[min(len(times) - 1, int(0.95 * len(times)))]
            lines.append(f"|{tool}|{len(times)}|{statistics.median(times):.4f}|{high:.4f}|{times[-1]:.2f}|{sum(times):.1f}|{late}|")
    return "\n".join(lines)


def disagreements(results: list[Result], tool: str) -> str:
    """Every miss and false alarm of one tool, to look at."""
    lines = [f"### Wrong answers of {tool}", ""]
    for result in sorted(results, key=lambda result: result.case):
        wrong = result.verdict != "flagged" if result.case.label == "malicious" else result.verdict == "flagged"
        if result.tool == tool and wrong:
            lines.append(f"- {result.case.label} {result.case.kind}/{result.case.name}: {result.verdict} (exit {result.code}) `{result.case.subject}`")
    return "\n".join(lines)


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True, help="results, appended to")
    parser.add_argument("--tables", type=Path, help="where the Markdown goes; standard output without it")
    parser.add_argument("--tools", default=",".join(PEERS), help="peers to run, separated by commas; empty for none")
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has the peers")
    parser.add_argument("--ours", help="a command with {path} or {case}")
    parser.add_argument("--ours-name", default="chainwright")
    parser.add_argument("--again", action="store_true", help="run our command again on files already in the results")
    parser.add_argument("--sample", type=int, default=0, help="at most so many files per class for slow tools (modelaudit)")
    parser.add_argument("--sample-all", type=int, default=0, help="at most so many files per class for every tool")
    parser.add_argument("--timeout", type=float, default=60.0)
    parser.add_argument("--classes", default="", help="only these classes, separated by commas")
    parser.add_argument("--quiet", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Runs what is missing, then prints the tables."""
    given = options()
    cases = read_cases(given.folders)
    if given.classes:
        cases = [case for case in cases if case.kind in given.classes.split(",")]
    cases = sampled(cases, given.sample_all) if given.sample_all else cases
    found = read_results(given.out, cases)
    if given.again:
        found = {key: result for key, result in found.items() if key[0] != given.ours_name}
    tools = [tool for tool in given.tools.split(",") if tool] + ([given.ours_name] if given.ours else [])
    given.out.parent.mkdir(parents=True, exist_ok=True)
    if given.again or not given.out.is_file():
        kept = "".join(row(result) for result in found.values())
        given.out.write_text("tool\tlabel\tclass\tname\tsubject\tverdict\tcode\tseconds\tdigest\n" + kept, encoding="utf-8")
    with given.out.open("a", encoding="utf-8") as out:
        for tool in tools:
            run_tool(tool, cases, given, found, out)
    results = list(found.values())
    parts = [table(results, tools, label) for label in ("malicious", "benign") if any(case.label == label for case in cases)]
    parts.append(costs(results, tools))
    if given.ours:
        parts.append(disagreements(results, given.ours_name))
    text = "\n\n".join(parts) + "\n"
    if given.tables:
        given.tables.write_text(text, encoding="utf-8")
    else:
        print(text)


def run_tool(tool: str, cases: list[Case], given: argparse.Namespace, found: dict, out) -> None:  # noqa: ANN001 - a text file
    """Runs one tool over the cases that have no result yet."""
    worker = None if given.ours and tool == given.ours_name else Worker(tool, given.python, given.timeout)
    wanted = sampled(cases, given.sample) if given.sample and tool in SLOW else cases
    for number, case in enumerate(wanted):
        key = (tool, case.label, case.kind, case.name)
        if key in found:
            continue
        code, seconds = worker.scan(case.path) if worker else run_command(given.ours, case, given.timeout)
        found[key] = Result(tool, case, verdict(tool, code), code, seconds)
        out.write(row(found[key]))
        out.flush()
        if not given.quiet and number % 100 == 0:
            print(f"{tool}: {number} of {len(wanted)}", file=sys.stderr)
    if worker:
        worker.stop()


def row(result: Result) -> str:
    """One line of the results."""
    case = result.case
    return "\t".join([result.tool, case.label, case.kind, case.name, case.subject, result.verdict, result.code, f"{result.seconds:.4f}", case.digest]) + "\n"


if __name__ == "__main__":
    main()
