"""peft: every kind of adapter on a tiny model, with changed vocabularies, extra modules and other file formats."""

from __future__ import annotations

import json
import logging

import peft
import safetensors.torch
import torch
import transformers

from .hub import SMALL, byte_pair, fast
from .shelf import Shelf

CAUSAL = {"task_type": "CAUSAL_LM"}
LINEAR = {"target_modules": ["q_proj", "v_proj"], **CAUSAL}


def kinds() -> dict[str, peft.PeftConfig]:
    """A configuration of each method, and of LoRA with each of its options."""
    square = {"target_modules": ["q_proj", "o_proj"], **CAUSAL}
    return {
        "rank-1": peft.LoraConfig(r=1, **LINEAR), "rank-8-alpha": peft.LoraConfig(r=8, lora_alpha=32, lora_dropout=0.1, **LINEAR),
        "rslora": peft.LoraConfig(r=4, use_rslora=True, **LINEAR), "dora": peft.LoraConfig(r=2, use_dora=True, **LINEAR), "all-linear": peft.LoraConfig(r=2, target_modules="all-linear", **CAUSAL),
        "pissa": peft.LoraConfig(r=2, init_lora_weights="pissa", **LINEAR), "olora": peft.LoraConfig(r=2, init_lora_weights="olora", **LINEAR),
        "gaussian": peft.LoraConfig(r=2, init_lora_weights="gaussian", **LINEAR), "bias": peft.LoraConfig(r=2, bias="all", **LINEAR),
        "patterns": peft.LoraConfig(r=2, rank_pattern={"q_proj": 4}, alpha_pattern={"v_proj": 16}, **LINEAR), "regex": peft.LoraConfig(r=2, target_modules=r".*\.(q|v)_proj", **CAUSAL),
        "layers": peft.LoraConfig(r=2, layers_to_transform=[1], **LINEAR), "modules-to-save": peft.LoraConfig(r=2, modules_to_save=["lm_head", "embed_tokens"], **LINEAR),
        "embeddings": peft.LoraConfig(r=2, target_modules=["embed_tokens", "lm_head"], **CAUSAL), "trainable-tokens": peft.LoraConfig(r=2, trainable_token_indices=[3, 5], **LINEAR),
        "parameters": peft.LoraConfig(r=2, target_parameters=["mlp.gate_proj.weight"], target_modules=[], **CAUSAL),
        "adalora": peft.AdaLoraConfig(init_r=4, target_r=2, total_step=10, tinit=1, tfinal=2, **LINEAR), "ia3": peft.IA3Config(target_modules=["k_proj", "down_proj"], feedforward_modules=["down_proj"], **CAUSAL),
        "loha": peft.LoHaConfig(r=2, **LINEAR), "lokr": peft.LoKrConfig(r=2, **LINEAR), "oft": peft.OFTConfig(r=0, oft_block_size=4, **square), "boft": peft.BOFTConfig(boft_block_size=4, **square),
        "vera": peft.VeraConfig(r=2, **square), "vera-no-projection": peft.VeraConfig(r=2, save_projection=False, **square), "hra": peft.HRAConfig(r=2, **LINEAR), "fourier": peft.FourierFTConfig(n_frequency=10, **LINEAR),
        "layer-norm": peft.LNTuningConfig(target_modules=["input_layernorm"], **CAUSAL), "vblora": peft.VBLoRAConfig(r=2, num_vectors=8, vector_length=8, topk=2, **LINEAR),
        "poly": peft.PolyConfig(r=2, n_tasks=2, n_skills=2, **LINEAR), "xlora-free": peft.RandLoraConfig(r=2, **square), "bone": peft.MissConfig(r=2, **LINEAR),
        "prompt": peft.PromptTuningConfig(num_virtual_tokens=4, **CAUSAL), "prefix": peft.PrefixTuningConfig(num_virtual_tokens=4, **CAUSAL),
        "prefix-projected": peft.PrefixTuningConfig(num_virtual_tokens=4, prefix_projection=True, encoder_hidden_size=8, **CAUSAL),
        "p-tuning": peft.PromptEncoderConfig(num_virtual_tokens=4, encoder_hidden_size=8, **CAUSAL), "adaption-prompt": peft.AdaptionPromptConfig(adapter_len=2, adapter_layers=1, **CAUSAL),
        "multitask": peft.MultitaskPromptTuningConfig(num_virtual_tokens=4, num_tasks=2, num_ranks=1, **CAUSAL),
    }


