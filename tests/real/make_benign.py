#!/usr/bin/env python3
"""Writes honest artifacts made by the real libraries, for measuring false alarms.

    python tests/real/make_benign.py OUT [--only plain,arrays,…]

Every case is small, seeded and made without a network. `OUT/labels.tsv` lists label, class, name and subject in the
form that the testkit's `corpus` program writes too. Classes whose files hold serialized code or classes of the
author's own (`serialized-code`, `own-classes`) deserve a review, not an alarm. Exact versions: `requirements.txt`. Two runs give
the same cases with the same contents, apart from times and addresses that the libraries themselves write down.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import sys
import time
import warnings
from pathlib import Path

import numpy
from benign.shelf import fresh

FAMILIES = ("plain", "arrays", "frames", "estimators", "boosting", "tensors", "hub", "texts", "closures")


def main() -> None:
    """Makes every family, or those asked for, and says how long each took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default=",".join(FAMILIES), help="families, separated by commas")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets are pickled in hash order
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.argv])
    for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
        os.environ[variable] = "1"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    warnings.simplefilter("ignore")
    shelf = fresh(options.out.resolve())
    for family in options.only.split(","):
        random.seed(0)
        numpy.random.seed(0)  # noqa: NPY002 - estimators without a seed of their own draw from here
        before, count = time.process_time(), len(shelf.lines)
        importlib.import_module(f"benign.{family}").make(shelf)
        print(f"{family:12} {len(shelf.lines) - count:4} files  {time.process_time() - before:5.1f} CPU-s", flush=True)
    print(f"{shelf.write_index()} artifacts in {options.out}")


if __name__ == "__main__":
    main()
