"""Writes one honest adapter of every kind that the installed `peft` knows, on a tiny random model.

    python tests/screening/write_kinds.py DIR

The review must say nothing at or above medium about any of them (`cargo test -p chainwright-adapters` holds the shapes
of the common ones; this script is for checking a new release of `peft`).
"""

import pathlib
import sys

import peft
import torch
from transformers import LlamaConfig, LlamaForCausalLM

LINEAR = ["q_proj", "v_proj", "down_proj"]
KINDS = {
    "lora": ("LoraConfig", {"r": 4, "target_modules": LINEAR}),
    "lora-all-linear": ("LoraConfig", {"r": 4, "target_modules": "all-linear"}),
    "lora-regex": ("LoraConfig", {"r": 4, "target_modules": r".*\.layers\.[01]\.self_attn\.[qk]_proj"}),
    "lora-patterns": ("LoraConfig", {"r": 4, "target_modules": LINEAR, "rank_pattern": {"q_proj": 8},
                                     "alpha_pattern": {"layers.0.self_attn.q_proj": 32}}),
    "lora-dora": ("LoraConfig", {"r": 4, "target_modules": LINEAR, "use_dora": True}),
    "lora-rslora": ("LoraConfig", {"r": 4, "target_modules": LINEAR, "use_rslora": True}),
    "lora-bias-all": ("LoraConfig", {"r": 4, "target_modules": LINEAR, "bias": "all"}),
    "lora-lora-bias": ("LoraConfig", {"r": 4, "target_modules": LINEAR, "lora_bias": True}),
    "lora-embedding": ("LoraConfig", {"r": 4, "target_modules": ["embed_tokens", "q_proj"]}),
    "lora-save-head": ("LoraConfig", {"r": 4, "target_modules": LINEAR, "modules_to_save": ["lm_head"]}),
    "lora-save-embedding": ("LoraConfig", {"r": 4, "target_modules": LINEAR,
                                           "modules_to_save": ["lm_head", "embed_tokens"]}),
    "lora-tokens": ("LoraConfig", {"r": 4, "target_modules": LINEAR, "trainable_token_indices": [5, 9, 12]}),
    "lora-layers": ("LoraConfig", {"r": 4, "target_modules": LINEAR, "layers_to_transform": [1],
                                   "layers_pattern": "layers"}),
    "lora-norm-saved": ("LoraConfig", {"r": 4, "target_modules": LINEAR, "modules_to_save": ["input_layernorm"]}),
    "lora-exclude": ("LoraConfig", {"r": 4, "target_modules": "all-linear", "exclude_modules": ["down_proj"]}),
    "lora-pissa": ("LoraConfig", {"r": 4, "target_modules": LINEAR, "init_lora_weights": "pissa"}),
    "lora-olora": ("LoraConfig", {"r": 4, "target_modules": LINEAR, "init_lora_weights": "olora"}),
    "lora-parameters": ("LoraConfig", {"r": 4, "target_modules": [], "target_parameters": ["q_proj.weight"]}),
    "lora-sequence": ("LoraConfig", {"r": 4, "target_modules": LINEAR, "task_type": "SEQ_CLS"}),
    "adalora": ("AdaLoraConfig", {"target_modules": LINEAR, "total_step": 10, "tinit": 1, "tfinal": 2}),
    "loha": ("LoHaConfig", {"r": 4, "target_modules": LINEAR}),
    "lokr": ("LoKrConfig", {"r": 4, "target_modules": LINEAR}),
    "lokr-both": ("LoKrConfig", {"r": 2, "target_modules": LINEAR, "decompose_both": True}),
    "ia3": ("IA3Config", {"target_modules": LINEAR, "feedforward_modules": ["down_proj"]}),
    "oft": ("OFTConfig", {"r": 4, "oft_block_size": 0, "target_modules": LINEAR}),
    "boft": ("BOFTConfig", {"boft_block_size": 4, "target_modules": ["q_proj", "v_proj"]}),
    "vera": ("VeraConfig", {"r": 8, "target_modules": ["q_proj", "v_proj"]}),
    "vera-own": ("VeraConfig", {"r": 8, "target_modules": ["q_proj", "v_proj"], "save_projection": False}),
    "fourierft": ("FourierFTConfig", {"n_frequency": 20, "target_modules": LINEAR}),
    "ln": ("LNTuningConfig", {"target_modules": ["input_layernorm", "post_attention_layernorm"]}),
    "hra": ("HRAConfig", {"r": 4, "target_modules": LINEAR}),
    "poly": ("PolyConfig", {"r": 2, "target_modules": LINEAR, "n_tasks": 2, "n_skills": 2, "n_splits": 2}),
    "vblora": ("VBLoRAConfig", {"r": 2, "target_modules": LINEAR, "num_vectors": 8, "vector_length": 16}),
    "randlora": ("RandLoraConfig", {"r": 4, "target_modules": LINEAR}),
    "road": ("RoadConfig", {"target_modules": LINEAR}),
    "miss": ("MissConfig", {"r": 4, "target_modules": LINEAR}),
    "shira": ("ShiraConfig", {"r": 4, "target_modules": LINEAR}),
    "c3a": ("C3AConfig", {"block_size": 16, "target_modules": LINEAR}),
    "waveft": ("WaveFTConfig", {"n_frequency": 20, "target_modules": LINEAR}),
    "delora": ("DeloraConfig", {"r": 4, "target_modules": LINEAR}),
    "gralora": ("GraloraConfig", {"r": 4, "target_modules": LINEAR}),
    "hira": ("HiraConfig", {"r": 4, "target_modules": LINEAR}),
    "tokens": ("TrainableTokensConfig", {"token_indices": [1, 2, 3], "target_modules": ["embed_tokens"]}),
    "osf": ("OSFConfig", {"target_modules": LINEAR}),
    "adamss": ("AdamssConfig", {"target_modules": LINEAR}),
    "beft": ("BeftConfig", {"target_modules": LINEAR}),
    "lily": ("LilyConfig", {"target_modules": LINEAR}),
    "frod": ("FrodConfig", {"target_modules": LINEAR}),
    "pvera": ("PveraConfig", {"target_modules": ["q_proj", "v_proj"]}),
    "glora": ("GloraConfig", {"target_modules": LINEAR}),
    "unilora": ("UniLoraConfig", {"target_modules": LINEAR}),
    "tinylora": ("TinyLoraConfig", {"target_modules": LINEAR}),
    "psoft": ("PsoftConfig", {"target_modules": LINEAR}),
    "peanut": ("PeanutConfig", {"target_modules": LINEAR}),
    "deft": ("DeftConfig", {"target_modules": LINEAR}),
    "supertuning": ("SuperTuningConfig", {"target_modules": LINEAR}),
    "xlora": ("XLoraConfig", {"hidden_size": 64}),
    "adaption": ("AdaptionPromptConfig", {"adapter_len": 4, "adapter_layers": 2}),
    "prompt": ("PromptTuningConfig", {"num_virtual_tokens": 4}),
    "multitask-prompt": ("MultitaskPromptTuningConfig", {"num_virtual_tokens": 4, "num_tasks": 2}),
    "prefix": ("PrefixTuningConfig", {"num_virtual_tokens": 4}),
    "prefix-projected": ("PrefixTuningConfig", {"num_virtual_tokens": 4, "prefix_projection": True,
                                                "encoder_hidden_size": 32}),
    "p-tuning": ("PromptEncoderConfig", {"num_virtual_tokens": 4, "encoder_hidden_size": 32}),
    "cpt": ("CPTConfig", {"cpt_token_ids": [1, 2, 3], "cpt_mask": [1, 1, 1], "cpt_tokens_type_mask": [1, 2, 3]}),
}


