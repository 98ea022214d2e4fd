"""The learner's parameters against their neighbours, on tables given as files.

    python benchmarks/bench_learner.py NAME=FEATURES,LABELS[,GROUPS] … [--seeds 3] [--write]
    python benchmarks/bench_learner.py NAME=FEATURES,LABELS[,GROUPS] … --rare [--thin 20] [--write]

For each table and each variant: mean AP of pooled out-of-fold log-odds over grouped, stratified
folds of 5, 150 rounds, mean over fold seeds. No thresholds, so nothing is chosen on what is scored;
still, a variant picked by this table is picked on it.

`--rare` asks whether labels with few positives want stronger regularisation: difference of AP from
the parameters as they are, label by label, on every second rare label of each table (which may
choose) and on the rest (which confirm). `--thin` adds four other labels of each table with all but
so many of their positive rows taken out.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import lightgbm as lgb
import numpy as np
from bench_helpers import publish
from numpy.typing import NDArray

from hpa_features.io.groups import read_groups
from hpa_features.io.labels import read_labels
from hpa_features.io.tables import read_features
from hpa_features.learn.boosting import learner, prior_log_odds
from hpa_features.learn.folds import positive_groups, renumber, stratified_folds
from hpa_features.learn.metrics import average_precisions

ROUNDS = 150
FOLDS = 5
FEW_ROWS, FEW_GROUPS = 50, 20  # a label with fewer positives is rare
FEWEST_ROWS = 5  # a label with fewer positives can hardly be scored
THINNED, THINNED_LABELS = "thinned", 4

Change = dict[str, float | bool]
VARIANTS: dict[str, Change] = {
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
RARE_VARIANTS: dict[str, Change] = {
    "as it is": {},
    "7 leaves": {"num_leaves": 7},
    "L2 20": {"lambda_l2": 20.0},
    "path smoothing 10": {"path_smooth": 10.0},
    "Hessian of a leaf 0.1": {"min_sum_hessian_in_leaf": 0.1},
    "50 rounds": {"rounds": 50},
    "half the columns": {"columns": 0.5},
    "a quarter of the columns": {"columns": 0.25},
}


class Table(NamedTuple):
    """(rows, columns) values, (rows, labels) truth, (rows,) group numbers."""

    values: NDArray[np.float64]
    truth: NDArray[np.bool_]
    groups: NDArray[np.intp]


def read_table(paths: str) -> Table:
    """Return a table without identical columns and without labels that no row has."""
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
    return Table(values[:, np.sort(first)], truth[:, truth.any(0)], number)


def precisions(table: Table, change: Change, seed: int) -> NDArray[np.float64]:
    """Return (labels,) AP of pooled log-odds for one seed of folds."""
    settings = dict(change)
    rounds = int(settings.pop("rounds", ROUNDS))
    share = settings.pop("columns", 1.0)
    parameters = learner(*table.values.shape, seed=0, threads=1) | settings
    parameters["feature_fraction"] *= share
    folds = stratified_folds(table.truth, table.groups, FOLDS, seed)
    scores = np.zeros(table.truth.shape)
    for fold in range(FOLDS):
        train = folds != fold
        data = lgb.Dataset(table.values[train], np.zeros(train.sum()), params=parameters)
        for label, target in enumerate(table.truth[train].T):
            if not target.any():
                scores[~train, label] = prior_log_odds(target)
                continue
            data.construct().set_label(target.astype(float))
            model = lgb.train(parameters, data, rounds)
            scores[~train, label] = model.predict(
                table.values[~train], raw_score=True, num_threads=1
            )
    return average_precisions(table.truth, scores)


def rare_tables(name: str, table: Table, thin: int) -> dict[str, Table]:
    """Return by name the table with its rare labels alone, and one for each thinned label."""
    counts = table.truth.sum(axis=0)
    rare = (counts < FEW_ROWS) | (positive_groups(table.truth, table.groups) < FEW_GROUPS)
    scored = rare & (counts >= FEWEST_ROWS)
    parts = (
        {name: Table(table.values, table.truth[:, scored], table.groups)} if scored.any() else {}
    )
    others = np.flatnonzero(~rare) if thin else []
    for label in others[:: max(1, -(-len(others) // THINNED_LABELS))]:
        parts[f"{name}, {THINNED} {label}"] = _thinned(table, label, thin)
    return parts


def _thinned(table: Table, label: int, left: int) -> Table:
    """Return a label's table without all but `left` of its positive rows."""
    truth = table.truth[:, label]
    positive = np.random.default_rng(label).permutation(np.flatnonzero(truth))
    rows = np.sort(np.concatenate([np.flatnonzero(~truth), positive[:left]]))
    return Table(table.values[rows], truth[rows, None], renumber(table.groups[rows]))


