"""Prints the table of `crates/weights/src/decode/tests.rs`: what the `gguf` package makes of random blocks.

For each ggml type, 64 blocks of bytes from a generator that the Rust test has as well are dequantised; the bits of
all results (NaN as 7fc00000) go through FNV-1a. Equal hashes mean equal results, bit for bit.

Needs `gguf` (0.19.0 was used) and `numpy`.
"""

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, quants

MASK = (1 << 64) - 1


def random_bytes(count: int) -> bytes:
    state, out = 0x2545F4914F6CDD1D, bytearray()
    while len(out) < count:
        state ^= (state << 13) & MASK
        state ^= state >> 7
        state ^= (state << 17) & MASK
        out += state.to_bytes(8, "little")
    return bytes(out[:count])


def fnv(bits: np.ndarray) -> int:
    hashed = 0xCBF29CE484222325
    for byte in bits.astype("<u4").tobytes():
        hashed = ((hashed ^ byte) * 0x100000001B3) & MASK
    return hashed


def main() -> None:
    for kind in GGMLQuantizationType:
        elements, size = GGML_QUANT_SIZES[kind]
        if elements == 1:
            continue
        raw = np.frombuffer(random_bytes(64 * size), dtype=np.uint8).reshape(64, size)
        try:
            with np.errstate(all="ignore"):
                values = quants.dequantize(raw, kind).astype(np.float32).ravel()
        except NotImplementedError:
            print(f"    // {kind.name}: not in the package")
            continue
        bits = values.view(np.uint32).copy()
        bits[np.isnan(values)] = 0x7FC00000
        print(f'    ({int(kind)}, "{kind.name}", 0x{fnv(bits):016x}),')


main()
