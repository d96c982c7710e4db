#!/usr/bin/env python3
"""Writes the tables of names that `chainwright-architecture` compares tensors with.

    python tests/architecture/make_families.py MODELS… --families crates/architecture/src/families.txt
    python tests/architecture/make_families.py --gguf crates/architecture/src/gguf.txt

MODELS are folders that `make_models.py` wrote (`--classes 99 --variants 0`, and the sizes drawn at random), best with several
versions of transformers. A line of `families.txt` is a family, its classes, and which part of a name may follow which:
`llama<TAB>LlamaForCausalLM,…<TAB>^:model,lm_head;model:layers,norm;…`; numbers are `#`, and
`weight` and `bias` may follow every module. A line of `gguf.txt` is an architecture of
the `gguf` package and the names of its tensors.
"""

from __future__ import annotations

import argparse
import json
import struct
from collections import defaultdict
from pathlib import Path


def names(path: Path) -> list[str]:
    """The names of the tensors of a safetensors file."""
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        return [name for name in json.loads(file.read(length)) if name != "__metadata__"]


def families(folders: list[Path]) -> list[str]:
    """The lines of `families.txt`."""
    classes, follow = defaultdict(set), defaultdict(lambda: defaultdict(set))
    for folder in folders:
        for path in sorted(folder.glob("*/config.json")):
            config = json.loads(path.read_text())
            family = config.get("model_type")
            if not family:
                continue
            classes[family].update(config["architectures"])
            for name in names(path.parent / "model.safetensors"):
                before = "^"
                for part in name.replace("/", ".").split("."):
                    part = "#" if part.isdigit() else part
                    follow[family][before].add(part)
                    before = part
    lines = []
    for family in sorted(classes):
        told = {before: sorted(behind - {"weight", "bias"}) for before, behind in sorted(follow[family].items())}
        parts = ";".join(f"{before}:{','.join(behind)}" for before, behind in told.items() if behind)
        lines.append(f"{family}\t{','.join(sorted(classes[family]))}\t{parts}")
    return lines


def architectures() -> list[str]:
    """The lines of `gguf.txt`."""
    import gguf.constants as constants
    lines = []
    for architecture, name in constants.MODEL_ARCH_NAMES.items():
        tensors = constants.MODEL_TENSORS.get(architecture, ())
        plain = sorted({constants.TENSOR_NAMES[tensor].replace("{bid}", "#").replace("{xid}", "#") for tensor in tensors})
        lines.append(f"{name}\t{','.join(plain)}")
    return sorted(lines)


def main() -> None:
    """Writes what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", type=Path, nargs="*")
    parser.add_argument("--families", type=Path)
    parser.add_argument("--gguf", type=Path)
    options = parser.parse_args()
    if options.families:
        options.families.write_text("".join(f"{line}\n" for line in families(options.models)))
    if options.gguf:
        options.gguf.write_text("".join(f"{line}\n" for line in architectures()))


if __name__ == "__main__":
    main()
