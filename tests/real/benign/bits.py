"""Weights in few bits: GGUF of every type, GPTQ and AWQ layouts, bitsandbytes states, fp8, bf16, pruned, MX blocks."""

from __future__ import annotations

import json

import gguf
import numpy
import safetensors.torch
import torch

from .shelf import Shelf

WRITABLE = ("F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "TQ1_0", "TQ2_0", "MXFP4")
BLOCKS = ("Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ3_S", "IQ1_S", "IQ4_NL", "IQ4_XS", "I8", "I16", "I32", "F64")
ARCHITECTURES = ("llama", "qwen2", "qwen3", "gemma2", "gemma3", "phi3", "gpt2", "bert", "mamba", "falcon", "deepseek2", "t5", "starcoder2", "command-r", "stablelm", "olmo2", "clip", "whisper")
TINY = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 128, "num_hidden_layers": 1, "num_attention_heads": 4, "vocab_size": 32}


def weights(rows: int = 128, columns: int = 256) -> numpy.ndarray:
    """A matrix like a trained one: a low-rank part, noise, and a few outliers."""
    draw = numpy.random.default_rng(11)
    matrix = draw.normal(0, 0.02, (rows, columns)) + draw.normal(0, 0.05, (rows, 4)) @ draw.normal(0, 0.05, (4, columns))
    matrix[:, draw.integers(0, columns, 3)] *= 8
    return matrix.astype("float32")