def base() -> transformers.LlamaForCausalLM:
    """The tiny model that all are made for."""
    torch.manual_seed(6)
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**SMALL, num_key_value_heads=2))


def trained(model: peft.PeftModel) -> peft.PeftModel:
    """One step, so that no matrix stays zero."""
    rows = torch.arange(8).reshape(1, 8)
    extra = {"task_ids": torch.tensor([0])} if model.peft_config["default"].peft_type in ("POLY", "MULTITASK_PROMPT_TUNING") else {}
    optimizer = torch.optim.SGD((weight for weight in model.parameters() if weight.requires_grad), 0.1)
    model(input_ids=rows, labels=rows, **extra).loss.backward()
    optimizer.step()
    return model


def many(shelf: Shelf) -> None:
    """Each method, trained for a step."""
    for position, (name, configuration) in enumerate(kinds().items()):
        configuration.base_model_name_or_path = "example/tiny-llama"
        model = trained(peft.get_peft_model(base(), configuration))
        model.save_pretrained(shelf.folder("adapter-kind", name), safe_serialization=position % 5 != 4)
        shelf.list_all("adapter-kind", name)


def others(shelf: Shelf) -> None:
    """Adapters for other tasks, several in one folder, with tokens added, in the names of other tools."""
    for task, kind in (("SEQ_CLS", "BertForSequenceClassification"), ("TOKEN_CLS", "BertForTokenClassification"), ("QUESTION_ANS", "BertForQuestionAnswering")):
        model = getattr(transformers, kind)(transformers.BertConfig(**SMALL))
        peft.get_peft_model(model, peft.LoraConfig(r=2, task_type=task)).save_pretrained(shelf.folder("adapter-task", task.lower().replace("_", "-")))
        shelf.list_all("adapter-task", task.lower().replace("_", "-"))
    several = peft.get_peft_model(base(), peft.LoraConfig(r=2, **LINEAR), adapter_name="first")
    several.add_adapter("second", peft.LoraConfig(r=4, **LINEAR))
    several.save_pretrained(shelf.folder("adapter-task", "several"))
    shelf.list_all("adapter-task", "several")
    model, tokenizer = base(), fast(byte_pair(), eos_token="<|endoftext|>")
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|tool|>", "<|think|>"], "pad_token": "<|pad|>"})
    model.resize_token_embeddings(len(tokenizer))
    folder = shelf.folder("adapter-task", "tokens-added")
    trained(peft.get_peft_model(model, peft.LoraConfig(r=2, **LINEAR))).save_pretrained(folder, save_embedding_layers=True)
    tokenizer.save_pretrained(folder)
    shelf.list_all("adapter-task", "tokens-added")
    merged = trained(peft.get_peft_model(base(), peft.LoraConfig(r=2, **LINEAR))).merge_and_unload()
    merged.save_pretrained(shelf.folder("adapter-task", "merged"))
    shelf.list_all("adapter-task", "merged")
    torch.manual_seed(7)
    weights = {}
    for block in ("down_blocks_0_attentions_0_proj_in", "mid_block_attentions_0_proj_out"):
        weights |= {f"lora_unet_{block}.lora_down.weight": torch.randn(4, 8), f"lora_unet_{block}.lora_up.weight": torch.randn(8, 4), f"lora_unet_{block}.alpha": torch.tensor(4.0)}
    notes = {"ss_network_dim": "4", "ss_network_module": "networks.lora", "ss_sd_model_name": "model.safetensors", "ss_output_name": "style", "ss_dataset_dirs": json.dumps({"10_style": {"n_repeats": 10, "img_count": 20}})}
    safetensors.torch.save_file(weights, shelf.file("adapter-other-tools", "kohya", "style.safetensors"), metadata=notes)
    swapped = {name.replace("lora_unet_", "unet.").replace("lora_down", "lora_A").replace("lora_up", "lora_B"): tensor for name, tensor in weights.items() if "alpha" not in name}
    safetensors.torch.save_file(swapped, shelf.file("adapter-other-tools", "diffusers", "pytorch_lora_weights.safetensors"))


def make(shelf: Shelf) -> None:
    """Writes all of it."""
    logging.disable(logging.WARNING)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    many(shelf)
    others(shelf)
