"""Whether simulated fields give their labels away by anything but the protein's place.

    python benchmarks/bench_honesty.py [--fields 280] [--size 256] [--pixel-size-um 0.32] [--write]

Simulates all 28 locations, one protein a field and one location a protein, measures them with the
true masks, and asks for each location how well it is told from the rest (AUC of out-of-fold
scores, five folds, the learner's own parameters, 100 rounds) by three sets of columns: those
without Protein; `Acquisition` without Protein (sizes, counts, landmark light); all of
`Acquisition`. The last holds the protein's absolute brightness in cell, nucleus and cytoplasm,
which says where the protein is, however honest the simulation. Chance: an AUC of n positives has a
standard error of about 0.29/√n, so single figures need many fields; the mean over labels does not.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import lightgbm as lgb
import numpy as np
from bench_helpers import publish
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from hpa_features.core.locations import LOCATIONS
from hpa_features.core.tables import Column
from hpa_features.io.labels import read_labels
from hpa_features.io.tables import read_features
from hpa_features.learn.boosting import learner
from hpa_features.learn.folds import stratified_folds
from hpa_features.simulate.biology import SEEN_IN_LANDMARKS

PROGRAM = str(Path(sys.executable).with_name("hpa-feat"))
ROUNDS, FOLDS = 100, 5
LOW, HIGH = 0.45, 0.55


def call(*arguments: str | Path) -> None:
    """Run a command of the program."""
    subprocess.run([PROGRAM, *map(str, arguments), "--quiet"], check=True)


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


def lines_of(figures: dict[str, NDArray[np.float64]], positives: NDArray[np.intp]) -> list[str]:
    """Return the table of AUCs and what it comes to."""
    hidden = np.array([name not in SEEN_IN_LANDMARKS for name in LOCATIONS])
    lines = ["| location | n | " + " | ".join(figures) + " |", "|---" * (2 + len(figures)) + "|"]
    for number, name in enumerate(LOCATIONS):
        mark = "" if hidden[number] else " (may be seen)"
        each = " | ".join(f"{figure[number]:.3f}" for figure in figures.values())
        lines.append(f"| {number} {name}{mark} | {positives[number]} | {each} |")
    chance = 0.29 / np.sqrt(positives[hidden])
    lines.append("")
    for name, figure in figures.items():
        kept = figure[hidden]
        off = np.abs(kept - 0.5) / chance
        inside = int(((kept >= LOW) & (kept <= HIGH)).sum())
        lines.append(
            f"{name}: mean AUC of the {hidden.sum()} others {kept.mean():.3f} "
            f"(chance 0.5 ± {np.sqrt((chance**2).mean() / len(chance)):.3f}), {inside} within "
            f"{LOW}–{HIGH}, farthest from 0.5 by {off.max():.1f} standard errors."
        )
    return lines


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
    figures = {
        name: aucs(values[:, chosen], truth, options.seed)
        for name, chosen in sets_of(table.columns).items()
    }
    title = "Do simulated fields give their labels away?"
    what = f"{options.fields} fields of {options.size}² at {options.pixel_size_um} µm."
    lines = [what, "", *lines_of(figures, truth.sum(axis=0))]
    publish("honesty", title, lines, "hpa-feat", "numpy", "lightgbm", write=options.write)


if __name__ == "__main__":
    main()
