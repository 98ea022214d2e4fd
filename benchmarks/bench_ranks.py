"""Which way to rank the blocks of a label names the blocks that biology names.

    python benchmarks/bench_ranks.py KNOWN_MODEL KNOWN_FEATURES NEW_MODEL NEW_FEATURES [--write]

Models of the fields of `reason_fields.py`, which have one location each: on cell lines that
features were chosen on, to choose a way, and on new ones. For every way, the locations whose top
block, or one of whose top three, is among those of `location_blocks.csv`, and the mean number of
top blocks when locations take one another's names.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from bench_helpers import publish
from bench_reasons import PACKAGES, PERMUTATIONS
from block_ranks import (
    Table,
    best_columns,
    by_scores,
    by_values,
    ridge_scores,
    tree_scores,
)
from location_blocks import read_table
from numpy.typing import NDArray
from reason_case import Case
from threadpoolctl import threadpool_limits

from hpa_features.learn.importance import blocks_of
from hpa_features.learn.metrics import average_precisions

Floats = NDArray[np.float64]


def ways_of(case: Case) -> tuple[tuple[str, ...], dict[str, Floats]]:
    """Return the names of the blocks, and what each way gives for the labels of a case."""
    blocks = blocks_of(case.model.seen)
    table = Table(case.values, case.truth, case.folds, tuple(blocks.values()))
    ways = by_values(case.held_out(), table)
    with tempfile.TemporaryDirectory() as folder:
        ways |= by_scores(tree_scores(table, folder), case.truth, "small trees of one block")
    single, left = ridge_scores(table)
    ways |= by_scores(single, case.truth, "ridge regression of one block")
    ways["ridge regression: error added when the block is left out"] = left
    ways["the block's best column"] = best_columns(table)
    return tuple(blocks), ways


def counts(blocks: tuple[str, ...], labels: tuple[str, ...], way: Floats) -> tuple[int, int, float]:
    """Return how many labels have an expected block first, among three, and first by chance."""
    expected = read_table()
    named = np.array([[block in expected[label] for label in labels] for block in blocks])
    order, at = np.argsort(-np.nan_to_num(way, nan=-np.inf), axis=0), np.arange(len(labels))
    rng = np.random.default_rng(0)
    chance = [named[order[0], rng.permutation(at)].sum() for _ in range(PERMUTATIONS)]
    return (
        int(named[order[0], at].sum()),
        int(named[order[:3], at].any(axis=0).sum()),
        float(np.mean(chance)),
    )


def main() -> None:
    """Rank by every way on both sets of fields."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("known", "new"):
        parser.add_argument(f"{name}_model", type=Path)
        parser.add_argument(f"{name}_features")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    rows: dict[str, list[str]] = {}
    about = []
    with threadpool_limits(1):
        for name, model, features in (
            ("known", asked.known_model, asked.known_features),
            ("new", asked.new_model, asked.new_features),
        ):
            case = Case.read(model, features)
            blocks, ways = ways_of(case)
            precision = average_precisions(case.truth, case.bundle.oof.ranking).mean()
            about.append(
                f"{name} lines: {len(case.values):,} fields, {len(blocks)} blocks, mean AP of the "
                f"model {precision:.3f}"
            )
            for way, numbers in ways.items():
                first, three, chance = counts(blocks, case.model.labels, numbers)
                rows.setdefault(way, []).append(f"{first} | {three} | {chance:.1f}")
    lines = [
        f"Simulated fields. {'; '.join(about)}. {len(case.model.labels)} locations.",
        "",
        "| ranked by | known: first | first 3 | permuted | new: first | first 3 | permuted |",
        "|---|--:|--:|--:|--:|--:|--:|",
        *(f"| {way} | {' | '.join(found)} |" for way, found in rows.items()),
    ]
    title = "Ways to rank the blocks of a label"
    publish("reasons_ranks", title, lines, *PACKAGES, write=asked.write)


if __name__ == "__main__":
    main()
