"""How good the columns are: five locations on one-cell fields, by one fixed learner.

    python benchmarks/bench_signal.py OURS LABELS GROUPS [--peers PEERS] [--families] [--seeds 20]

OURS is an image table of `hpa-feat extract` (a file or a store), PEERS one of `benchmarks/peers.py`
on the same masks; LABELS is a CSV with Id,Target, GROUPS one with Id,Group. `--families` adds every
family of ours alone and all without it. The learner is fixed beforehand, so that figures compare
columns and nothing else: LightGBM with 200 trees, rate 0.05, 15 leaves, 31 bins, feature fraction
0.2, bagging 0.8 every tree, 10 rows a leaf. Five grouped, stratified folds; thresholds from three
inner folds; macro F1 of pooled decisions (zero_division 0) and mean AP of pooled scores, mean over
fold seeds; 95 % intervals by 2,000 draws of groups within their label set, seeds averaged inside a
draw; differences are paired: same folds, same draws.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np
from bench_helpers import publish
from numpy.typing import NDArray

from hpa_features.io.groups import read_groups
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
DRAWS = 2000
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


def draws_of(truth: Truth, groups: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Return the rows of 2,000 draws of groups within their label set."""
    random = np.random.default_rng(0)
    members = [np.flatnonzero(groups == group) for group in range(groups.max() + 1)]
    kinds: dict[bytes, list[int]] = {}
    for group, rows in enumerate(members):
        kinds.setdefault(truth[rows].any(0).tobytes(), []).append(group)
    return [
        np.concatenate(
            [members[g] for kind in kinds.values() for g in random.choice(kind, len(kind))]
        )
        for _ in range(DRAWS)
    ]


@dataclass(frozen=True)
class Result:
    """Macro F1 and mean AP of one set of columns, and of every draw, seeds averaged."""

    columns: int
    mean: Floats
    drawn: Floats

    def interval(self, at: int) -> str:
        """Return one figure with its interval."""
        low, high = np.percentile(self.drawn[:, at], [2.5, 97.5])
        return f"{self.mean[at]:.3f} ({low:.3f}–{high:.3f})"

    def minus(self, other: Result) -> Result:
        """Return the paired difference."""
        columns = self.columns - other.columns
        return Result(columns, self.mean - other.mean, self.drawn - other.drawn)


@dataclass(frozen=True)
class Task:
    """The rows that every set of columns is judged on."""

    truth: Truth
    groups: NDArray[np.intp]
    seeds: int

    def judge(self, values: Floats) -> Result:
        """Return the figures of one set of columns; identical columns count once."""
        known = np.nan_to_num(values, nan=-9e9)
        first = np.sort(np.unique(known, axis=1, return_index=True)[1])
        values = values[:, first]
        with ProcessPoolExecutor(2) as pool:
            futures = [
                pool.submit(one_seed, values, self.truth, self.groups, seed)
                for seed in range(self.seeds)
            ]
            runs = [future.result() for future in futures]
        mean = np.mean([figures(self.truth, *run) for run in runs], axis=0)
        drawn = [
            np.mean(
                [figures(self.truth[at], scores[at], made[at]) for scores, made in runs], axis=0
            )
            for at in draws_of(self.truth, self.groups)
        ]
        return Result(len(first), mean, np.array(drawn))


def aligned(path: Path, ids: Sequence[str]) -> tuple[Floats, NDArray[np.str_]]:
    """Return the rows of `ids` and the family of each column."""
    table = read_features(str(path))
    place = {name: at for at, name in enumerate(table.ids)}
    words = [name.split("_") for name in table.names]
    family = np.array(["Image" if w[0] == "Image" else w[1 % len(w)] for w in words])
    return table.values[[place[name] for name in ids]].astype(float), family


def row(name: str, result: Result) -> str:
    """Return a row of the printed table."""
    return f"| {name} | {result.columns} | {result.interval(0)} | {result.interval(1)} |"


def main() -> None:
    """Judge ours, the peers', the difference, and each family if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ours", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("groups", type=Path)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--families", action="store_true", help="each alone, and all without it")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--write", default="", metavar="NAME", help="keep as results/NAME.md")
    options = parser.parse_args()
    known = read_labels(str(options.labels))
    group_of = read_groups(str(options.groups))
    groups = np.unique([group_of[name] for name in known.ids], return_inverse=True)[1]
    task = Task(known.truth[:, known.truth.any(0)], groups, options.seeds)
    values, family = aligned(options.ours, known.ids)
    ours = task.judge(values)
    rows = [row("ours", ours)]
    if options.peers:
        peers = task.judge(aligned(options.peers, known.ids)[0])
        rows += [row("cp_measure + mahotas", peers), row("difference", ours.minus(peers))]
    for name in dict.fromkeys(family) if options.families else ():
        rows.append(row(f"{name} alone", task.judge(values[:, family == name])))
        without = task.judge(values[:, family != name])
        rows.append(row(f"without {name}, difference", without.minus(ours)))
    lines = [
        f"{len(values)} rows, {groups.max() + 1} groups, fold seeds 0–{options.seeds - 1}.",
        "",
        "| columns | number | macro F1 (95 %) | mAP (95 %) |",
        "|---|--:|---|---|",
        *rows,
    ]
    title = "Five locations on one-cell fields, fixed learner"
    versions = ("hpa-feat", "lightgbm", "numpy", "cp_measure", "mahotas")
    publish(options.write, title, lines, *versions, write=bool(options.write))


if __name__ == "__main__":
    main()
