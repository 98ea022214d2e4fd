"""Whether simulated fields give their labels away by anything but the protein's place.

    python benchmarks/bench_honesty.py [--seeds 20] [--size 160] [--pixel-size-um 0.32] [--write]

A paired design, for which chance is exact: every field is simulated 28 times, its protein at each
location once, and all families are measured with the true masks. How well is a location told from
the rest (AUC of out-of-fold scores, five folds that keep the 28 twins of a field together, one
learner fixed beforehand) by the columns without Protein; by `Acquisition` without Protein (sizes,
counts, landmark light); by all of `Acquisition`, which holds the protein's absolute brightness in
cell, nucleus and cytoplasm and so says where it is, however honest the simulation; and by how much
protein a cell holds alone? Where landmarks and masks are the same in twins, the AUC among these is
0.5, whatever the number of fields; it leaves 0.5 against all others by what landmarks tell of the
few locations that need a cell of their own.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
from bench_helpers import publish
from fixed_learner import FOLDS, Floats, Truth, fitted_scores
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from hpa_features.core.locations import LOCATIONS
from hpa_features.core.settings import ExtractSettings
from hpa_features.core.simulate_settings import SimulateSettings
from hpa_features.core.tables import Column
from hpa_features.features.aggregate import aggregate
from hpa_features.features.batch import Batch
from hpa_features.features.field_facts import border_cells
from hpa_features.features.measure import measure_all
from hpa_features.features.registry import cell_entries, families_named, image_entries
from hpa_features.simulate.biology import SEEN_IN_LANDMARKS
from hpa_features.simulate.field import simulate_field
from hpa_features.simulate.protein import draw_protein
from hpa_features.simulate.study import study

LOW, HIGH = 0.45, 0.55
ALL = families_named(["all"])
AMOUNT = "Cells_Intensity_Integrated_Protein"
HIDDEN = np.array([name not in SEEN_IN_LANDMARKS for name in LOCATIONS])


def sets_of(columns: tuple[Column, ...]) -> dict[str, Truth]:
    """Return which columns belong to each set."""
    protein = np.array(["Protein" in column.name for column in columns])
    acquisition = np.array([column.acquisition for column in columns])
    return {
        "without Protein": ~protein,
        "Acquisition without Protein": acquisition & ~protein,
        "Acquisition": acquisition,
        "amount of protein": np.array([AMOUNT in column.name for column in columns]),
    }


def twins(settings: SimulateSettings, number: int) -> Floats:
    """Return (28, columns): one field with its protein at each location in turn, measured."""
    plan = study(settings).plan(number)
    name, seed = plan.protein.name, plan.protein.seed
    made = [
        simulate_field(replace(plan, protein=draw_protein(name, seed, (location,))))
        for location in LOCATIONS
    ]
    batch = Batch(
        tuple(each.field for each in made),
        tuple(each.masks for each in made),
        ExtractSettings().grid_um,
    )
    found = measure_all(batch, ALL)
    ends = np.cumsum([masks.count for masks in batch.masks])[:-1]
    rare = np.array([entry.feature.rare for entry in cell_entries(ALL)])
    rows = [
        aggregate(cells, ~border_cells(masks) & (masks.nucleus_counts > 0), rare).values
        for cells, masks in zip(np.split(found.cells, ends), batch.masks, strict=True)
    ]
    return np.hstack([np.array(rows), found.fields])


def aucs(values: Floats, label: int) -> tuple[float, float]:
    """Return how well one location of (fields, 28, columns) is told from all others and the 24."""
    fields, locations, columns = values.shape
    rows = values.reshape(-1, columns)
    target = np.tile(np.arange(locations) == label, fields)
    fold = np.repeat(np.arange(fields) % FOLDS, locations)
    scores = np.zeros(len(rows))
    for number in range(FOLDS):
        test = fold == number
        scores[test] = fitted_scores(rows, target, ~test, test)
    others = np.tile(HIDDEN | (np.arange(locations) == label), fields)
    return roc_auc_score(target, scores), roc_auc_score(target[others], scores[others])


def table(figures: Mapping[str, Floats]) -> list[str]:
    """Return one row a location, then what the 24 come to; figures are (28, 2): see `aucs`."""
    lines = ["| location | " + " | ".join(figures) + " |", "|---" * (1 + len(figures)) + "|"]
    for number, name in enumerate(LOCATIONS):
        mark = "" if HIDDEN[number] else " (may be seen)"
        each = " | ".join(f"{figure[number, 0]:.3f}" for figure in figures.values())
        lines.append(f"| {number} {name}{mark} | {each} |")
    lines += [
        "",
        f"The {HIDDEN.sum()} that landmarks must not tell, against all others and among themselves",
        f"(share: of AUCs in {LOW}–{HIGH}):",
        "",
        "| columns | mean AUC | lowest | highest | share | among them: lowest | highest |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, figure in figures.items():
        every, among = figure[HIDDEN].T
        share = ((every >= LOW) & (every <= HIGH)).mean()
        lines.append(
            f"| {name} | {every.mean():.3f} | {every.min():.3f} | {every.max():.3f} "
            f"| {share:.3f} | {among.min():.3f} | {among.max():.3f} |"
        )
    total, part = (
        figures[name][HIDDEN, 0].mean() - 0.5 for name in ("Acquisition", "amount of protein")
    )
    explained = f"accounts for {part / total:.0%} of what Acquisition tells"
    return [*lines, "", f"How much protein a cell holds {explained} (mean AUC above 0.5)."]


def same(values: Floats) -> NDArray[np.bool_]:
    """Return which columns of (fields, 28, columns) are equal in the 24 twins of every field."""
    hidden = values[:, HIDDEN]
    first = hidden[:, :1]
    equal = (hidden == first) | (np.isnan(hidden) & np.isnan(first))
    return equal.all(axis=(0, 1))


def main() -> None:
    """Simulate, measure, ask, and print one row a location."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--pixel-size-um", type=float, default=0.32)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    settings = SimulateSettings(
        fields=options.seeds,
        size=options.size,
        pixel_size_um=options.pixel_size_um,
        locations=("all",),
        group_size=1,
    )
    sets = sets_of(tuple(entry.column for entry in image_entries(ALL)))
    with ProcessPoolExecutor(options.jobs) as pool:
        values = np.array(list(pool.map(partial(twins, settings), range(options.seeds))))
        figures = {
            name: np.array(
                list(pool.map(partial(aucs, values[:, :, chosen]), range(len(LOCATIONS))))
            )
            for name, chosen in sets.items()
        }
    free = sets["without Protein"]
    what = (
        f"{options.seeds} fields of {options.size}² at {options.pixel_size_um} µm, each with its "
        f"protein at each of {len(LOCATIONS)} locations. Of {free.sum()} columns without Protein "
        f"{same(values[:, :, free]).sum()} are equal, bit by bit, in all {HIDDEN.sum()} twins of "
        "every field."
    )
    lines = [what, "", *table(figures)]
    title = "Do simulated fields give their labels away?"
    publish("honesty", title, lines, "hpa-feat", "numpy", "lightgbm", write=options.write)


if __name__ == "__main__":
    main()
