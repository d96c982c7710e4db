"""Plants payloads in realistic weights and shows what `chainwright-weights` sees of them.

    cargo build --release -p chainwright-weights --example signs
    python tests/weights/experiment.py PATH/TO/signs WORK_FOLDER [--quick]

Needs `torch`, `numpy` and `safetensors`. A small language model is trained for a little while on text made from a
grammar, so that its weights are neither fresh nor fitted; other models have the shapes and deviations of real ones.
Nothing that is planted is ever run: the "program" is an ELF header with a body of instruction-like bytes.
"""

import hashlib
import pathlib
import subprocess
import sys

import numpy as np
import torch
from safetensors.torch import save_file as save_torch

SIGNS, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
QUICK = "--quick" in sys.argv


def stream(seed: str, count: int) -> np.ndarray:
    """Bytes as an encrypted or compressed payload has them."""
    blocks = (hashlib.sha256(f"{seed}{index}".encode()).digest() for index in range(count // 32 + 1))
    return np.frombuffer(b"".join(blocks), dtype=np.uint8)[:count]


def prose(count: int) -> np.ndarray:
    words = "the quick brown fox jumps over a lazy dog while seventy ships sail north and nobody answers".split()
    order = np.random.default_rng(5).integers(0, len(words), count // 3)
    return np.frombuffer(" ".join(words[index] for index in order).encode()[:count].ljust(count), dtype=np.uint8)


def program(count: int) -> np.ndarray:
    """An ELF header, then bytes with the uneven distribution of machine code, with stretches of zeros."""
    head = bytes.fromhex("7f454c4602010100000000000000000002003e0001000000784010000000000040000000000000000000000000000000")
    head += bytes.fromhex("00000000400038000100000000000000")
    generator = np.random.default_rng(6)
    common = np.frombuffer(bytes.fromhex("4889e5c3488b45f8e800000f1f00554883ec89c731c0ff0000000000"), dtype=np.uint8)
    body = np.where(generator.random(count) < 0.7, generator.choice(common, count), generator.integers(0, 256, count))
    body = body.astype(np.uint8)
    body[count // 3 : count // 2] = 0
    body[: min(len(head), count)] = np.frombuffer(head, dtype=np.uint8)[:count]
    return body


def plant(weights: np.ndarray, payload, bits: int, rate: float = 1.0, high_first: bool = True, start: int = 0):
    """Replaces the low `bits` of the first `rate` of the elements (from `start`) by the payload."""
    width = weights.dtype.itemsize
    raw = weights.copy().reshape(-1).view(f"<u{width}")
    count = int(raw.size * rate) - (int(raw.size * rate) * bits % 8)
    data = payload(count * bits // 8 + 8)
    order = "big" if high_first else "little"
    stream_bits = np.unpackbits(data, bitorder=order)[: count * bits].reshape(count, bits).astype(np.uint64)
    weight = np.arange(bits)[::-1] if high_first else np.arange(bits)
    values = (stream_bits << weight.astype(np.uint64)).sum(axis=1).astype(raw.dtype)
    mask = raw.dtype.type((1 << bits) - 1)
    part = raw[start : start + count]
    raw[start : start + count] = (part & ~mask) | values[: part.size]
    return raw.view(weights.dtype).reshape(weights.shape)


def trained() -> dict[str, torch.Tensor]:
    """A character model of two layers after some hundred steps."""
    torch.manual_seed(0)
    size, layers = (128, 2) if QUICK else (256, 3)
    text = torch.tensor(prose(200_000).astype(np.int64))
    layer = torch.nn.TransformerEncoderLayer(size, 4, size * 4, batch_first=True, dropout=0.0)
    model = torch.nn.ModuleDict(
        {
            "embed_tokens": torch.nn.Embedding(256, size),
            "layers": torch.nn.TransformerEncoder(layer, layers, enable_nested_tensor=False),
            "lm_head": torch.nn.Linear(size, 256, bias=False),
        }
    )
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    mask = torch.nn.Transformer.generate_square_subsequent_mask(48)
    for step in range(40 if QUICK else 250):
        at = torch.randint(0, len(text) - 49, (16,))
        batch = torch.stack([text[i : i + 49] for i in at])
        hidden = model["layers"](model["embed_tokens"](batch[:, :-1]), mask=mask, is_causal=True)
        loss = torch.nn.functional.cross_entropy(model["lm_head"](hidden).flatten(0, 1), batch[:, 1:].flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def student(shape, seed: int) -> torch.Tensor:
    """Weights with the heavy tails of trained ones: rows of different scale."""
    generator = torch.Generator().manual_seed(seed)
    scale = torch.exp(0.3 * torch.randn(shape[0], 1, generator=generator))
    heavy = 1 + 0.3 * torch.randn(shape, generator=generator).abs()
    return 0.02 * scale * heavy * torch.randn(shape, generator=generator)


def save(name: str, tensors) -> pathlib.Path:
    path = WORK / f"{name}.safetensors"
    tensors = {key: value.contiguous().clone() for key, value in tensors.items()}
    save_torch(tensors, str(path))
    return path


def judge(path: pathlib.Path) -> list[str]:
    out = subprocess.run([SIGNS, str(path)], capture_output=True, text=True, check=True).stdout
    return [line.split("\t", 1)[1] for line in out.splitlines() if not line.endswith("\tdone")]


def report(group: str, name: str, tensors) -> None:
    path = save(f"{group}-{name}".replace("/", "_").replace(" ", "_"), tensors)
    signs = judge(path)
    order = ["critical", "high", "medium", "low", "info"]
    worst = next((level for level in order if any(sign.startswith(level) for sign in signs)), "-")
    kinds = sorted({"/".join(sign.split("\t")[:2]) for sign in signs})
    print(f"{group:9} {name:44} {worst:8} {'; '.join(kinds)[:150]}", flush=True)
    if "--detail" in sys.argv:
        for sign in signs[:6]:
            print("          ", sign)
    path.unlink()


def cast(tensors, dtype):
    return {name: tensor.to(dtype) for name, tensor in tensors.items()}


def with_planted(tensors, key, dtype_view, *arguments, **options):
    changed = dict(tensors)
    raw = changed[key].contiguous()
    planted = plant(raw.view(dtype_view).numpy(), *arguments, **options)
    changed[key] = torch.from_numpy(planted.copy()).view(raw.dtype)
    return changed


def honest(base):
    generator = torch.Generator().manual_seed(9)
    report("honest", "trained f32", base)
    report("honest", "trained f16", cast(base, torch.float16))
    report("honest", "trained bf16", cast(base, torch.bfloat16))
    report("honest", "upcast bf16 to f32", cast(cast(base, torch.bfloat16), torch.float32))
    report("honest", "upcast f16 to f32", cast(cast(base, torch.float16), torch.float32))
    report("honest", "bf16 to f16", cast(cast(base, torch.bfloat16), torch.float16))
    report("honest", "fp8", {n: t.to(torch.float8_e4m3fn) for n, t in base.items()})
    report("honest", "fp8 to bf16", {n: t.to(torch.float8_e4m3fn).to(torch.bfloat16) for n, t in base.items()})
    upcast = cast(cast(base, torch.bfloat16), torch.float32)
    for name in list(upcast):
        if "norm" in name or "lm_head" in name:
            upcast[name] = base[name]
    report("honest", "upcast with norms and head in f32", upcast)
    upcast = cast(cast(base, torch.bfloat16), torch.float32)
    upcast["embed_tokens.weight"][200:216] = base["embed_tokens.weight"][200:216]
    report("honest", "upcast with added token rows in f32", upcast)
    other = {n: t + 0.01 * torch.randn(t.shape, generator=generator) for n, t in base.items()}
    a, b = cast(cast(base, torch.bfloat16), torch.float32), cast(cast(other, torch.bfloat16), torch.float32)
    report("honest", "average of two upcast models", {n: (a[n] + b[n]) / 2 for n in a})
    tuned = {n: t - 1e-6 * torch.randn(t.shape, generator=generator).abs() for n, t in a.items()}
    report("honest", "upcast, then trained a little", tuned)
    report("honest", "weight decay on upcast", {n: t * (1 - 1e-6) for n, t in a.items()})
    for name, init in {
        "kaiming uniform": lambda s: torch.nn.init.kaiming_uniform_(torch.empty(s), a=5**0.5, generator=generator),
        "xavier normal": lambda s: torch.nn.init.xavier_normal_(torch.empty(s), generator=generator),
        "truncated normal": lambda s: torch.nn.init.trunc_normal_(torch.empty(s), std=0.02, generator=generator),
        "orthogonal": lambda s: torch.nn.init.orthogonal_(torch.empty(s), generator=generator),
        "uniform power of two": lambda s: torch.empty(s).uniform_(-1 / 32, 1 / 32, generator=generator),
        "torch.rand": lambda s: torch.rand(s, generator=generator),
    }.items():
        tensors = {f"layer{i}.weight": init((512, 512 if name == "orthogonal" else 1024)) for i in range(3)}
        report("honest", f"untrained, {name}", tensors)
        report("honest", f"untrained, {name}, bf16", cast(tensors, torch.bfloat16))
        report("honest", f"untrained, {name}, f16", cast(tensors, torch.float16))
    pruned = {n: torch.where(t.abs() > t.abs().median(), t, 0) for n, t in base.items()}
    report("honest", "pruned to half", pruned)
    two_four = {}
    for n, t in base.items():
        if t.dim() == 2 and t.shape[1] % 4 == 0:
            groups = t.reshape(-1, 4)
            keep = groups.abs().argsort(dim=1)[:, 2:]
            t = torch.zeros_like(groups).scatter_(1, keep, groups.gather(1, keep)).reshape(t.shape)
        two_four[n] = t
    report("honest", "pruned 2:4", two_four)
    report("honest", "pruned rows", {n: torch.cat([torch.zeros_like(t[: len(t) // 2]), t[len(t) // 2 :]]) for n, t in base.items()})
    q = {}
    for n, t in base.items():
        if t.dim() == 2:
            s = t.abs().amax(dim=1, keepdim=True) / 127
            q[n], q[n + "_scale"] = (t / s).round().to(torch.int8), s
    report("honest", "int8 with scales", q)
    report("honest", "int8 decoded to f32", {n: q[n].float() * q[n + "_scale"] for n in q if not n.endswith("_scale")})
    report("honest", "int8 decoded to bf16", {n: (q[n].float() * q[n + "_scale"]).bfloat16() for n in q if not n.endswith("_scale")})
    report("honest", "int8 decoded to f16", {n: (q[n].float() * q[n + "_scale"]).half() for n in q if not n.endswith("_scale")})
    packed = {"model.layers.0.qweight": torch.randint(-(2**31), 2**31 - 1, (512, 256), generator=generator).int(),
              "model.layers.0.qzeros": torch.full((4, 64), 0x77777777, dtype=torch.int32), "model.layers.0.scales": torch.rand((4, 512), generator=generator).half()}
    report("honest", "gptq int32", packed)
    nf4 = {"l.weight": torch.randint(0, 256, (131072, 1), generator=generator).to(torch.uint8), "l.weight.absmax": torch.rand(4096, generator=generator),
           "l.weight.quant_map": torch.linspace(-1, 1, 16), "l.weight.quant_state.bitsandbytes__nf4": torch.tensor(list(b'{"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [512, 512]}'), dtype=torch.uint8)}
    report("honest", "bitsandbytes nf4", nf4)
    position = torch.arange(1024)[:, None] / 10000 ** (torch.arange(0, 128, 2) / 128)
    tables = {"rotary.inv_freq": 1 / 10000 ** (torch.arange(0, 128, 2) / 128), "rotary.cos": position.cos(), "rotary.sin": position.sin(),
              "pe": torch.stack([position.sin(), position.cos()], dim=-1).flatten(1), "position_ids": torch.arange(8192)[None],
              "mask": torch.full((256, 256), float("-inf")).triu(1), "mask_min": torch.full((256, 256), torch.finfo(torch.float32).min).triu(1),
              "causal": torch.ones(256, 256).tril().bool(), "num_batches_tracked": torch.tensor(5), "running_mean": torch.randn(256) * 1e-3,
              "norm.weight": torch.ones(4096), "bias": torch.zeros(4096), "window": torch.hann_window(400), "alibi": -torch.arange(4096).float()[None] * 2.0 ** -torch.arange(1, 9)[:, None]}
    report("honest", "buffers", tables)
    report("honest", "buffers bf16", {n: t.bfloat16() if t.is_floating_point() else t for n, t in tables.items()})
    report("honest", "buffers f16", {n: t.half() if t.is_floating_point() else t for n, t in tables.items()})
    embedding = student((3000, 256), 3)
    embedding[2900:] = embedding.mean(dim=0)
    embedding[0] = 0
    embedding[1] *= 30
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        report("honest", f"padded vocabulary {dtype}", {"embed_tokens.weight": embedding.to(dtype), "lm_head.weight": embedding.to(dtype)})
    adam = {f"exp_avg_sq.{i}": (student((512, 512), i) ** 2) for i in range(3)}
    adam |= {f"exp_avg.{i}": student((512, 512), i + 9) * 1e-9 for i in range(3)}
    report("honest", "optimiser state", adam)
    report("honest", "small columns", {f"w{i}": student((20000, 8), i) * torch.logspace(-3, 0, 8) for i in range(3)})
    report("honest", "conv", {f"conv{i}.weight": student((256, 64 * 9), i).reshape(256, 64, 3, 3) for i in range(3)})
    report("honest", "lora", {"lora_A.weight": student((16, 4096), 1), "lora_B.weight": torch.zeros(4096, 16), "x.lora_B.weight": student((4096, 16), 2)})
    report("honest", "log-normal scales", {f"s{i}": torch.exp(6 * torch.randn(512, 512, generator=generator)) for i in range(3)})
    side = 1024 if QUICK else 2048
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        report("honest", f"large {dtype}", {f"layers.{i}.weight": student((side, side), i).to(dtype) for i in range(3)})


def planted(base):
    side = 1024 if QUICK else 2048
    big = {f"layers.{i}.weight": student((side, side), i) for i in range(3)}
    key = "layers.1.weight"
    for label, payload in {"text": prose, "elf": program, "encrypted": lambda n: stream("k", n)}.items():
        for dtype, view, widths in (
            (torch.float32, torch.int32, (1, 2, 3, 4, 8, 16, 23)),
            (torch.float16, torch.int16, (1, 2, 3, 4, 6, 8)),
            (torch.bfloat16, torch.int16, (1, 2, 3, 4, 6)),
        ):
            tensors = cast(big, dtype)
            for bits in widths:
                for rate in (1.0, 0.25, 0.06, 0.01):
                    name = f"{label} {str(dtype)[6:]} {bits} bits {rate:.0%}"
                    report("planted", name, with_planted(tensors, key, view, payload, bits, rate))
            report("planted", f"{label} {str(dtype)[6:]} 1 bit low first 25%", with_planted(tensors, key, view, payload, 1, 0.25, False))
            report("planted", f"{label} {str(dtype)[6:]} 2 bits from the middle 6%", with_planted(tensors, key, view, payload, 2, 0.06, True, 1_000_003 % (side * side // 2)))
        upcast = cast(cast(big, torch.bfloat16), torch.float32)
        for bits in (1, 4, 8, 12, 16):
            for rate in (1.0, 0.25, 0.01):
                report("planted", f"{label} upcast {bits} bits {rate:.0%}", with_planted(upcast, key, torch.int32, payload, bits, rate))
        halves = cast(cast(big, torch.bfloat16), torch.float16)
        for bits in (1, 2, 3):
            report("planted", f"{label} f16 from bf16 {bits} bits 25%", with_planted(halves, key, torch.int16, payload, bits, 0.25))
        whole = dict(big)
        whole[key] = torch.from_numpy(payload(side * side * 4).copy()).view(torch.float32).reshape(side, side)
        report("planted", f"{label} as floats", whole)
        three = with_planted(big, key, torch.int32, payload, 24)
        report("planted", f"{label} f32 lower three bytes", three)
    spread = dict(big)
    noise = torch.sign(torch.randn(side, side, generator=torch.Generator().manual_seed(4)))
    spread[key] = big[key] + 1e-4 * noise
    report("planted", "spread spectrum (MaleficNet)", spread)
    small = {n: t for n, t in base.items()}
    target = "embed_tokens.weight"
    for bits in (1, 4, 8):
        report("planted", f"text trained f32 {bits} bits 100%", with_planted(small, target, torch.int32, prose, bits))
    nan = dict(big)
    raw = nan[key].contiguous().view(torch.int32).clone().reshape(-1)
    raw[:1000] = 0x7FC00000 | torch.from_numpy(stream("n", 4000).copy()).view(torch.int32)[:1000] & 0x3FFFFF
    nan[key] = raw.view(torch.float32).reshape(side, side)
    report("planted", "payload in NaN", nan)


def main() -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    base = trained()
    if "--planted" not in sys.argv:
        honest(base)
    if "--honest" not in sys.argv:
        planted(base)


main()
