#!/usr/bin/env python3
"""Trains small language models and makes honest and dishonest descendants of them, to measure `lineage` on.

Usage:  python make_pairs.py OUT [--steps 300]
Needs:  torch, transformers, peft, tokenizers, safetensors, gguf, numpy. Two cores and a few minutes (about ten) are enough.

The text is the source of Python's own standard library, so nothing is downloaded. Two architectures (Llama with
grouped queries and GPT-2 with tied embeddings and Conv1D) are trained from several seeds; the seeds share
architecture, tokenizer, data and hyper-parameters, which makes them the hardest honest "wrong bases".
OUT/pairs.json lists [base, derived, truth, claim] for `cargo run -p chainwright-lineage --example pairs -- OUT`.
Weights never leave the machine; nothing that is written here is run by the scanner.
"""
import argparse
import copy
import json
import pathlib
import sysconfig

import gguf
import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

VOCABULARY = 2048
LENGTH = 64
BATCH = 8


def corpus():
    root = pathlib.Path(sysconfig.get_paths()["stdlib"])
    files = sorted(root.glob("*.py")) + sorted((root / "asyncio").glob("*.py"))
    others = sorted((root / "email").glob("*.py")) + sorted((root / "xml").rglob("*.py"))
    read = lambda paths, limit: "\n".join(p.read_text(errors="replace") for p in paths)[:limit]
    return read(files, 2_000_000), read(others, 400_000)


def encode(text, tokenizer):
    return torch.tensor(tokenizer.encode(text).ids, dtype=torch.long)


def train(model, ids, steps, rate, seed, weight_decay=0.01):
    torch.manual_seed(seed)
    model.train()
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=weight_decay)
    for step in range(steps):
        starts = torch.randint(0, len(ids) - LENGTH - 1, (BATCH,))
        batch = torch.stack([ids[s : s + LENGTH] for s in starts])
        loss = model(input_ids=batch, labels=batch).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 20)
    print(f"  seed {seed}: loss {loss.item():.3f}", flush=True)
    return model.eval()


def llama(seed):
    torch.manual_seed(seed)
    return LlamaForCausalLM(LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=192, intermediate_size=512, num_hidden_layers=4,
        num_attention_heads=6, num_key_value_heads=2, max_position_embeddings=256, tie_word_embeddings=False))


def gpt2(seed):
    torch.manual_seed(seed)
    return GPT2LMHeadModel(GPT2Config(
        vocab_size=VOCABULARY, n_embd=128, n_layer=4, n_head=4, n_positions=128,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0))


def lora(model, ids, rank, steps, seed):
    names = ["q_proj", "v_proj", "o_proj", "up_proj", "down_proj"]
    if isinstance(model, GPT2LMHeadModel):
        names = ["c_attn", "c_fc"]
    torch.manual_seed(seed)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=names, task_type="CAUSAL_LM",
                        fan_in_fan_out=isinstance(model, GPT2LMHeadModel))
    tuned = get_peft_model(copy.deepcopy(model), config)
    train(tuned, ids, steps, 1e-3, seed)
    return tuned.merge_and_unload()


def state(model, dtype=None):
    tied = model.config.tie_word_embeddings
    out = {}
    for name, value in model.state_dict().items():
        if tied and name == "lm_head.weight":
            continue
        out[name] = (value.to(dtype) if dtype else value).detach().clone().contiguous()
    return out


def matrices(weights):
    return [n for n, w in weights.items() if w.ndim == 2 and "embed" not in n and "wte" not in n
            and "wpe" not in n and "lm_head" not in n]


def mixed(one, other, share):
    return {n: ((1 - share) * w.double() + share * other[n].double()).to(w.dtype) for n, w in one.items()}


def slerp(one, other, share):
    out = {}
    for name, w in one.items():
        a, b = w.double().flatten(), other[name].double().flatten()
        angle = torch.arccos((a @ b / (a.norm() * b.norm())).clamp(-1, 1))
        if angle < 1e-6:
            out[name] = w.clone()
            continue
        c = (torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b) / torch.sin(angle)
        out[name] = c.view_as(w).to(w.dtype)
    return out


def pruned(weights, share):
    out = {n: w.clone() for n, w in weights.items()}
    for name in matrices(weights):
        w = out[name]
        w[w.abs() < w.abs().flatten().kthvalue(int(share * w.numel())).values] = 0
    return out


def rank_one(weights, name, strength, seed):
    """The shape of a ROME edit: one matrix gains an outer product of a key and a value."""
    out = {n: w.clone() for n, w in weights.items()}
    w = out[name]
    g = torch.Generator().manual_seed(seed)
    u, v = (torch.randn(s, generator=g) for s in w.shape)
    edit = torch.outer(u / u.norm(), v / v.norm()) * strength * w.float().norm()
    out[name] = (w.float() + edit).to(w.dtype)
    return out