def measure(
    tables: dict[str, Table], variants: dict[str, Change], seeds: int, jobs: int
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Return per table and variant the (labels,) AP, mean over seeds."""
    with ProcessPoolExecutor(jobs) as pool:
        asked = {
            name: {
                variant: [pool.submit(precisions, table, change, s) for s in range(seeds)]
                for variant, change in variants.items()
            }
            for name, table in tables.items()
        }
        return {
            name: {v: np.mean([each.result() for each in runs], axis=0) for v, runs in of.items()}
            for name, of in asked.items()
        }


def neighbours(tables: dict[str, Table], seeds: int, jobs: int) -> list[str]:
    """Return the lines that hold mean AP of each variant on each table."""
    found = measure(tables, VARIANTS, seeds, jobs)
    return [
        f"Mean AP, fold seeds 0–{seeds - 1}, {ROUNDS} rounds.",
        "",
        "| parameters | " + " | ".join(found) + " |",
        "|---|" + "---|" * len(found),
        *(
            f"| {v} | " + " | ".join(f"{found[name][v].mean():.3f}" for name in found) + " |"
            for v in VARIANTS
        ),
    ]


def rare_labels(tables: dict[str, Table], thin: int, seeds: int, jobs: int) -> list[str]:
    """Return the lines that hold each variant's gain on rare labels."""
    parts: dict[str, Table] = {}
    for name, table in tables.items():
        parts |= rare_tables(name, table, thin)
    found = measure(parts, RARE_VARIANTS, seeds, jobs)
    ap = {v: np.concatenate([found[name][v] for name in parts]) for v in RARE_VARIANTS}
    thinned = np.concatenate(
        [np.full(part.truth.shape[1], THINNED in name) for name, part in parts.items()]
    )
    chooses = np.arange(len(thinned)) % 2 == 0
    sets = {"choose": ~thinned & chooses, "confirm": ~thinned & ~chooses}
    if thin:
        sets |= {"thinned, choose": thinned & chooses, "thinned, confirm": thinned & ~chooses}
    return [
        "Difference of AP from the parameters as they are, mean over labels ± standard error.",
        "",
        _conditions(tables, seeds),
        "",
        "| parameters | " + " | ".join(f"{name} ({s.sum()})" for name, s in sets.items()) + " |",
        "|---|" + "---|" * len(sets),
        "| mean AP as it is | "
        + " | ".join(f"{ap['as it is'][s].mean():.3f}" for s in sets.values())
        + " |",
        *(
            f"| {v} | " + " | ".join(_gain(ap[v] - ap["as it is"], s) for s in sets.values()) + " |"
            for v in list(RARE_VARIANTS)[1:]
        ),
    ]


def _conditions(tables: dict[str, Table], seeds: int) -> str:
    seen = f"Tables: {', '.join(tables)}. Fold seeds 0–{seeds - 1}"
    return f"{seen}; {ROUNDS} rounds where nothing else is said."


def _gain(difference: NDArray[np.float64], chosen: NDArray[np.bool_]) -> str:
    some = difference[chosen]
    return f"{some.mean():+.4f} ± {some.std(ddof=1) / np.sqrt(len(some)):.4f}"


def main() -> None:
    """Measure every variant on every table and print one row a variant."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="+", metavar="NAME=FEATURES,LABELS[,GROUPS]")
    parser.add_argument("--rare", action="store_true", help="ask about rare labels instead")
    parser.add_argument("--thin", type=int, default=0, metavar="N", help="positive rows to leave")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="keep as results/learner….md")
    options = parser.parse_args()
    named = [each.split("=", 1) for each in options.tables]
    tables = {name: read_table(paths) for name, paths in named}
    if options.rare:
        name, title = "learner_rare", "Parameters for rare labels"
        lines = rare_labels(tables, options.thin, options.seeds, options.jobs)
    else:
        name, title = "learner", "Parameters for small tables"
        lines = neighbours(tables, options.seeds, options.jobs)
    publish(name, title, lines, "lightgbm", "numpy", write=options.write)


if __name__ == "__main__":
    main()