def blocks(kind: gguf.GGMLQuantizationType, matrix: numpy.ndarray) -> numpy.ndarray:
    """Blocks of a type that the Python library cannot quantize to: small scales and spread bits."""
    size, width = gguf.GGML_QUANT_SIZES[kind]
    draw = numpy.random.default_rng(int(kind))
    packed = draw.integers(0, 256, (matrix.shape[0], matrix.shape[1] // size, width), dtype="uint8")
    scale = numpy.frombuffer(numpy.float16([0.01, 0.01]).tobytes(), "uint8")  # K types have two, in front or behind
    packed[:, :, : len(scale)] = scale
    packed[:, :, -len(scale):] = scale
    return packed.reshape(matrix.shape[0], -1)


def gguf_file(shelf: Shelf, name: str, architecture: str, kind: str) -> None:
    """One layer with the norms in float32."""
    writer = gguf.GGUFWriter(str(shelf.file("gguf-type", name, f"tiny-{kind.lower()}.gguf")), architecture)
    writer.add_name("tiny")
    writer.add_quantization_version(2)
    writer.add_context_length(64)
    writer.add_embedding_length(256)
    writer.add_block_count(1)
    writer.add_head_count(4)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list([f"token{number}" for number in range(128)])
    writer.add_token_merges(["t o", "to k"])
    matrix = weights()
    writer.add_tensor("blk.0.attn_norm.weight", 1 + matrix[0])
    number = gguf.GGMLQuantizationType[kind]
    plain = {"F32": "float32", "F16": "float16", "F64": "float64", "I8": "int8", "I16": "int16", "I32": "int32"}
    for tensor in ("token_embd.weight", "blk.0.ffn_down.weight"):
        if kind in plain:
            writer.add_tensor(tensor, (matrix * (100 if kind.startswith("I") else 1)).astype(plain[kind]))
        elif kind in WRITABLE:
            writer.add_tensor(tensor, gguf.quants.quantize(matrix, number), raw_dtype=number)
        else:
            writer.add_tensor(tensor, blocks(number, matrix), raw_dtype=number)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def four_bits(matrix: torch.Tensor, group: int = 32) -> dict[str, torch.Tensor]:
    """The tensors that GPTQ keeps of one layer: eight numbers in each int32, scales and zeros by group, the order."""
    grouped = matrix.T.reshape(-1, group, matrix.shape[0])
    scales = grouped.abs().amax(1) / 7
    numbers = (grouped / scales[:, None]).round().clamp(-8, 7).add(8).to(torch.int64).reshape(matrix.shape[1], -1)
    shifts = torch.arange(8) * 4
    packed = (numbers.reshape(-1, 8, numbers.shape[1]) << shifts[None, :, None]).sum(1)
    zeros = (torch.full((scales.shape[0], scales.shape[1] // 8, 8), 7) << shifts).sum(-1)
    to_int32 = lambda value: torch.where(value >= 2**31, value - 2**32, value).to(torch.int32)
    return {"qweight": to_int32(packed), "qzeros": to_int32(zeros), "scales": scales.half(), "g_idx": (torch.arange(matrix.shape[1]) // group).to(torch.int32)}


def states(matrix: torch.Tensor) -> dict[str, torch.Tensor]:
    """The tensors that bitsandbytes keeps of one layer in NF4."""
    code = torch.tensor([-1.0, -0.6962, -0.5251, -0.3949, -0.2844, -0.1848, -0.0911, 0.0, 0.0796, 0.1609, 0.2461, 0.3379, 0.4407, 0.5626, 0.7230, 1.0])
    flat = matrix.reshape(-1, 64)
    largest = flat.abs().amax(1, keepdim=True)
    numbers = (flat / largest).reshape(-1, 1).sub(code).abs().argmin(1).to(torch.uint8)
    note = json.dumps({"quant_type": "nf4", "blocksize": 64, "dtype": "float16", "shape": list(matrix.shape)}).encode()
    return {"weight": (numbers[::2] << 4 | numbers[1::2]).reshape(-1, 1), "weight.absmax": largest.flatten(), "weight.quant_map": code,
            "weight.quant_state.bitsandbytes__nf4": torch.tensor(list(note), dtype=torch.uint8)}


def layouts(matrix: torch.Tensor) -> dict[str, tuple[dict[str, torch.Tensor], dict[str, object] | None]]:
    """The tensors of one layer in each layout, and what the configuration says of it."""
    scale = matrix.abs().max() / 448
    masked = matrix * (matrix.abs() > matrix.abs().quantile(0.5))
    pairs = matrix.reshape(-1, 4)
    sparse = (pairs * torch.zeros_like(pairs).scatter(1, pairs.abs().topk(2, 1).indices, 1)).reshape(matrix.shape)
    awq = four_bits(matrix)
    awq.pop("g_idx")
    eight = (matrix / matrix.abs().amax(1, keepdim=True) * 127).round().to(torch.int8)
    exponents = matrix.reshape(-1, 32).abs().amax(1).log2().floor().add(127).to(torch.uint8)
    return {
        "gptq": (four_bits(matrix), {"quant_method": "gptq", "bits": 4, "group_size": 32, "desc_act": False}),
        "awq": (awq, {"quant_method": "awq", "bits": 4, "group_size": 32, "version": "gemm", "zero_point": True}),
        "nf4": (states(matrix), {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}),
        "int8": ({"weight": eight, "SCB": matrix.abs().amax(1)}, {"quant_method": "bitsandbytes", "load_in_8bit": True}),
        "fp8-tensor": ({"weight": (matrix / scale).to(torch.float8_e4m3fn), "weight_scale": scale, "input_scale": torch.tensor(0.02)}, {"quant_method": "fp8", "activation_scheme": "static"}),
        "fp8-blocks": ({"weight": (matrix / scale).to(torch.float8_e4m3fn), "weight_scale_inv": torch.full((1, 2), float(scale))}, {"quant_method": "fp8", "weight_block_size": [128, 128]}),
        "fp8-e5m2": ({"weight": matrix.to(torch.float8_e5m2)}, None),
        "mx": ({"blocks": states(matrix)["weight"], "scales": exponents}, {"quant_method": "mxfp4"}),
        "compressed": ({"weight": eight, "weight_scale": matrix.abs().amax(1, keepdim=True) / 127}, {"quant_method": "compressed-tensors", "format": "int-quantized"}),
        "hqq": ({"W_q": states(matrix)["weight"], "scale": matrix[:, :1].abs(), "zero": torch.full((128, 1), 7.5)}, {"quant_method": "hqq"}),
        "bfloat16": ({"weight": matrix.bfloat16()}, None), "float16": ({"weight": matrix.half()}, None),
        "upcast": ({"weight": matrix.bfloat16().float()}, None), "upcast-half": ({"weight": matrix.half().float()}, None),
        "pruned": ({"weight": masked}, None), "two-of-four": ({"weight": sparse}, None), "ternary": ({"weight": (matrix / matrix.abs().mean()).round().clamp(-1, 1) * matrix.abs().mean()}, None),
        "binary": ({"weight": matrix.sign() * 0.05}, None), "zeros": ({"weight": torch.zeros_like(matrix)}, None), "padded": ({"weight": torch.cat([matrix, torch.zeros(64, 256)])}, None),
        "tied": ({"weight": matrix, "other": matrix.clone()}, None), "integers": ({"weight": torch.arange(4096), "mask": torch.ones(64, 64).tril().bool()}, None),
        "rotary": ({"inv_freq": 1 / 10000 ** (torch.arange(0, 64, 2) / 64), "position": torch.outer(torch.arange(64.0), torch.ones(32)).sin()}, None),
        "dequantized": ({"weight": (matrix / 0.01).round().clamp(-8, 7) * 0.01}, None),
    }


def make(shelf: Shelf) -> None:
    """Writes all of it."""
    torch.set_num_threads(1)
    for kind in (*WRITABLE, *BLOCKS):
        gguf_file(shelf, kind.lower(), "llama", kind)
    for architecture in ARCHITECTURES:
        gguf_file(shelf, f"architecture-{architecture}", architecture, "Q8_0")
    for name, (tensors, quantization) in layouts(torch.from_numpy(weights())).items():
        folder = shelf.folder("few-bits", name)
        state = {f"model.layers.0.mlp.down_proj.{key}": tensor.contiguous() for key, tensor in tensors.items()}
        safetensors.torch.save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
        configuration = TINY | ({"quantization_config": quantization} if quantization else {"dtype": name if "float" in name else "float32"})
        (folder / "config.json").write_text(json.dumps(configuration, indent=2), encoding="utf-8")
        torch.save(state, folder / "pytorch_model.bin")
        shelf.list_all("few-bits", name)
