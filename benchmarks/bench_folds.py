"""Grouped, multi-label-stratified folds on a real label table, beside random grouped folds.

    python benchmarks/bench_folds.py LABELS [--seeds 5] [--write]

LABELS is a table with `Target` (numbers 0–27 between spaces), `antibody` and `gene`: HPAv18.
For groups by antibody and by gene, five folds: seconds, and how far a label's count of positives
in a fold lies from a fifth of them, per label the worst fold, mean over seeds. Random folds deal
shuffled groups out in turn. StratifiedGroupKFold of scikit-learn knows one class a row: it is
given each row's rarest label.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
from bench_helpers import publish
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from hpa_features.core.locations import LOCATIONS
from hpa_features.io.arrow import read_arrow, texts
from hpa_features.learn.folds import positive_groups, stratified_folds

FOLDS, BY = 5, ("antibody", "gene")
Truth, Groups = NDArray[np.bool_], NDArray[np.intp]
Deal = Callable[[Truth, Groups, int], NDArray[np.integer]]


def at_random(groups: Groups, seed: int) -> Groups:
    """Deal shuffled groups out in turn."""
    order = np.random.default_rng(seed).permutation(int(groups.max()) + 1)
    return (np.argsort(order) % FOLDS)[groups]


def by_rarest_label(truth: Truth, groups: Groups, seed: int) -> Groups:
    """Let scikit-learn stratify by each row's rarest label."""
    rarity = np.where(truth, truth.sum(axis=0), len(truth) + 1)
    rarest = np.where(truth.any(axis=1), rarity.argmin(axis=1), truth.shape[1])
    fold = np.empty(len(truth), dtype=np.intp)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # some labels have fewer rows than folds
        splits = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
        for number, (_, held) in enumerate(splits.split(truth, rarest, groups)):
            fold[held] = number
    return fold


DEALS: dict[str, Deal] = {
    "ours": lambda truth, groups, seed: stratified_folds(truth, groups, FOLDS, seed),
    "StratifiedGroupKFold": by_rarest_label,
    "random groups": lambda _, groups, seed: at_random(groups, seed),
}


def worst_share(truth: Truth, fold: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return (labels,) the greatest |positives in a fold / (positives / folds) − 1|."""
    counts = np.array([truth[fold == each].sum(axis=0) for each in range(FOLDS)])
    return np.abs(counts / (truth.sum(axis=0) / FOLDS) - 1).max(axis=0)


def measured(truth: Truth, groups: Groups, deal: Deal, seeds: int) -> tuple[float, NDArray]:
    """Return seconds of a deal and (labels,) worst shares, means over seeds."""
    worst, seconds = [], []
    for seed in range(seeds):
        began = time.perf_counter()
        fold = deal(truth, groups, seed)
        seconds.append(time.perf_counter() - began)
        worst.append(worst_share(truth, fold))
    return float(np.mean(seconds)), np.mean(worst, axis=0)


def section(truth: Truth, groups: Groups, by: str, seeds: int) -> list[str]:
    """Return the lines on groups of one kind."""
    found = {name: measured(truth, groups, deal, seeds) for name, deal in DEALS.items()}
    with_label = positive_groups(truth, groups)
    few = [LOCATIONS[label] for label in np.flatnonzero(with_label < FOLDS)]
    lines = [
        f"## By {by}: {len(truth):,} rows in {groups.max() + 1:,} groups",
        "",
        "| | s | mean over labels | worst label |",
        "|---|--:|--:|--:|",
        *(
            f"| {name} | {seconds:.2f} | {worst.mean():.1%} | {worst.max():.0%} |"
            for name, (seconds, worst) in found.items()
        ),
        "",
        f"Labels in fewer groups than folds: {', '.join(few) or 'none'}.",
        "",
        "| label | rows | groups | " + " | ".join(DEALS) + " |",
        "|---|--:|--:|" + "--:|" * len(DEALS),
    ]
    for label in np.argsort(with_label, kind="stable"):
        figures = " | ".join(f"{worst[label]:.1%}" for _, worst in found.values())
        rows = truth[:, label].sum()
        lines.append(f"| {LOCATIONS[label]} | {rows:,} | {with_label[label]:,} | {figures} |")
    return [*lines, ""]


def main() -> None:
    """Deal the table out and print how even the folds are."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labels")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="keep as results/folds.md")
    options = parser.parse_args()
    table = read_arrow(options.labels, text=None)
    truth = np.zeros((table.num_rows, len(LOCATIONS)), dtype=np.bool_)
    for row, target in enumerate(texts(table, "Target")):
        truth[row, [int(word) for word in target.split()]] = True
    shown = "Greatest distance of a label's positives in a fold from a fifth of them"
    lines = [f"{shown}, mean over seeds 0–{options.seeds - 1}.", ""]
    for by in BY:
        groups = np.unique(texts(table, by), return_inverse=True)[1]
        lines += section(truth, groups, by, options.seeds)
    packages = ("hpa-feat", "numpy", "scikit-learn")
    publish("folds", "How even the folds are", lines, *packages, write=options.write)


if __name__ == "__main__":
    main()
