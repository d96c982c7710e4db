#!/usr/bin/env python3
"""Writes the folders of honest models, as transformers would save them, for measuring false alarms about architectures.

    python tests/architecture/make_models.py OUT [--only llama,t5] [--classes 4] [--variants 2] [--jobs 2]

Every model type that the installed transformers knows is built on the meta device: once with its published default sizes,
then with sizes drawn at random from a seed. A folder holds `config.json` and `model.safetensors` with the names, types and
shapes that `save_pretrained` would write: tied tensors once (twice in `….tied`, as `pytorch_model.bin` has them), and fused tensors taken apart where the library does that.
The numbers are a hole in the file, so gigabytes take a few kilobytes on disk. Nothing is fetched and nothing is trained.
What a type needs beyond sizes (a backbone from the hub, compiled kernels) makes it fail here; it is counted and left out.

`cargo run -p chainwright-architecture --example tamper -- OUT` checks the folders, as they are and after tampering.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import re
import signal
import struct
import sys
import warnings
from pathlib import Path

TYPES = {
    "torch.float32": ("F32", 4), "torch.float16": ("F16", 2), "torch.bfloat16": ("BF16", 2), "torch.float64": ("F64", 8),
    "torch.int64": ("I64", 8), "torch.int32": ("I32", 4), "torch.int16": ("I16", 2), "torch.int8": ("I8", 1),
    "torch.uint8": ("U8", 1), "torch.bool": ("BOOL", 1), "torch.complex64": ("C64", 8), "torch.float8_e4m3fn": ("F8_E4M3", 1),
}
LAYERS = ("num_hidden_layers", "num_layers", "n_layer", "n_layers", "encoder_layers", "decoder_layers", "num_decoder_layers", "depth")
WIDTHS = ("hidden_size", "n_embd", "d_model", "dim", "embed_dim", "intermediate_size", "ffn_dim", "d_ff", "n_inner",
          "encoder_ffn_dim", "decoder_ffn_dim", "head_dim", "d_kv", "kv_lora_rank", "moe_intermediate_size")
VOCABULARY = ("vocab_size",)
SECONDS = 12
MOST_TENSORS = 30_000


def classes_of(kind: str) -> list[str]:
    """The classes of a model type that have a head or none, most telling first."""
    from transformers.models.auto import modeling_auto
    names = []
    for mapping_name in sorted(dir(modeling_auto)):
        if mapping_name.endswith("MAPPING_NAMES") and "CONFIG" not in mapping_name:
            value = getattr(modeling_auto, mapping_name).get(kind, ())
            names += [value] if isinstance(value, str) else list(value)
    order = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration", "ForSequenceClassification", "Model", "ForMaskedLM")
    unique = sorted({name for name in names if not name.endswith("Config")}, key=lambda name: (next((i for i, end in enumerate(order) if name.endswith(end)), 9), name))
    return unique


def shrink(config, draw: random.Random) -> None:
    """Other sizes for a configuration and those in it; sizes stay multiples of what heads may divide."""
    for key in LAYERS:
        value = getattr(config, key, None)
        if isinstance(value, int) and value > 2:
            setattr(config, key, draw.randrange(2, 12))
    for key in WIDTHS:
        value = getattr(config, key, None)
        if isinstance(value, int) and value >= 64:
            setattr(config, key, max(1, value * draw.randrange(1, 9) // 8))
    for key in VOCABULARY:
        value = getattr(config, key, None)
        if isinstance(value, int) and value > 1000:
            setattr(config, key, draw.randrange(value // 2, value * 2))
    for name, part in vars(config).items():
        if name.endswith("_config") and hasattr(part, "to_dict"):
            shrink(part, draw)


def tensors_of(model) -> dict:
    """What `save_pretrained` would write."""
    state = dict(model.state_dict())
    first = {}
    for name, value in model.named_parameters(remove_duplicate=False):
        if first.setdefault(id(value), name) != name:
            state.pop(name, None)
    tied = getattr(model, "all_tied_weights_keys", None)
    if isinstance(tied, dict):
        for name in tied:
            if tied[name] in state and name != tied[name]:
                state.pop(name, None)
    elif getattr(model.config, "tie_word_embeddings", False):
        for pattern in getattr(model, "_tied_weights_keys", None) or ():
            for name in [name for name in state if re.search(pattern, name)]:
                state.pop(name)
    for pattern in getattr(model, "_keys_to_ignore_on_save", None) or ():
        for name in [name for name in state if re.search(pattern, name)]:
            state.pop(name)
    return state


def reverted(model, state: dict) -> dict:
    """The names and shapes of the published checkpoints, where the library converts them while it loads."""
    try:
        from transformers.core_model_loading import revert_weight_conversion
    except ImportError:
        return state
    return revert_weight_conversion(model, dict(state))


def write(folder: Path, config, name: str, state: dict) -> None:
    """The folder of one model."""
    folder.mkdir(parents=True, exist_ok=True)
    config.architectures = [name]
    config.to_json_file(folder / "config.json", use_diff=True)
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for key in sorted(state):
        kind, width = TYPES[str(state[key].dtype)]
        size = state[key].numel() * width
        header[key] = {"dtype": kind, "shape": list(state[key].shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    with open(folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + at)


def without_numbers():
    """Numbers that nobody reads need not be drawn."""
    try:
        from transformers.initialization import no_init_weights
    except ImportError:
        from transformers.modeling_utils import no_init_weights
    return no_init_weights()


def too_long(_number, _frame):
    raise TimeoutError("took too long")


def build(task: tuple[Path, str, int, int]) -> list[tuple[str, str]]:
    """Every folder of one model type; what failed, and why."""
    out, kind, classes, variants = task
    import copy

    import torch
    import transformers
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    failed = []
    try:
        base = transformers.models.auto.configuration_auto.CONFIG_MAPPING[kind]
    except Exception as error:  # noqa: BLE001 - a type that cannot be imported is counted like the others
        return [(kind, str(error)[:120])]
    signal.signal(signal.SIGALRM, too_long)
    for name in classes_of(kind)[:classes]:
        model_class = getattr(transformers, name, None)
        for variant in range(variants + 1):
            label = f"{kind}.{name}.{variant}"
            signal.alarm(SECONDS)
            try:
                config = base()
                draw = random.Random(label)
                if variant:
                    shrink(config, draw)
                    # A configuration checks itself when it is made, so it is made again.
                    config = base.from_dict(config.to_dict())
                with torch.device("meta"), without_numbers():
                    model = model_class(copy.deepcopy(config))
                state = tensors_of(model)
                if len(state) > MOST_TENSORS:
                    raise ValueError("too many tensors")
                write(out / label, model.config, name, state)
                every = dict(model.state_dict())
                if set(every) != set(state) and len(every) <= MOST_TENSORS:
                    write(out / f"{label}.tied", model.config, name, every)
                published = reverted(model, state)
                if set(published) != set(state) and len(published) <= MOST_TENSORS:
                    write(out / f"{label}.published", model.config, name, published)
            except BaseException as error:  # noqa: BLE001 - anything may be wrong with a size drawn at random
                if isinstance(error, KeyboardInterrupt):
                    raise
                failed.append((label, f"{type(error).__name__}: {str(error)[:120]}"))
            finally:
                signal.alarm(0)
    return failed


def main() -> None:
    """Makes every folder and says what could not be made."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", help="model types, separated by commas")
    parser.add_argument("--variants", type=int, default=2, help="sizes drawn at random for each class")
    parser.add_argument("--classes", type=int, default=4, help="classes of each model type")
    parser.add_argument("--jobs", type=int, default=2, help="model types made at the same time")
    options = parser.parse_args()
    for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        os.environ[variable] = "1"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES
    kinds = options.only.split(",") if options.only else sorted(CONFIG_MAPPING_NAMES)
    failed = []
    tasks = [(options.out, kind, options.classes, options.variants) for kind in kinds]
    with multiprocessing.get_context("spawn").Pool(options.jobs, maxtasksperchild=40) as pool:
        for result in pool.imap_unordered(build, tasks):
            failed += result
    made = sum(1 for _ in options.out.glob("*/config.json"))
    (options.out / "failed.tsv").write_text("".join(f"{label}\t{why}\n".replace("\n", " ").strip() + "\n" for label, why in failed))
    print(f"{made} folders of {len(kinds)} model types, {len(failed)} could not be made", file=sys.stderr)


if __name__ == "__main__":
    main()
