"""Makes the bank of the screening from features of adapters, and measures how good it is.

    python tests/screening/calibrate.py --collect DIR...   # the tables of train.py -> data/adapters.tsv
    python tests/screening/calibrate.py                    # data/adapters.tsv -> bank, figures in the documentation

Needs numpy alone, no GPU. The same table gives the same bank, byte for byte.

How it is measured: a backdoored adapter counts if its backdoor works, and is always held against its clean twin, which
was trained with the same settings on the same base. Both are scored by a model that saw neither their base ("new base")
nor their attack family nor their rank; "known base" leaves only family and rank out, "all known" only the twins
themselves, as most papers do. Their seeds occur nowhere else.
"""

import argparse
import collections
import csv
import json
import pathlib

import numpy as np

import features

HERE = pathlib.Path(__file__).parent
TABLE = HERE / "data" / "adapters.tsv"
ROOT = HERE.parent.parent
BANK = ROOT / "crates" / "adapters" / "data" / "bank.json"
PAGE = ROOT / "docs" / "detectors" / "adapter-screening.md"
SETTINGS = ["recipe", "index", "pair", "base", "family", "poisoned", "task", "rank", "alpha", "targets", "rate",
            "steps", "lr", "skill", "fires", "fires_untriggered"]
TARGETS = ["all seven projections", "Q and V", "Q, K, V, O"]
DISTRIBUTION = ["spread", "variation", "peak", "depth"]
NAMES = [f"{p}.{n}" for p in features.PROJECTIONS for n in [*features.SPECTRAL, "relative"]] + DISTRIBUTION
SETS = {
    "spectral-20": [f"{p}.{n}" for p in "qkvo" for n in features.SPECTRAL],
    "spectral-35": [f"{p}.{n}" for p in features.PROJECTIONS for n in features.SPECTRAL],
    "scale-free": [f"{p}.{n}" for p in features.PROJECTIONS
                   for n in ("relative", "concentration", "entropy", "kurtosis")] + DISTRIBUTION[1:],
    "all": NAMES,
}
# The set that the bank holds.
# None of its numbers follows alpha, learning rate, steps or the size of the base, which differ
# more between the models here and those in use than anything else does.
CHOSEN = "scale-free"
FARTHEST = 6.0
STRENGTH = 0.02
VERSION = 1


def collect(folders):
    rows = []
    for folder in folders:
        for path in sorted(pathlib.Path(folder).glob("adapters-*.jsonl")):
            rows += [json.loads(line) for line in path.read_text().splitlines()]
    rows.sort(key=lambda row: (row["recipe"], row["index"]))
    with TABLE.open("w", newline="") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow([*SETTINGS, *NAMES])
        for row in rows:
            values = [row["features"][name] for name in NAMES]
            numbers = ["" if value is None else f"{value:.5f}" for value in values]
            writer.writerow([*(row[key] for key in SETTINGS), *numbers])


def load():
    with TABLE.open() as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    for row in rows:
        row["poisoned"] = row["poisoned"] == "True"
        row["works"] = row["poisoned"] and float(row["fires"]) >= 0.6 and float(row["fires_untriggered"]) <= 0.1
        row["values"] = np.array([float(row[name]) if row[name] else np.nan for name in NAMES])
        row["pair"] = (row["recipe"], row["pair"])
    return rows


def twins(rows):
    """Pairs of a clean and a working backdoored adapter."""
    pairs = collections.defaultdict(dict)
    for row in rows:
        pairs[row["pair"]][row["poisoned"]] = row
    return [(pair[False], pair[True]) for pair in pairs.values() if len(pair) == 2 and pair[True]["works"]]