def model(kind):
    torch.manual_seed(1)
    config = LlamaConfig(vocab_size=96, hidden_size=64, num_hidden_layers=3, num_attention_heads=4,
                         num_key_value_heads=2, intermediate_size=128, use_cache=False)
    if kind == "lora-sequence":
        from transformers import LlamaForSequenceClassification

        return LlamaForSequenceClassification(config)
    return LlamaForCausalLM(config)


def main():
    out = pathlib.Path(sys.argv[1])
    for kind, (name, settings) in KINDS.items():
        try:
            config = getattr(peft, name)(**{"task_type": "CAUSAL_LM", **settings})
            adapted = peft.get_peft_model(model(kind), config)
            # A few steps, so that nothing is left at its initial zeros.
            weights = [weight for weight in adapted.parameters() if weight.requires_grad]
            optimiser = torch.optim.SGD(weights, lr=0.5)
            labels = {"labels": torch.tensor([1, 0])} if kind == "lora-sequence" else {
                "labels": torch.arange(32).reshape(2, 16)}
            extra = {"task_ids": torch.tensor([0, 1])} if kind in ("multitask-prompt", "poly") else {}
            if kind == "lora-sequence":
                adapted.config.pad_token_id = 0
            for _ in range(2):
                adapted(input_ids=torch.arange(32).reshape(2, 16), **labels, **extra).loss.backward()
                optimiser.step()
                optimiser.zero_grad()
            adapted.save_pretrained(out / kind)
        except Exception as problem:  # noqa: BLE001 - a kind that this release lacks must not stop the others
            print(f"{kind}: not written: {type(problem).__name__}: {str(problem)[:150]}")


if __name__ == "__main__":
    main()
