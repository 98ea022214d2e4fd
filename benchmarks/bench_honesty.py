"""Whether simulated fields give their labels away by anything but the protein's place.

    python benchmarks/bench_honesty.py [--fields 280] [--size 256] [--pixel-size-um 0.32] [--write]

Simulates all 28 locations, one protein a field and one location a protein, measures them with the
true masks, and asks for each location how well it is told from the rest (AUC of out-of-fold
scores, five folds, the learner's own parameters, 100 rounds) by three sets of columns: those
without Protein; `Acquisition` without Protein (sizes, counts, landmark light); all of
`Acquisition`. The last holds the protein's absolute brightness in cell, nucleus and cytoplasm,
which says where the protein is, however honest the simulation. What chance does is measured, not
assumed: the same models on the same columns with the fields' labels shuffled. Out-of-fold AUCs of
few positives lie below 0.5 on average and spread wider than independent scores would (0.29/√n).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import lightgbm as lgb
import numpy as np
from bench_helpers import call, publish
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from hpa_features.core.locations import LOCATIONS
from hpa_features.core.tables import Column
from hpa_features.io.labels import read_labels
from hpa_features.io.tables import read_features
from hpa_features.learn.boosting import learner
from hpa_features.learn.folds import stratified_folds
from hpa_features.simulate.biology import SEEN_IN_LANDMARKS

ROUNDS, FOLDS, SHUFFLES = 100, 5, 3
LOW, HIGH = 0.45, 0.55
Figures = dict[str, NDArray[np.float64]]


def sets_of(columns: tuple[Column, ...]) -> dict[str, NDArray[np.bool_]]:
    """Return which columns belong to each set."""
    protein = np.array(["Protein" in column.name for column in columns])
    acquisition = np.array([column.acquisition for column in columns])
    return {
        "without Protein": ~protein,
        "Acquisition without Protein": acquisition & ~protein,
        "Acquisition": acquisition,
    }


def aucs(values: NDArray[np.float64], truth: NDArray[np.bool_], seed: int) -> NDArray[np.float64]:
    """Return one out-of-fold AUC a label."""
    folds = stratified_folds(truth, np.arange(len(truth)), FOLDS, seed)
    scores = np.zeros(truth.shape)
    parameters = learner(*values.shape, seed=seed, threads=1)
    for fold in range(FOLDS):
        train = folds != fold
        for label in range(truth.shape[1]):
            data = lgb.Dataset(values[train], truth[train, label].astype(float))
            model = lgb.train(parameters, data, ROUNDS)
            found = model.predict(values[~train], raw_score=True, num_threads=1)
            # Each model against its own prior, so that folds can be pooled.
            scores[~train, label] = found - np.log(truth[train, label].mean())
    return np.array(
        [roc_auc_score(truth[:, label], scores[:, label]) for label in range(truth.shape[1])]
    )


def lines_of(figures: Figures, chance: Figures, positives: NDArray[np.intp]) -> list[str]:
    """Return the table of AUCs and what it comes to; `chance` has a row a shuffle."""
    hidden = np.array([name not in SEEN_IN_LANDMARKS for name in LOCATIONS])
    lines = ["| location | n | " + " | ".join(figures) + " |", "|---" * (2 + len(figures)) + "|"]
    for number, name in enumerate(LOCATIONS):
        mark = "" if hidden[number] else " (may be seen)"
        each = " | ".join(f"{figure[number]:.3f}" for figure in figures.values())
        lines.append(f"| {number} {name}{mark} | {positives[number]} | {each} |")
    heads = ["columns"]
    for what in ("mean AUC", "SD", "farthest from 0.5", f"share in {LOW}–{HIGH}"):
        heads += [what, "shuffled"]
    lines += [
        "",
        f"The {hidden.sum()} that landmarks must not tell, beside {SHUFFLES} shuffles of labels:",
        "",
        f"| {' | '.join(heads)} |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, figure in figures.items():
        here, there = figure[hidden], chance[name][:, hidden]
        cells = [
            value
            for summary in (np.mean, np.std, _farthest, _within)
            for value in (f"{summary(here):.3f}", f"{np.mean([summary(one) for one in there]):.3f}")
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def _farthest(figure: NDArray[np.float64]) -> float:
    return float(np.abs(figure - 0.5).max())


def _within(figure: NDArray[np.float64]) -> float:
    return float(((figure >= LOW) & (figure <= HIGH)).mean())


def main() -> None:
    """Simulate, measure, ask, and print one row a location."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fields", type=int, default=280)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--pixel-size-um", type=float, default=0.32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        jobs = ("--jobs", str(options.jobs))
        call(
            "simulate", "-o", place / "fields", "--locations", "all", "--group-size", "1",
            "--most-locations", "1", "--fields", str(options.fields), "--size", str(options.size),
            "--pixel-size-um", str(options.pixel_size_um), "--seed", str(options.seed), *jobs,
        )  # fmt: skip
        table_at = place / "features.parquet"
        call("extract", place / "fields" / "manifest.csv", "-o", table_at, *jobs)
        table = read_features(str(table_at))
        known = read_labels(str(place / "fields" / "labels.csv"))
    row = {name: at for at, name in enumerate(known.ids)}
    truth = known.truth[[row[name] for name in table.ids]]
    values = table.values.astype(float)
    rng = np.random.default_rng(options.seed)
    shuffled = [truth[rng.permutation(len(truth))] for _ in range(SHUFFLES)]
    figures, chance = {}, {}
    for name, chosen in sets_of(table.columns).items():
        figures[name] = aucs(values[:, chosen], truth, options.seed)
        chance[name] = np.array([aucs(values[:, chosen], each, options.seed) for each in shuffled])
    title = "Do simulated fields give their labels away?"
    what = f"{options.fields} fields of {options.size}² at {options.pixel_size_um} µm."
    lines = [what, "", *lines_of(figures, chance, truth.sum(axis=0))]
    name = f"honesty_{options.seed}" if options.seed else "honesty"
    publish(name, title, lines, "hpa-feat", "numpy", "lightgbm", write=options.write)


if __name__ == "__main__":
    main()