def regress(data, clean):
    """Logistic regression with both classes weighing the same and a ridge on the weights, by Newton's method."""
    count = len(data)
    labels = np.r_[np.zeros(clean), np.ones(count - clean)]
    weight = np.where(labels == 1, count / (2 * max(count - clean, 1)), count / (2 * clean))
    columns = np.c_[np.ones(count), data]
    ridge = np.full(columns.shape[1], 1 / STRENGTH)
    ridge[0] = 1e-9
    found = np.zeros(columns.shape[1])
    for _ in range(30):
        likely = 1 / (1 + np.exp(-(columns @ found)))
        slope = columns.T @ (weight * (likely - labels)) + ridge * found
        curve = (columns * (weight * likely * (1 - likely))[:, None]).T @ columns + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        found -= step
        if np.abs(step).max() < 1e-10:
            break
    return float(found[0]), found[1:]


def area(clean, poisoned):
    """The area under the ROC: how often a backdoored one scores above a clean one."""
    ranked = np.sort(clean)
    below, upto = np.searchsorted(ranked, poisoned, "left"), np.searchsorted(ranked, poisoned, "right")
    return float((below + upto).mean() / 2 / len(ranked))


class Model:
    """Z-scores against honest adapters, and a logistic regression on them."""

    def __init__(self, clean, poisoned, names):
        self.columns = [NAMES.index(name) for name in names]
        values = np.array([row["values"][self.columns] for row in clean])
        self.mean = np.nanmean(values, axis=0)
        self.deviation = np.maximum(np.nanstd(values, axis=0), 1e-3)
        data = np.array([self.scores(row) for row in [*clean, *poisoned]])
        self.intercept, self.weights = regress(data, len(clean))

    def scores(self, row):
        distance = (row["values"][self.columns] - self.mean) / self.deviation
        return np.clip(np.nan_to_num(distance, nan=0.0), -FARTHEST, FARTHEST)

    def score(self, row):
        logit = float(self.scores(row) @ self.weights + self.intercept)
        return 1 / (1 + np.exp(-logit))

    def strangeness(self, row):
        """How far from honest adapters, without having seen any attack."""
        return float(np.sqrt((self.scores(row) ** 2).mean()))


def held_out(rows, pairs, names, known):
    """Scores of both twins by a model that has not seen them, nor anything else that is not `known`."""
    found, models = [], {}
    for clean, poisoned in pairs:
        fold = (poisoned["base"], poisoned["family"], poisoned["rank"])
        if known == "all known":
            fold = int(poisoned["index"]) // 2 % 10
        if fold not in models:

            def is_far(row, fold=fold):
                if known == "all known":
                    return int(row["index"]) // 2 % 10 != fold
                base, family, rank = fold
                return (row["rank"] != rank and row["family"] != family
                        and (known == "known base" or row["base"] != base))

            train_clean = [row for row in rows if not row["poisoned"] and is_far(row)]
            train_poisoned = [row for _, row in pairs if is_far(row)]
            models[fold] = Model(train_clean, train_poisoned, names)
        model = models[fold]
        found.append((poisoned, model.score(clean), model.score(poisoned),
                      model.strangeness(clean), model.strangeness(poisoned)))
    return found


def sensitivity(clean, poisoned, rate):
    threshold = np.quantile(clean, 1 - rate, method="higher")
    return float((np.array(poisoned) > threshold).mean())


def figures(clean, poisoned):
    """AUC and sensitivities with 95 % intervals, resampled by twins."""
    clean, poisoned = np.array(clean), np.array(poisoned)

    def at(chosen):
        a, b = clean[chosen], poisoned[chosen]
        return area(a, b), sensitivity(a, b, 0.01), sensitivity(a, b, 0.05)

    rng = np.random.default_rng(1)
    everything = np.arange(len(clean))
    spread = np.array([at(rng.choice(everything, len(everything))) for _ in range(1000)])
    low, high = np.quantile(spread, [0.025, 0.975], axis=0)
    return [f"{value:.2f} ({a:.2f}–{b:.2f})" for value, a, b in zip(at(everything), low, high)]


