#!/usr/bin/env python3
"""Writes honest artifacts made by the real libraries, for measuring false alarms.

    python tests/real/make_benign.py OUT [--only plain,arrays,…] [--jobs 2]
    python tests/real/make_benign.py OUT --older

The second line is for an environment with `requirements-older.txt`: libraries of 2023, which can't be installed beside today's.
Every case is small, seeded and made without a network, every family in a process of its own, because not all of these
libraries live together in one. `OUT/labels.tsv` lists label, class, name and subject in the form that the testkit's `corpus`
program writes too. Classes whose files hold serialized code or classes of the
author's own (`serialized-code`, `own-classes`) deserve a review, not an alarm. Exact versions: `requirements.txt`. Two runs give
the same cases with the same contents, apart from times and addresses that the libraries themselves write down.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import random
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy
from benign.shelf import Shelf, fresh, opened

FAMILIES = ("plain", "arrays", "frames", "estimators", "boosting", "tensors", "hub", "texts", "closures",
            "graphs", "layered", "saved", "scientific", "jaxen", "language", "adapted",
            "phones", "bits", "boosted", "fitted", "folders")
OLDER = ("arrays", "frames", "estimators", "boosting", "closures", "older")


def family(root: Path, name: str, era: str) -> tuple[str, list[tuple[str, str, str]], float]:
    """Makes one family: its name, its lines for the index, and the seconds it took."""
    warnings.simplefilter("ignore")
    random.seed(0)
    numpy.random.seed(0)  # noqa: NPY002 - estimators without a seed of their own draw from here
    shelf = Shelf(root, era)
    importlib.import_module(f"benign.{name}").make(shelf)
    return name, shelf.lines, time.process_time()


def main() -> None:
    """Makes every family, or those asked for, and says how long each took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", help="families, separated by commas")
    parser.add_argument("--older", action="store_true", help="adds what the libraries of requirements-older.txt write, to what OUT holds already")
    parser.add_argument("--jobs", type=int, default=2, help="families made at the same time")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets are pickled in hash order
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.argv])
    for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
        os.environ[variable] = "1"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ |= {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
    shelf = (opened if options.older else fresh)(options.out.resolve())
    families = options.only.split(",") if options.only else OLDER if options.older else FAMILIES
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=context, max_tasks_per_child=1) as pool:
        running = [pool.submit(family, shelf.root, name, "older-" if options.older else "") for name in families]
        for name, lines, seconds in (future.result() for future in as_completed(running)):
            shelf.lines += lines
            print(f"{name:12} {len(lines):4} files  {seconds:5.1f} CPU-s", flush=True)
    print(f"{shelf.write_index()} artifacts in {options.out}")


if __name__ == "__main__":
    main()
