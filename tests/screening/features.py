"""What the screening sees of an adapter, by the same definitions as `crates/adapters/src/spectrum.rs`.

Every module of an adapter changes one matrix of the base by dW = scale * B @ A, a matrix of `out` rows and `in`
columns with at most `rank` singular values. Five numbers describe it (the five of arXiv 2602.15195, made independent
of the size of the matrix), three more describe how the adapter spends its strength over its modules (the standard
deviation of the dimension-normalised Frobenius norm is that of arXiv 2605.30189). Nothing here needs the base model.
"""

import math

import numpy as np

PROJECTIONS = ["q", "k", "v", "o", "gate", "up", "down"]
SPECTRAL = ["sigma", "frobenius", "concentration", "entropy", "kurtosis"]
SUFFIXES = {
    "q_proj": "q", "k_proj": "k", "v_proj": "v", "o_proj": "o",
    "gate_proj": "gate", "up_proj": "up", "down_proj": "down",
}
# Entries of dW that the kurtosis looks at: at most this many rows and columns, evenly spaced.
SAMPLE_ROWS, SAMPLE_COLUMNS = 256, 512
TINY = 1e-12


def spaced(count, at_most):
    """Evenly spaced indices, all of them where there are few enough."""
    if count <= at_most:
        return np.arange(count)
    return np.arange(at_most) * count // at_most


def module_numbers(down, up, scale):
    """The five numbers of one module from A (`down`, rank x in) and B (`up`, out x rank); None for an empty change."""
    down, up = np.asarray(down, np.float64), np.asarray(up, np.float64) * scale
    rank = min(up.shape[0], down.shape[1], down.shape[0])
    # The singular values of B @ A are those of R_B @ R_A^T, of QR factors of B and A^T.
    small = np.linalg.qr(up, mode="r") @ np.linalg.qr(down.T, mode="r").T
    values = np.linalg.svd(small, compute_uv=False)[:rank]
    energy = float((values**2).sum())
    if energy <= TINY**2:
        return None
    share = values**2 / energy
    positive = share[share > TINY]
    entropy = float(-(positive * np.log(positive)).sum()) / math.log(max(rank, 2))
    sample = up[spaced(up.shape[0], SAMPLE_ROWS)] @ down[:, spaced(down.shape[1], SAMPLE_COLUMNS)]
    centred = sample - sample.mean()
    variance = float((centred**2).mean())
    kurtosis = float((centred**4).mean()) / max(variance**2, TINY**4)
    size = math.sqrt(up.shape[0] * down.shape[1])
    return {
        "sigma": math.log(float(values[0]) / math.sqrt(size)),
        "frobenius": math.log(math.sqrt(energy) / size),
        "concentration": float(share[0]),
        "entropy": entropy,
        "kurtosis": math.log(max(kurtosis, TINY)),
    }


def adapter_features(modules):
    """The vector of one adapter. `modules`: (projection, layer, A, B, scale) for each changed matrix."""
    seen = []
    for projection, layer, down, up, scale in modules:
        numbers = module_numbers(down, up, scale)
        if projection in PROJECTIONS and numbers is not None:
            seen.append((projection, layer, numbers))
    features = {}
    for projection in PROJECTIONS:
        own = [numbers for name, _, numbers in seen if name == projection]
        for key in SPECTRAL:
            features[f"{projection}.{key}"] = float(np.mean([n[key] for n in own])) if own else None
    levels = np.array([n["frobenius"] for _, _, n in seen])
    mean = float(levels.mean()) if len(levels) else 0.0
    # The same profile without the overall strength, which follows alpha, learning rate and steps.
    for projection in PROJECTIONS:
        own = [n["frobenius"] - mean for name, _, n in seen if name == projection]
        features[f"{projection}.relative"] = float(np.mean(own)) if own else None
    norms = np.exp(levels)
    depth = np.array([layer for _, layer, _ in seen], float)
    deepest = max(float(depth.max()) if len(depth) else 0.0, 1.0)
    spread = len(norms) >= 2
    features["spread"] = math.log(max(float(norms.std()), TINY)) if spread else None
    features["variation"] = float(norms.std() / norms.mean()) if spread else None
    features["peak"] = math.log(float(norms.max() / np.median(norms))) if spread else None
    features["depth"] = float((norms**2 * depth / deepest).sum() / (norms**2).sum()) if spread else None
    return features


def formula_adapter(rank, layers, width, inner):
    """An adapter made of sines, so that the Rust tests can build the very same one."""
    shapes = {"q": (width, width), "k": (width // 2, width), "v": (width // 2, width), "o": (width, width),
              "gate": (inner, width), "up": (inner, width), "down": (width, inner)}
    modules, number = [], 0
    for layer in range(layers):
        for projection in PROJECTIONS:
            rows, columns = shapes[projection]
            number += 1
            down = np.sin(np.arange(rank * columns, dtype=np.float64) * (0.37 + 0.01 * number)).reshape(rank, columns)
            up = np.cos(np.arange(rows * rank, dtype=np.float64) * (0.11 + 0.02 * number)).reshape(rows, rank)
            modules.append((projection, layer, down, up * 0.01 * number, 2.0))
    return modules
