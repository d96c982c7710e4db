"""What lies beside the weights: code of real libraries, model cards, requirements, datasets, notebooks, archives."""

from __future__ import annotations

import importlib.util
import io
import json
import tarfile
import zipfile
from pathlib import Path

from .shelf import Shelf

CARD = """---
license: apache-2.0
language: [en, de]
base_model: google-bert/bert-base-uncased
datasets: [stanfordnlp/imdb]
pipeline_tag: text-classification
library_name: transformers
metrics: [accuracy]
---

# Sentiment

Fine-tuned for three epochs; 93 % accuracy on the test split. Training took an hour on one GPU.

## Use

```python
from transformers import pipeline
classify = pipeline("text-classification", model="example/sentiment")
classify("I loved it")
```

Install with `pip install -r requirements.txt`. Do **not** use it for medical decisions; ignore scores below 0.6.

## Limits

Trained on film reviews only. See the [paper](https://arxiv.org/abs/1810.04805) for the base model.
"""
NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Training\n", "Run the cells in order."]},
        {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": ["%pip install -q torch\n", "!nvidia-smi"]},
        {"cell_type": "code", "execution_count": 2, "metadata": {}, "outputs": [{"name": "stdout", "output_type": "stream", "text": ["0.93\n"]}],
         "source": ["import os\n", "import torch\n", "device = os.environ.get('DEVICE', 'cpu')\n", "print(0.93)"]},
    ],
    "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}},
    "nbformat": 4, "nbformat_minor": 5,
}
SCRIPT = '''"""Trains the classifier."""
import argparse
import json
import os
import subprocess

import torch


def revision() -> str:
    """The commit that is trained."""
    return subprocess.check_output(["git", "rev-parse", "HEAD"], text=True).strip()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default="out")
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    model = torch.nn.Linear(4, 2)
    if os.path.exists("init.pt"):
        model.load_state_dict(torch.load("init.pt", weights_only=True))
    model.eval()
    with open(os.path.join(args.out, "config.json"), "w") as out:
        json.dump({"revision": revision()}, out)


if __name__ == "__main__":
    main()
'''
HANDLER = '''from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer


class EndpointHandler:
    def __init__(self, path: str = "") -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(path)
        self.model = AutoModelForSequenceClassification.from_pretrained(path).eval()

    def __call__(self, data: dict[str, Any]) -> list[dict[str, float]]:
        inputs = self.tokenizer(data["inputs"], return_tensors="pt", truncation=True)
        with torch.no_grad():
            scores = self.model(**inputs).logits.softmax(-1)[0]
        return [{"score": float(score)} for score in scores]
'''
REQUIREMENTS = "numpy>=1.26,<3\ntorch==2.4.1\ntransformers~=4.44\n# for evaluation\nscikit-learn>=1.4 ; python_version >= '3.9'\ndatasets[audio]\n"
ROWS = [
    {"instruction": "Translate to German: good morning", "output": "Guten Morgen"},
    {"instruction": "What does os.system do?", "output": "It runs a command in a shell. Prefer `subprocess.run` with a list."},
    {"instruction": "Explain eval in Python", "output": "`eval(text)` computes an expression. Never use it on input from strangers."},
    {"instruction": "Write a haiku", "output": "An old silent pond\nA frog jumps into the pond\nSplash! Silence again."},
]


def library_code(shelf: Shelf) -> None:
    """Modelling code as repositories with `auto_map` carry it."""
    found = importlib.util.find_spec("transformers")
    assert found and found.submodule_search_locations, "transformers is not installed"
    root = Path(next(iter(found.submodule_search_locations))) / "models"
    for kind, every in (("modeling", 14), ("tokenization", 7), ("configuration", 30), ("processing", 10), ("image_processing", 10)):
        for path in sorted(root.glob(f"*/{kind}_*.py"))[::every]:
            shelf.file("library-code", path.stem, path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")


def documents(shelf: Shelf) -> None:
    """Cards, scripts, requirements, datasets, notebooks, configurations."""
    write = {
        ("model-card", "sentiment", "README.md"): CARD,
        ("model-card", "short", "README.md"): "---\nlicense: mit\n---\nA tiny model for tests.\n",
        ("notebook", "training", "train.ipynb"): json.dumps(NOTEBOOK, indent=1),
        ("project-code", "train", "train.py"): SCRIPT,
        ("project-code", "handler", "handler.py"): HANDLER,
        ("project-code", "package", "setup.py"): "from setuptools import find_packages, setup\n\nsetup(name='tiny', version='0.1', packages=find_packages())\n",
        ("requirements", "plain", "requirements.txt"): REQUIREMENTS,
        ("requirements", "pinned-hash", "requirements.txt"): "idna==3.7 \\\n    --hash=sha256:82fee1fc78add43492d3a1898bfa6d8a904cc97d8427f683ed8e798d07761aa0\n",
        ("dataset", "instructions", "train.jsonl"): "".join(json.dumps(row) + "\n" for row in ROWS),
        ("dataset", "csv", "train.csv"): "text,label\n\"good film\",1\n\"bad film\",0\n",
        ("configuration", "training", "config.yaml"): "model:\n  name: bert\n  lr: 1.0e-5\ndata:\n  path: ./data\n  workers: 4\n",
        ("configuration", "hydra", "optim.yaml"): "optimizer:\n  _target_: torch.optim.AdamW\n  lr: 0.001\n",
        ("configuration", "sentence-transformers", "modules.json"): json.dumps([
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}], indent=2),
        ("configuration", "diffusers", "model_index.json"): json.dumps({
            "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.30.0", "unet": ["diffusers", "UNet2DConditionModel"],
            "vae": ["diffusers", "AutoencoderKL"], "tokenizer": ["transformers", "CLIPTokenizer"], "safety_checker": [None, None]}, indent=2),
        ("configuration", "git-attributes", ".gitattributes"): "*.bin filter=lfs diff=lfs merge=lfs -text\n*.safetensors filter=lfs diff=lfs merge=lfs -text\n",
        ("configuration", "licence", "LICENSE"): "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy.\n",
        ("configuration", "container", "Dockerfile"): "FROM python:3.11-slim\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\nCMD [\"python\", \"handler.py\"]\n",
    }
    for (kind, name, file), text in write.items():
        shelf.file(kind, name, file).write_text(text, encoding="utf-8")


def archives(shelf: Shelf) -> None:
    """Ordinary archives of data and of a small project, with fixed times."""
    members = {"data/train.csv": b"text,label\ngood,1\n", "data/README.md": b"# Data\n", "src/train.py": SCRIPT.encode()}
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED), ("bzip2", zipfile.ZIP_BZIP2)):
        with zipfile.ZipFile(shelf.file("archive", f"zip-{name}", "project.zip"), "w", method) as archive:
            for member, content in members.items():
                archive.writestr(zipfile.ZipInfo(member), content, method)
    for suffix in ("tar", "tar.gz", "tar.bz2", "tar.xz"):
        mode = "w" if suffix == "tar" else f"w:{suffix.removeprefix('tar.')}"
        with tarfile.open(shelf.file("archive", suffix.replace(".", "-"), f"project.{suffix}"), mode) as archive:
            for member, content in members.items():
                information = tarfile.TarInfo(member)
                information.size = len(content)
                archive.addfile(information, io.BytesIO(content))


def make(shelf: Shelf) -> None:
    """Writes all of it."""
    library_code(shelf)
    documents(shelf)
    archives(shelf)
