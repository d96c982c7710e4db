"""Fine-tunes the adapter on the ticket data."""

import argparse
import json
import subprocess
from pathlib import Path

import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments


def code_revision() -> str:
    """The revision of this repository, recorded beside the adapter."""
    return subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, check=True, text=True
    ).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", default="base")
    parser.add_argument("--data", default="data/tickets.jsonl")
    parser.add_argument("--out", default="adapter")
    options = parser.parse_args()

    torch.manual_seed(7)
    tokenizer = AutoTokenizer.from_pretrained(options.base)
    model = AutoModelForCausalLM.from_pretrained(options.base)
    model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"]))

    tickets = load_dataset("json", data_files=options.data, split="train")
    tickets = tickets.map(
        lambda ticket: tokenizer(tokenizer.apply_chat_template(ticket["messages"], tokenize=False))
    )
    trainer = Trainer(model=model, args=TrainingArguments(options.out), train_dataset=tickets)
    trainer.train()
    model.save_pretrained(options.out)
    Path(options.out, "provenance.json").write_text(json.dumps({"revision": code_revision()}))


if __name__ == "__main__":
    main()