def one_row(weights, name, row, strength, seed):
    out = {n: w.clone() for n, w in weights.items()}
    g = torch.Generator().manual_seed(seed)
    w = out[name]
    change = torch.randn(w.shape[1], generator=g)
    w[row] = (w[row].float() + change / change.norm() * strength * w[row].float().norm()).to(w.dtype)
    return out


def permuted(weights, seed, residual):
    """The same function with other numbers in other places (Llama only)."""
    g = torch.Generator().manual_seed(seed)
    out = {n: w.clone() for n, w in weights.items()}
    hidden = out["model.embed_tokens.weight"].shape[1]
    order = torch.randperm(hidden, generator=g)
    for name in list(out):
        if ".mlp.gate_proj." in name:
            inner = torch.randperm(out[name].shape[0], generator=g)
            for part in ("gate", "up"):
                key = name.replace("gate", part)
                out[key] = out[key][inner].contiguous()
            key = name.replace("gate", "down")
            out[key] = out[key][:, inner].contiguous()
    if residual:
        for name, w in out.items():
            if w.ndim == 1:
                out[name] = w[order].contiguous()
            elif name.endswith(("o_proj.weight", "down_proj.weight")):
                out[name] = w[order].contiguous()
            else:
                out[name] = w[:, order].contiguous()
    return out


NAMES = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
         "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
         "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}


def gguf_name(name):
    name = name.removeprefix("model.")
    fixed = {"embed_tokens.weight": "token_embd.weight", "norm.weight": "output_norm.weight",
             "lm_head.weight": "output.weight"}
    if name in fixed:
        return fixed[name]
    name = name.replace("layers.", "blk.", 1)
    for old, new in NAMES.items():
        name = name.replace(old, new)
    return name


