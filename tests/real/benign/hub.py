"""Model repositories as transformers, peft and gguf write them: tiny, random, built without a network."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import gguf
import numpy
import peft
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from .shelf import Shelf

WORDS = ["The quick brown fox jumps over the lazy dog.", "import os and run the system", "Hello world, how are you?"] * 5
SMALL = {"vocab_size": 200, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
         "max_position_embeddings": 64}
ARCHITECTURES = {
    "bert-classifier": ("BertForSequenceClassification", "BertConfig", SMALL),
    "roberta-mlm": ("RobertaForMaskedLM", "RobertaConfig", SMALL),
    "llama-causal": ("LlamaForCausalLM", "LlamaConfig", SMALL | {"num_key_value_heads": 1}),
    "mistral-causal": ("MistralForCausalLM", "MistralConfig", SMALL | {"num_key_value_heads": 1}),
    "qwen3-causal": ("Qwen3ForCausalLM", "Qwen3Config", SMALL | {"num_key_value_heads": 1, "head_dim": 8}),
    "gemma2-causal": ("Gemma2ForCausalLM", "Gemma2Config", SMALL | {"num_key_value_heads": 1, "head_dim": 8}),
    "gpt2-causal": ("GPT2LMHeadModel", "GPT2Config", {"vocab_size": 200, "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 64}),
    "t5-seq2seq": ("T5ForConditionalGeneration", "T5Config",
                   {"vocab_size": 200, "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2}),
    "distilbert-tokens": ("DistilBertForTokenClassification", "DistilBertConfig",
                          {"vocab_size": 200, "dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32}),
    "vit-image": ("ViTForImageClassification", "ViTConfig",
                  {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32, "image_size": 16, "patch_size": 8}),
    "mixtral-moe": ("MixtralForCausalLM", "MixtralConfig", SMALL | {"num_key_value_heads": 1, "num_local_experts": 2}),
}


def templates() -> dict[str, str]:
    """The chat templates that trl ships for well-known model families."""
    found = importlib.util.find_spec("trl")
    assert found and found.submodule_search_locations, "trl is not installed"
    folder = Path(next(iter(found.submodule_search_locations))) / "chat_templates"
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.jinja"))}


def byte_pair() -> Tokenizer:
    """A byte-level tokenizer, as GPT-2 and its descendants have."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(WORDS, trainer)
    return tokenizer


def word_piece() -> Tokenizer:
    """A lower-casing word-piece tokenizer, as BERT has."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=150, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False)
    tokenizer.train_from_iterator(WORDS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer


def unigram() -> Tokenizer:
    """A sentence-piece-like tokenizer, as T5 and Llama have."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(" {2,}", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=120, special_tokens=["<s>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(WORDS, trainer)
    return tokenizer


def fast(tokenizer: Tokenizer, **special: str) -> transformers.PreTrainedTokenizerFast:
    """The tokenizer as transformers wraps it."""
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **special)


def repositories(shelf: Shelf) -> None:
    """`save_pretrained` of a tiny model with its tokenizer."""
    chat = templates()
    for position, (name, (model_class, config_class, settings)) in enumerate(ARCHITECTURES.items()):
        torch.manual_seed(position)
        folder = shelf.folder("hub-repository", name)
        model = getattr(transformers, model_class)(getattr(transformers, config_class)(**settings))
        model.save_pretrained(folder, max_shard_size="20KB" if "llama" in name else "5GB")
        if "vit" in name:
            transformers.ViTImageProcessor().save_pretrained(folder)
        elif "bert" in name and "roberta" not in name:
            fast(word_piece(), cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]", mask_token="[MASK]").save_pretrained(folder)
        elif "t5" in name or "mistral" in name:
            fast(unigram(), bos_token="<s>", eos_token="</s>", unk_token="<unk>").save_pretrained(folder)
        else:
            tokenizer = fast(byte_pair(), eos_token="<|endoftext|>", additional_special_tokens=["<|im_start|>", "<|im_end|>"])
            family = next((key for key in chat if key.startswith(name.split("-")[0]) and "training" not in key), None)
            tokenizer.chat_template = chat[family] if family else None
            tokenizer.save_pretrained(folder)
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
        shelf.list_all("hub-repository", name)


