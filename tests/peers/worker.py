"""Runs one scanner's own command line in this process, file by file, so that its start is paid once.

    python worker.py TOOL

Reads one path per line, answers one line each: `CODE CPU_SECONDS`. The code is the tool's own exit code, or `crash` for a
traceback: a shell would see 1 there too, but it is no finding. The parent kills this process when a file takes too long.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable

QUIET = {
    "PROMPTFOO_DISABLE_TELEMETRY": "1", "NO_ANALYTICS": "1", "DO_NOT_TRACK": "1", "NO_COLOR": "1", "CI": "1",
    "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "PROMPTFOO_DISABLE_UPDATE": "1",
    "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "no_proxy": "",
}


def picklescan(*options: str) -> Callable[[str], int]:
    """`picklescan -p PATH`."""
    from picklescan import cli

    def scan(path: str) -> int:
        sys.argv = ["picklescan", *options, "-p", path]
        logging.getLogger("picklescan").handlers.clear()
        return cli.main()

    return scan


def modelscan() -> Callable[[str], int]:
    """`modelscan -p PATH`."""
    from modelscan.cli import cli

    return lambda path: cli.main(["-p", path], standalone_mode=False)


def fickling() -> Callable[[str], int]:
    """`fickling --check-safety PATH`."""
    from fickling.cli import main

    report = os.path.join(tempfile.gettempdir(), f"fickling-{os.getpid()}.json")
    return lambda path: main(["fickling", "--check-safety", "--json-output", report, path])


def modelaudit() -> Callable[[str], int]:
    """`modelaudit scan PATH`, without cache and progress."""
    from modelaudit.cli import cli

    return lambda path: cli.main(["scan", "--no-cache", "--quiet", "--format", "json", path], standalone_mode=False)


TOOLS: dict[str, Callable[[], Callable[[str], int]]] = {
    "picklescan": picklescan,
    "picklescan-strict": lambda: picklescan("--strict"),
    "modelscan": modelscan,
    "fickling": fickling,
    "modelaudit": modelaudit,
}


def code_of(scan: Callable[[str], int], path: str) -> str:
    """The exit code that a shell would see, tracebacks apart."""
    try:
        return str(int(scan(path) or 0))
    except SystemExit as leaving:
        return str(leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code)))
    except BaseException:  # noqa: BLE001 - whatever ends the tool ends it with a traceback
        return "crash"


def main() -> None:
    """Answers until the input ends."""
    os.environ.update(QUIET)
    answers = os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    scan = TOOLS[sys.argv[1]]()
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        before = time.process_time()
        sink = io.StringIO()
        with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
            code = code_of(scan, line.rstrip("\n"))
        print(code, f"{time.process_time() - before:.4f}", file=answers, flush=True)


if __name__ == "__main__":
    main()