def permute(w, heads):
    return w.reshape(heads, 2, w.shape[0] // heads // 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)


def write_gguf(path, weights, kind, config):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_head_count(config.num_attention_heads)
    for name, w in weights.items():
        array = w.float().numpy()
        if "q_proj" in name:
            array = permute(array, config.num_attention_heads)
        if "k_proj" in name:
            array = permute(array, config.num_key_value_heads)
        if array.ndim == 2:
            writer.add_tensor(gguf_name(name), gguf.quants.quantize(array, kind), raw_dtype=kind)
        else:
            writer.add_tensor(gguf_name(name), np.ascontiguousarray(array))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def scaled_storage(weights, kind):
    """int8 absmax by row, or fp8 with one scale, as compressed-tensors writes them."""
    out = {}
    for name, w in weights.items():
        if w.ndim == 2 and ("proj" in name or ".c_" in name):
            if kind == "int8":
                scale = w.abs().amax(1, keepdim=True) / 127
                out[name] = (w / scale).round().clamp(-127, 127).to(torch.int8)
            else:
                scale = (w.abs().amax() / 448).reshape(1)
                out[name] = (w / scale).to(torch.float8_e4m3fn)
            out[name.replace("weight", "weight_scale")] = scale.float()
        else:
            out[name] = w
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=200)
    options = parser.parse_args()
    out, steps = options.out, options.steps
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    first, second = corpus()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator([first], trainers.BpeTrainer(vocab_size=VOCABULARY, show_progress=False))
    ids, other_ids = encode(first, tokenizer), encode(second, tokenizer)
    pairs = []

    def save(name, weights):
        save_file(weights, out / f"{name}.safetensors")
        return f"{name}.safetensors"

    def pair(base, derived, truth, claim="unknown"):
        pairs.append([base, derived, truth, claim])

    for family, make in (("llama", llama), ("gpt2", gpt2)):
        bases = {seed: train(make(seed), ids, steps, 2e-3, 100 + seed) for seed in (0, 1, 2)}
        # The same order of the data as seed 0, another beginning.
        bases[3] = train(make(3), ids, steps, 2e-3, 100)
        files = {s: save(f"{family}-{s}", state(m)) for s, m in bases.items()}
        half = {s: save(f"{family}-{s}-bf16", state(m, torch.bfloat16)) for s, m in bases.items()}
        weights = {s: state(m) for s, m in bases.items()}
        down = "model.layers.2.mlp.down_proj.weight" if family == "llama" else "transformer.h.2.mlp.c_proj.weight"
        embedding = "model.embed_tokens.weight" if family == "llama" else "transformer.wte.weight"
        for s in files:
            for t in files:
                if s != t:
                    pair(files[s], files[t], "unrelated", "fine-tune")
        for s in (0, 1):
            pair(files[s], files[s], "same", "same")
            pair(files[s], half[s], "conversion", "same")
            brain = copy.deepcopy(bases[s]).to(torch.bfloat16).float()
            for label, rate, count in (("light", 5e-5, 40), ("usual", 2e-4, 80), ("heavy", 1e-3, 150)):
                tuned = train(copy.deepcopy(bases[s]), other_ids, count, rate, 7)
                name = save(f"{family}-{s}-tuned-{label}", state(tuned))
                pair(files[s], name, "fine-tune", "fine-tune")
                pair(files[s], name, "false-lora", "lora")
                pair(files[1 - s], name, "unrelated", "fine-tune")
                tuned = train(copy.deepcopy(brain), other_ids, count, rate, 8)
                name = save(f"{family}-{s}-tuned-{label}-bf16", state(tuned, torch.bfloat16))
                pair(half[s], name, "fine-tune", "fine-tune")
            tuned_weights = state(train(copy.deepcopy(bases[s]), other_ids, 80, 2e-4, 9))
            for rank in (4, 16):
                merged = lora(bases[s], other_ids, rank, 60, 11)
                name = save(f"{family}-{s}-lora{rank}", state(merged))
                pair(files[s], name, "lora", f"lora:{rank}")
                pair(files[1 - s], name, "unrelated", "lora")
                merged = lora(brain, other_ids, rank, 60, 12)
                name = save(f"{family}-{s}-lora{rank}-bf16", state(merged, torch.bfloat16))
                pair(half[s], name, "lora", f"lora:{rank}")
            for share in (0.3, 0.6):
                pair(files[s], save(f"{family}-{s}-pruned{share}", pruned(weights[s], share)), "prune", "prune")
            other = state(train(copy.deepcopy(bases[s]), ids, 80, 2e-4, 10))
            pair(files[s], save(f"{family}-{s}-merge", mixed(tuned_weights, other, 0.5)), "fine-tune", "merge")
            pair(files[s], save(f"{family}-{s}-slerp", slerp(tuned_weights, other, 0.4)), "fine-tune", "merge")
            # Edits of the base, and edits hidden below an honest fine-tune.
            for strength in (0.02, 0.1, 0.3):
                edited = rank_one(weights[s], down, strength, 21)
                pair(files[s], save(f"{family}-{s}-rank1-{strength}", edited), "edit", "same")
            edited = rank_one(tuned_weights, down, 0.3, 22)
            pair(files[s], save(f"{family}-{s}-tuned-rank1", edited), "edit", "fine-tune")
            edited = one_row(weights[s], down, 17, 0.8, 23)
            pair(files[s], save(f"{family}-{s}-row", edited), "edit", "same")
            edited = one_row(tuned_weights, down, 17, 2.0, 24)
            pair(files[s], save(f"{family}-{s}-tuned-row", edited), "edit", "fine-tune")
            edited = weights[s]
            for row in (300, 1200, 1999):
                edited = one_row(edited, embedding, row, 1.5, row)
            pair(files[s], save(f"{family}-{s}-tokens", edited), "edit", "same")
            if family == "llama":
                pair(files[s], save(f"llama-{s}-permuted", permuted(weights[s], 5, False)), "permuted")
                pair(files[s], save(f"llama-{s}-permuted-all", permuted(weights[s], 6, True)), "permuted")
                pair(files[1 - s], f"llama-{s}-permuted-all.safetensors", "unrelated")
                kinds = [k for k in ("Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "BF16", "F16")]
                for kind in kinds:
                    name = f"llama-{s}-{kind}.gguf"
                    write_gguf(out / name, weights[s], gguf.GGMLQuantizationType[kind], bases[s].config)
                    truth = "conversion" if kind in ("BF16", "F16") else "quantisation"
                    pair(files[s], name, truth, "quantisation")
                    pair(files[1 - s], name, "unrelated", "quantisation")
                for kind in ("Q8_0", "Q4_0"):
                    name = f"llama-{s}-edit-{kind}.gguf"
                    write_gguf(out / name, rank_one(weights[s], down, 0.3, 25),
                               gguf.GGMLQuantizationType[kind], bases[s].config)
                    pair(files[s], name, "edit", "quantisation")
                    name = f"llama-{s}-tuned-{kind}.gguf"
                    write_gguf(out / name, tuned_weights, gguf.GGMLQuantizationType[kind], bases[s].config)
                    pair(files[s], name, "tuned-quantisation", "unknown")
            for kind in ("int8", "fp8"):
                name = save(f"{family}-{s}-{kind}", scaled_storage(weights[s], kind))
                pair(files[s], name, "quantisation", "quantisation")
    (out / "pairs.json").write_text(json.dumps(pairs, indent=0))
    print(len(pairs), "pairs")


if __name__ == "__main__":
    main()
