"""Which statistics of its cells an image should be told by, on simulated fields of many cells.

    python benchmarks/bench_statistics.py [--fields 560] [--seeds 2] [--jobs 2] [--write]

One-cell fields cannot tell. Simulates all 28 locations, two fields a protein and one location a
protein, measures the cells of the default families with the true masks, and judges the statistics
that `extract` writes, fewer of them, and others, by one fixed learner: mean AP of out-of-fold
scores over five folds that keep proteins together, apart for the locations that few cells of a
field show. `share` is the share of a field's cells above the 95th percentile of the training
part's cells.
"""

from __future__ import annotations

import argparse
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
from bench_helpers import call, publish
from fixed_learner import FOLDS, Floats, Groups, Truth, fitted_scores
from numpy.typing import NDArray

from hpa_features.core.locations import LOCATIONS
from hpa_features.features.aggregate import aggregate
from hpa_features.features.registry import Entry, cell_entries, families_named
from hpa_features.io.groups import read_groups
from hpa_features.io.labels import read_labels
from hpa_features.learn.folds import stratified_folds
from hpa_features.learn.metrics import average_precisions

FEW_CELLS = ("Microtubule ends", "Cytokinetic bridge", "Mitotic spindle")
POSITIVE = 95  # percentile of the training part's cells


@dataclass(frozen=True)
class Cells:
    """Cells of all fields; `field` (cells,) says whose a cell is, `rare` which columns are."""

    values: NDArray[np.float32]
    field: Groups
    usable: Truth
    rare: Truth

    def statistics(self, fields: int, *, top_of_all: bool = False) -> dict[str, Floats]:
        """Return (fields, columns) of each statistic that `extract` writes."""
        rare = np.ones_like(self.rare) if top_of_all else self.rare
        rows = []
        for number in range(fields):
            at = self.field == number
            rows.append(aggregate(self.values[at], self.usable[at], rare).values)
        width = len(self.rare)
        every = np.array(rows)
        # Each column's statistics lie side by side, the tops behind them all.
        by_column = every[:, : 3 * width].reshape(fields, width, 3)
        parts = {name: by_column[:, :, k] for k, name in enumerate(("Median", "Q10", "Q90"))}
        return parts | {"Top": every[:, 3 * width :]}

    def shares(self, train: Truth) -> Floats:
        """Return (fields, columns): share of cells above the training cells' percentile."""
        cut = np.nanpercentile(self.values[train[self.field]], POSITIVE, axis=0)
        above = (self.values > cut) & self.usable[:, None]
        out = np.zeros((len(train), above.shape[1]))
        np.add.at(out, self.field, above)
        return out / np.maximum(np.bincount(self.field, self.usable, len(train)), 1)[:, None]


def read_cells(store: Path, ids: list[str], entries: tuple[Entry, ...]) -> Cells:
    """Return the cells of a store of `hpa-feat extract`."""
    table = ds.dataset(store / "cells").to_table()
    number = {name: at for at, name in enumerate(ids)}
    names = [entry.column.name for entry in entries]
    inside = ~np.asarray(table["Metadata_Border"]) & np.asarray(table["Metadata_HasNucleus"])
    return Cells(
        np.stack([np.asarray(table[name]) for name in names], 1),
        np.array([number[name] for name in table["Metadata_Id"].to_pylist()]),
        inside,
        np.array([entry.feature.rare for entry in entries]),
    )


def scores_of(
    cells: Cells, fixed: Floats, truth: Truth, groups: Groups, seed: int, *, share: bool
) -> Floats:
    """Return one AP a label of pooled out-of-fold scores."""
    folds = stratified_folds(truth, groups, FOLDS, seed)
    scores = np.zeros(truth.shape)
    for fold in range(FOLDS):
        train, test = folds != fold, folds == fold
        values = np.hstack([fixed, cells.shares(train)]) if share else fixed
        for label in range(truth.shape[1]):
            scores[test, label] = fitted_scores(values, truth[:, label], train, test)
    return average_precisions(truth, scores)


def simulated(place: Path, fields: int, jobs: int) -> Path:
    """Simulate and measure; return the store."""
    work = ("--jobs", str(jobs))
    call(
        "simulate", "-o", place / "fields", "--locations", "all", "--group-size", "2",
        "--most-locations", "1", "--fields", str(fields), "--size", "384", *work,
    )  # fmt: skip
    masks = ("--masks", place / "fields" / "masks")
    call("extract", place / "fields" / "manifest.csv", *masks, "-o", place / "store", *work)
    return place / "store"


def main() -> None:
    """Simulate, measure, and print one row a set of statistics."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fields", type=int, default=560)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    entries = cell_entries(families_named(["default"]))
    with tempfile.TemporaryDirectory() as folder:
        store = simulated(Path(folder), options.fields, options.jobs)
        known = read_labels(str(Path(folder) / "fields" / "labels.csv"))
        group_of = read_groups(str(Path(folder) / "fields" / "groups.csv"))
        cells = read_cells(store, list(known.ids), entries)
    groups = np.unique([group_of[name] for name in known.ids], return_inverse=True)[1]
    parts = cells.statistics(len(groups))
    parts["Top of all"] = cells.statistics(len(groups), top_of_all=True)["Top"]
    sets = {
        name: (np.hstack([parts[part] for part in name.replace(", share", "").split(", ")]), share)
        for name, share in (
            ("Median", False),
            ("Median, Q10, Q90", False),
            ("Median, Q90", False),
            ("Median, Top", False),
            ("Median, Q10, Q90, Top", False),
            ("Median, Q10, Q90, Top of all", False),
            ("Median, Q10, Q90, Top, share", True),
            ("Median, share", True),
        )
    }
    few = np.isin(LOCATIONS, FEW_CELLS)
    each = len(cells.field) / len(groups)
    lines = [
        f"{len(groups)} fields of 384² at 0.32 µm, {groups.max() + 1} proteins.",
        f"{each:.1f} cells a field; fold seeds 0–{options.seeds - 1}.",
        "",
        f"| statistics | columns | mean AP, all 28 | {' | '.join(FEW_CELLS)} | the others |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    with ProcessPoolExecutor(options.jobs) as pool:
        for name, (values, share) in sets.items():
            run = partial(scores_of, cells, values, known.truth, groups, share=share)
            ap = np.mean(list(pool.map(run, range(options.seeds))), axis=0)
            columns = values.shape[1] + (len(entries) if share else 0)
            figures = " | ".join(f"{x:.3f}" for x in (ap.mean(), *ap[few], ap[~few].mean()))
            lines.append(f"| {name} | {columns} | {figures} |")
    title = "Which statistics of cells tell an image's location"
    publish("statistics", title, lines, "hpa-feat", "lightgbm", "numpy", write=options.write)


if __name__ == "__main__":
    main()