def table(head, body):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in body)])


def report(rows, pairs):
    head = ["AUC (95 %)", "found at 1 % false alarms", "found at 5 % false alarms"]
    body, chosen = [], None
    for known in ("new base", "known base", "all known"):
        for name, names in SETS.items():
            found = held_out(rows, pairs, names, known)
            body.append([known, name, *figures([f[1] for f in found], [f[2] for f in found])])
            if name == CHOSEN and known == "new base":
                chosen = found
            if name == "all":
                numbers = figures([f[3] for f in found], [f[4] for f in found])
                body.append([known, "all, distance only", *numbers])
        for number in ("spread", "variation") if known != "all known" else ():
            column = NAMES.index(number)
            usable = [(a, b) for a, b in pairs if not np.isnan(a["values"][column])]

            def level(row, column=column):
                # Knowing the base means knowing what its honest adapters usually measure.
                own = [r["values"][column] for r in rows if r["base"] == row["base"] and not r["poisoned"]]
                return row["values"][column] - (np.nanmean(own) if known == "known base" else 0.0)

            body.append([known, f"{number} alone", *figures([level(a) for a, _ in usable], [level(b) for _, b in usable])])
    texts = [table(["", "features", *head], body)]
    for key in ("family", "base", "rank", "rate", "targets"):
        body = []
        for value in sorted({f[0][key] for f in chosen}, key=lambda v: (float(v), "") if v[0].isdigit() else (0.0, v)):
            own = [f for f in chosen if f[0][key] == value]
            tried = sum(1 for row in rows if row["poisoned"] and row[key] == value)
            shown = TARGETS[int(value)] if key == "targets" else value
            body.append([shown, f"{len(own)} of {tried}", *(figures([f[1] for f in own], [f[2] for f in own])[:1]),
                         f"{np.mean([f[2] > f[1] for f in own]):.2f}"])
        texts.append(table([key, "working", head[0], "above its twin"], body))
    counts = (f"{len(rows)} adapters, {sum(not r['poisoned'] for r in rows)} clean and "
              f"{sum(r['poisoned'] for r in rows)} backdoored, of which {sum(r['works'] for r in rows)} work; "
              f"{len(pairs)} pairs of twins.")
    return "\n\n".join([counts, *texts]), chosen


def write_bank(rows, pairs, chosen):
    names = SETS[CHOSEN]
    clean = [row for row in rows if not row["poisoned"]]
    model = Model(clean, [b for _, b in pairs], names)
    quantiles = np.quantile([f[1] for f in chosen], np.linspace(0, 1, 101))
    bank = {
        "id": "small-models-from-scratch",
        "version": VERSION,
        "bases": sorted({row["base"] for row in rows}),
        "clean": len(clean),
        "backdoored": len(pairs),
        "intercept": round(float(model.intercept), 6),
        "clean_scores": [round(float(value), 5) for value in quantiles],
        "features": [
            {"name": name, "mean": round(float(mean), 6), "deviation": round(float(deviation), 6),
             "weight": round(float(weight), 6)}
            for name, mean, deviation, weight in zip(names, model.mean, model.deviation, model.weights)
        ],
    }
    text = json.dumps(bank, indent=1)
    BANK.write_text(text + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--collect", nargs="+")
    parser.add_argument("--show", action="store_true", help="print the figures, write nothing")
    given = parser.parse_args()
    if given.collect:
        collect(given.collect)
    rows = load()
    pairs = twins(rows)
    text, chosen = report(rows, pairs)
    if given.show:
        print(text)
        return
    write_bank(rows, pairs, chosen)
    begin, end = "<!-- figures of calibrate.py -->\n", "<!-- end of figures -->"
    page = PAGE.read_text()
    before, rest = page.split(begin)
    PAGE.write_text(before + begin + "\n" + text + "\n\n" + end + rest.split(end)[1])


if __name__ == "__main__":
    main()
