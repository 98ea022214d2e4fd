"""How good the columns are: five locations on one-cell fields, by one fixed learner.

    python benchmarks/bench_mosaics.py FEATURES LABELS GROUPS [--seeds 5] [--each] [--write NAME]

FEATURES is an image table of `hpa-feat extract`, LABELS a CSV with Id,Target, GROUPS one with
Id,Group. The learner is fixed beforehand, so that figures compare columns and nothing else:
LightGBM with 200 trees, rate 0.05, 15 leaves, 31 bins, feature fraction 0.2, bagging 0.8 every
tree, 10 rows a leaf. Five grouped, stratified folds; thresholds from three inner folds; macro F1
of pooled decisions (zero_division 0) and mean AP of pooled scores, mean over fold seeds; 95 %
intervals by 2,000 draws of groups within their label set, seeds averaged inside a draw.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import lightgbm as lgb
import numpy as np
from bench_helpers import publish
from numpy.typing import NDArray

from hpa_features.io.labels import read_labels
from hpa_features.io.tables import read_features
from hpa_features.learn.folds import renumber, stratified_folds
from hpa_features.learn.metrics import macro_f1, mean_average_precision

FIXED = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "max_bin": 31,
    "feature_fraction": 0.2,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "min_data_in_leaf": 10,
    "seed": 0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}
TREES = 200
Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]


def fitted_scores(values: Floats, target: Truth, train: Truth, wanted: Truth) -> Floats:
    """Score the `wanted` rows with a model of the `train` rows."""
    data = lgb.Dataset(values[train], target[train].astype(float), params={"verbose": -1})
    model = lgb.train(FIXED, data, TREES)
    scores: Floats = np.asarray(model.predict(values[wanted], num_threads=1))
    return scores


def best_threshold(target: Truth, scores: Floats) -> float:
    """Return the cut of greatest F1, midway between neighbouring scores."""
    order = np.argsort(-scores)
    hits = np.cumsum(target[order])
    f1 = 2 * hits / (np.arange(1, len(scores) + 1) + target.sum())
    at = int(np.argmax(f1))
    ranked = scores[order]
    return float(ranked[at] if at + 1 == len(ranked) else (ranked[at] + ranked[at + 1]) / 2)


def one_seed(values: Floats, truth: Truth, groups: NDArray[np.intp], seed: int) -> list[Floats]:
    """Return pooled scores and decisions (rows, labels) of one set of folds."""
    folds = stratified_folds(truth, groups, 5, seed)
    scores, decisions = np.zeros(truth.shape), np.zeros(truth.shape)
    for fold in range(5):
        train, test = folds != fold, folds == fold
        inner = np.full(len(folds), -1)
        inner[train] = stratified_folds(truth[train], renumber(groups[train]), 3, 1000 + seed)
        for label in range(truth.shape[1]):
            target = truth[:, label]
            seen = np.zeros(len(folds))
            for part in range(3):
                held = inner == part
                seen[held] = fitted_scores(values, target, train & ~held, held)
            scores[test, label] = fitted_scores(values, target, train, test)
            cut = best_threshold(target[train], seen[train])
            decisions[test, label] = scores[test, label] > cut
    return [scores, decisions]


def figures(truth: Truth, scores: Floats, decisions: Floats) -> tuple[float, float]:
    """Return macro F1 and mean AP over labels with positives."""
    return macro_f1(truth, decisions > 0), mean_average_precision(truth, scores)


def interval(truth: Truth, groups: NDArray[np.intp], runs: Sequence[list[Floats]]) -> Floats:
    """Return (2, 2): 95 % intervals of macro F1 and mean AP over draws of groups by label set."""
    random = np.random.default_rng(0)
    members = [np.flatnonzero(groups == group) for group in range(groups.max() + 1)]
    kinds: dict[bytes, list[int]] = {}
    for group, rows in enumerate(members):
        kinds.setdefault(truth[rows].any(0).tobytes(), []).append(group)
    drawn = []
    for _ in range(2000):
        picked = [g for kind in kinds.values() for g in random.choice(kind, len(kind))]
        rows = np.concatenate([members[group] for group in picked])
        each = [figures(truth[rows], scores[rows], made[rows]) for scores, made in runs]
        drawn.append(np.mean(each, axis=0))
    return np.percentile(drawn, [2.5, 97.5], axis=0).T


def measured(
    values: Floats, truth: Truth, groups: NDArray[np.intp], seeds: int
) -> tuple[Floats, list[list[Floats]]]:
    """Return mean macro F1 and mean AP over seeds, and the runs behind them."""
    with ProcessPoolExecutor(2) as pool:
        futures = [pool.submit(one_seed, values, truth, groups, seed) for seed in range(seeds)]
        runs = [future.result() for future in futures]
    return np.mean([figures(truth, *run) for run in runs], axis=0), runs


def rows_of(
    features: Path, labels: Path, groups: Path
) -> tuple[Floats, NDArray[np.str_], Truth, NDArray[np.intp]]:
    """Return values, family of each column, truth and group number of the rows with labels."""
    table, known = read_features(str(features)), read_labels(str(labels))
    place = {name: at for at, name in enumerate(known.ids)}
    keep = [at for at, name in enumerate(table.ids) if name in place]
    truth = known.truth[[place[table.ids[at]] for at in keep]]
    with groups.open() as file:
        group_of = {row["Id"]: row["Group"] for row in csv.DictReader(file)}
    number = np.unique([group_of[table.ids[at]] for at in keep], return_inverse=True)[1]
    family = np.array([name.split("_")[1] if "_" in name else name for name in table.names])
    image = np.array([name.startswith("Image_") for name in table.names])
    family[image] = "Image"
    return table.values[keep].astype(float), family, truth[:, truth.any(0)], number


def main() -> None:
    """Read the tables, measure all columns, and each family alone if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("features", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("groups", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--each", action="store_true", help="also every family alone")
    parser.add_argument("--write", default="", metavar="NAME", help="keep as results/NAME.md")
    options = parser.parse_args()
    values, family, truth, groups = rows_of(options.features, options.labels, options.groups)
    sets = {"all": np.ones(len(family), bool)}
    if options.each:
        sets |= {name: family == name for name in dict.fromkeys(family)}
    seeds = f"fold seeds 0–{options.seeds - 1}; 95 % intervals over groups."
    lines = [
        f"{len(values)} rows, {groups.max() + 1} groups, {truth.shape[1]} labels, {seeds}",
        "",
        "| columns | number | macro F1 | mAP | seconds |",
        "|---|--:|---|---|--:|",
    ]
    for name, columns in sets.items():
        began = time.perf_counter()
        (f1, ap), runs = measured(values[:, columns], truth, groups, options.seeds)
        (f_low, f_high), (m_low, m_high) = interval(truth, groups, runs)
        lines.append(
            f"| {name} | {columns.sum()} | {f1:.3f} ({f_low:.3f}–{f_high:.3f}) "
            f"| {ap:.3f} ({m_low:.3f}–{m_high:.3f}) | {time.perf_counter() - began:.0f} |"
        )
    title = "Five locations on one-cell fields, fixed LightGBM"
    publish(options.write, title, lines, "lightgbm", "numpy", write=bool(options.write))


if __name__ == "__main__":
    main()
