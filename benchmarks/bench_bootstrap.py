"""How often a 95 % interval of macro F1 holds the truth, at the size of real label tables.

    python benchmarks/bench_bootstrap.py LABELS [--samples 60] [-o FILE.json]

LABELS is a table with `antibody` and `Target` (HPAv18). Samples of antibodies with four fields
each are drawn from its label sets; an antibody finds or invents a label with a rate of its own
(a beta distribution around the label's rate), so fields of one antibody err alike. The true macro
F1 of the labels in a sample is that of 60,000 other antibodies. Printed: share of samples whose
interval holds it, mean width, and the standard deviation of macro F1 over samples.
"""

from __future__ import annotations

import argparse
import json
import platform
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hpa_features.io.arrow import read_arrow, texts
from hpa_features.learn.bootstrap import f1_intervals
from hpa_features.learn.metrics import f1_scores, macro_f1

FIELDS, DRAWS, LABELS = 4, 300, 28
SIZES = (200, 800, 3000)
Truth = NDArray[np.bool_]


def label_sets(path: str) -> Truth:
    """Return (antibodies, labels) bool."""
    table = read_arrow(path, text=None)
    targets = dict(zip(texts(table, "antibody"), texts(table, "Target")))
    sets = np.zeros((len(targets), LABELS), dtype=np.bool_)
    for row, target in enumerate(targets.values()):
        sets[row, [int(word) for word in target.split()]] = True
    return sets


def sample(
    sets: Truth, groups: int, fields: int, rates: tuple[NDArray[np.float64], ...], seed: int
) -> tuple[Truth, Truth, NDArray[np.intp]]:
    """Return truth, decisions and group of `groups` antibodies with `fields` rows each."""
    rng = np.random.default_rng(seed)
    drawn = sets[rng.integers(0, len(sets), groups)]
    rate = np.where(drawn, *(rng.beta(p, 1 - p, drawn.shape) for p in rates))
    decisions = rng.random((groups * fields, LABELS)) < np.repeat(rate, fields, axis=0)
    return np.repeat(drawn, fields, axis=0), decisions, np.repeat(np.arange(groups), fields)


def main() -> None:
    """Print and write the shares."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labels")
    parser.add_argument("--samples", type=int, default=60)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    sets = label_sets(options.labels)
    rng = np.random.default_rng(0)
    rates = (rng.uniform(0.3, 0.9, LABELS), sets.mean(axis=0) * rng.uniform(0.3, 1.2, LABELS))
    known = f1_scores(*sample(sets, 60_000, 1, rates, 5)[:2])
    rows = []
    for size in SIZES:
        samples = [sample(sets, size, FIELDS, rates, 100 + k) for k in range(options.samples)]
        true = [float(known[truth.any(axis=0)].mean()) for truth, _, _ in samples]
        spread = np.std([macro_f1(t, d) - each for (t, d, _), each in zip(samples, true)])
        found = [f1_intervals(*each, draws=DRAWS, seed=k).macro for k, each in enumerate(samples)]
        holds = np.mean([low <= each <= high for (low, high), each in zip(found, true)])
        width = np.mean([high - low for low, high in found])
        rows.append(
            {
                "antibodies": size,
                "holds": round(float(holds), 3),
                "width": round(float(width), 4),
                "sd": round(float(spread), 4),
            }
        )
        print(rows[-1], flush=True)
    if options.output:
        facts = {"machine": platform.platform(), "numpy": np.__version__, "rows": rows}
        options.output.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