def training_run(shelf: Shelf) -> None:
    """The checkpoint folder of a Trainer, apart from the weights."""
    folder = shelf.folder("trainer-checkpoint", "run")
    model = torch.nn.Linear(4, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5)
    model(torch.ones(1, 4)).sum().backward()
    optimizer.step()
    scheduler = transformers.get_linear_schedule_with_warmup(optimizer, 2, 10)
    arguments = transformers.TrainingArguments(output_dir="out", use_cpu=True, report_to=[], logging_steps=10)
    torch.save(arguments, folder / "training_args.bin")
    torch.save(transformers.Seq2SeqTrainingArguments(output_dir="out", use_cpu=True, report_to=[]), folder / "seq2seq_training_args.bin")
    torch.save(optimizer.state_dict(), folder / "optimizer.pt")
    torch.save(scheduler.state_dict(), folder / "scheduler.pt")
    torch.save({"cpu": torch.get_rng_state(), "python": __import__("random").Random(0).getstate()}, folder / "rng_state.pth")
    state = transformers.TrainerState(epoch=1.0, global_step=10, max_steps=100, log_history=[{"loss": 1.2, "step": 10}])
    state.save_to_json(str(folder / "trainer_state.json"))
    shelf.list_all("trainer-checkpoint", "run")
    configuration = transformers.BertConfig(**SMALL)
    torch.save(transformers.BertModel(configuration), shelf.file("torch-module", "transformers-bert", "model.pt"))
    torch.save({"config": configuration, "metric": 1.0}, shelf.file("torch-checkpoint", "with-transformers-config", "best.pt"))


def adapters(shelf: Shelf) -> None:
    """LoRA and its relatives, saved by peft."""
    kinds = {
        "lora": peft.LoraConfig(r=2, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM", base_model_name_or_path="tiny/llama"),
        "dora": peft.LoraConfig(r=2, use_dora=True, target_modules="all-linear", task_type="CAUSAL_LM"),
        "ia3": peft.IA3Config(target_modules=["k_proj"], feedforward_modules=[], task_type="CAUSAL_LM"),
        "prompt": peft.PromptTuningConfig(num_virtual_tokens=4, task_type="CAUSAL_LM"),
    }
    for name, configuration in kinds.items():
        torch.manual_seed(5)
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**SMALL, num_key_value_heads=1))
        folder = shelf.folder("adapter", name)
        peft.get_peft_model(model, configuration).save_pretrained(folder)
        if name == "lora":
            peft.get_peft_model(model, configuration).save_pretrained(shelf.folder("adapter", "lora-bin"), safe_serialization=False)
            shelf.list_all("adapter", "lora-bin")
        shelf.list_all("adapter", name)


def quantized(shelf: Shelf) -> None:
    """GGUF files with the usual keys, a vocabulary and a chat template."""
    chat = list(templates().items())
    draw = numpy.random.default_rng(3)
    for position, kind in enumerate(("f32", "f16", "q8_0", "vocab-only", "no-template", "named-templates")):
        writer = gguf.GGUFWriter(str(shelf.file("gguf", kind, f"tiny-{kind}.gguf")), "llama")
        writer.add_name("tiny")
        writer.add_description("A random model of two layers")
        writer.add_license("apache-2.0")
        writer.add_context_length(64)
        writer.add_embedding_length(32)
        writer.add_block_count(1)
        writer.add_feed_forward_length(64)
        writer.add_head_count(2)
        writer.add_layer_norm_rms_eps(1e-5)
        writer.add_rope_freq_base(10000.0)
        writer.add_tokenizer_model("gpt2")
        tokens = ["<unk>", "<s>", "</s>", *(f"token{number}" for number in range(61))]
        writer.add_token_list(tokens)
        writer.add_token_scores([0.0] * len(tokens))
        writer.add_token_types([1] * len(tokens))
        writer.add_token_merges(["t o", "to k"])
        writer.add_bos_token_id(1)
        writer.add_eos_token_id(2)
        if kind == "named-templates":
            writer.add_chat_template([{"name": name, "template": text} for name, text in chat[:3]] + [{"name": "default", "template": chat[3][1]}])
        elif kind != "no-template":
            writer.add_chat_template(chat[position][1])
        if kind != "vocab-only":
            weights = draw.normal(size=(64, 32)).astype("float32")
            writer.add_tensor("output_norm.weight", weights[0])
            if kind == "q8_0":
                packed = gguf.quants.quantize(weights, gguf.GGMLQuantizationType.Q8_0)
                writer.add_tensor("token_embd.weight", packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
            else:
                writer.add_tensor("token_embd.weight", weights.astype("float16") if kind == "f16" else weights)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def chat_templates(shelf: Shelf) -> None:
    """Each shipped template in the carriers it travels in."""
    for position, (name, text) in enumerate(templates().items()):
        shelf.file("chat-template", f"{name}-jinja", "chat_template.jinja").write_text(text, encoding="utf-8")
        if position % 2 == 0:
            config = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 4096, "eos_token": "</s>", "chat_template": text}
            shelf.file("chat-template", f"{name}-config", "tokenizer_config.json").write_text(json.dumps(config, indent=2))
        if position % 5 == 0:
            shelf.file("chat-template", f"{name}-json", "chat_template.json").write_text(json.dumps({"chat_template": text}))


def make(shelf: Shelf) -> None:
    """Writes all of it."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    repositories(shelf)
    training_run(shelf)
    adapters(shelf)
    quantized(shelf)
    chat_templates(shelf)
