"""The learner's parameters for small tables against their neighbours, on tables given as files.

    python benchmarks/bench_learner.py NAME=FEATURES,LABELS[,GROUPS] … [--seeds 3] [--write]

For each table and each variant: mean AP of pooled out-of-fold log-odds over grouped, stratified
folds of 5, 150 rounds, mean over fold seeds. No thresholds, so nothing is chosen on what is scored;
still, a variant picked by this table is picked on it.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor

import lightgbm as lgb
import numpy as np
from bench_helpers import publish
from numpy.typing import NDArray

from hpa_features.io.groups import read_groups
from hpa_features.io.labels import read_labels
from hpa_features.io.tables import read_features
from hpa_features.learn.boosting import learner
from hpa_features.learn.folds import stratified_folds
from hpa_features.learn.metrics import mean_average_precision

ROUNDS = 150
VARIANTS: dict[str, dict[str, float | bool]] = {
    "as it is": {},
    "best places for splits": {"extra_trees": False},
    "L2 0": {"lambda_l2": 0.0},
    "L2 5": {"lambda_l2": 5.0},
    "20 rows a leaf": {"min_data_in_leaf": 20},
    "31 leaves": {"num_leaves": 31},
    "a fifth of the columns": {"feature_fraction": 0.2},
    "255 bins": {"max_bin": 255},
    "bagging 0.8": {"bagging_fraction": 0.8, "bagging_freq": 1},
}
Table = tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.intp]]


def read_table(paths: str) -> Table:
    """Return values without identical columns, truth and group numbers."""
    features, labels, *groups = paths.split(",")
    table, known = read_features(features), read_labels(labels)
    place = {name: at for at, name in enumerate(known.ids)}
    keep = [at for at, name in enumerate(table.ids) if name in place]
    truth = known.truth[[place[table.ids[at]] for at in keep]]
    number = np.arange(len(keep))
    if groups:
        of = read_groups(groups[0])
        number = np.unique([of[table.ids[at]] for at in keep], return_inverse=True)[1]
    values = table.values[keep].astype(float)
    first = np.unique(np.nan_to_num(values, nan=-9e9), axis=1, return_index=True)[1]
    return values[:, np.sort(first)], truth[:, truth.any(0)], number


def mean_ap(table: Table, variant: str, seed: int) -> float:
    """Return mean AP of pooled log-odds for one seed of folds."""
    values, truth, groups = table
    parameters = learner(*values.shape, seed=0, threads=1) | VARIANTS[variant]
    folds = stratified_folds(truth, groups, 5, seed)
    scores = np.zeros(truth.shape)
    for fold in range(5):
        train = folds != fold
        for label in range(truth.shape[1]):
            target = truth[train, label].astype(float)
            data = lgb.Dataset(values[train], target, params={"verbose": -1})
            model = lgb.train(parameters, data, ROUNDS)
            held = model.predict(values[~train], raw_score=True, num_threads=1)
            scores[~train, label] = held
    return mean_average_precision(truth, scores)


def main() -> None:
    """Measure every variant on every table and print one row a variant."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="+", metavar="NAME=FEATURES,LABELS[,GROUPS]")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="keep as results/learner.md")
    options = parser.parse_args()
    tables = dict(each.split("=", 1) for each in options.tables)
    columns = {}
    with ProcessPoolExecutor(2) as pool:
        for name, paths in tables.items():
            table = read_table(paths)
            jobs = {
                variant: [pool.submit(mean_ap, table, variant, s) for s in range(options.seeds)]
                for variant in VARIANTS
            }
            columns[name] = {v: np.mean([f.result() for f in fs]) for v, fs in jobs.items()}
    lines = [
        f"Mean AP, fold seeds 0–{options.seeds - 1}, {ROUNDS} rounds.",
        "",
        "| parameters | " + " | ".join(columns) + " |",
        "|---|" + "---|" * len(columns),
        *(
            f"| {v} | " + " | ".join(f"{columns[name][v]:.3f}" for name in columns) + " |"
            for v in VARIANTS
        ),
    ]
    title = "Parameters for small tables"
    publish("learner", title, lines, "lightgbm", "numpy", write=options.write)


if __name__ == "__main__":
    main()
