"""What scores of single cells tell of an image beside statistics of its cells.

    python benchmarks/bench_cells.py [--parts 7] [--seeds 2] [--jobs 2] [--keep DIR] [--write]

One-cell fields cannot tell, so fields of many cells are simulated: 11 locations, among them the
three that few cells of a field show, up to two a protein, two fields a protein. Their cells are
measured by the default families with the true masks; then `hpa-feat train` learns from the image
table (`image`), from scores of cells (`cells`), and from both, with the same nested grouped folds.
Differences from `image` are paired: 1,000 draws of proteins, seeds averaged inside a draw.
`--keep` goes on from what an earlier run left there.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from bench_helpers import call, in_turn, publish
from numpy.typing import NDArray

from hpa_features.core.progress import SILENT
from hpa_features.core.train_settings import TrainOn, TrainSettings
from hpa_features.features.aggregate import FEWEST_CELLS
from hpa_features.io.cells import gather
from hpa_features.io.groups import read_groups
from hpa_features.io.labels import read_labels
from hpa_features.learn.cells import Cells
from hpa_features.learn.data import TrainingData
from hpa_features.learn.metrics import average_precisions, macro_f1, mean_average_precision
from hpa_features.learn.stage import Stage
from hpa_features.learn.train import train
from hpa_features.pipeline.cell_tables import load_cells
from hpa_features.pipeline.feature_tables import load_features

FEW_CELLS = ("Microtubule ends", "Cytokinetic bridge", "Mitotic spindle")
SHOWN = (0, 2, 6, 7, 14, 15, 16, 17, 21, 23, 25)
FIELDS, SIZE, DRAWS = 42, 384, 1000
WAYS = tuple(TrainOn)
Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Said:
    """Nested out-of-fold decisions and log-odds, and the seconds that training took."""

    decision: Truth
    ranking: Floats
    seconds: float


def simulated(place: Path, seed: int) -> None:
    """Simulate one part of the fields and measure it, where that is not done."""
    fields, store, shown = place / f"fields{seed}", place / f"store{seed}", map(str, SHOWN)
    if not fields.exists():
        call(
            "simulate", "-o", fields, "--locations", ",".join(shown), "--group-size", "2",
            "--most-locations", "2", "--fields", str(FIELDS), "--size", str(SIZE),
            "--seed", str(seed), "--jobs", "1",
        )  # fmt: skip
    call(
        "extract", fields / "manifest.csv", "--masks", fields / "masks", "-o", store, "--jobs", "1"
    )


def table_of(place: Path, seed: int, scratch: Path) -> TrainingData:
    """Return one part with its cells."""
    store, fields = str(place / f"store{seed}"), place / f"fields{seed}"
    table, cells = load_features(store), load_cells(store)
    labels = read_labels(str(fields / "labels.csv"))
    at = [labels.ids.index(each) for each in table.ids]
    names = tuple(column.name for column in cells.columns)
    found = gather(cells, table.ids, names, FEWEST_CELLS, scratch / f"{seed}.npy")
    group_of = read_groups(str(fields / "groups.csv"))
    proteins, groups = np.unique([group_of[each] for each in table.ids], return_inverse=True)
    return TrainingData(
        ids=table.ids,
        columns=table.columns,
        values=table.values,
        labels=labels.labels,
        truth=labels.truth[at],
        groups=groups,
        group_names=tuple(str(each) for each in proteins),
        group_column="Group",
        cells=Cells(np.array(found.values), found.starts),
        cell_columns=names,
    )


def joined(parts: list[TrainingData]) -> TrainingData:
    """Return all parts as one, with the labels that occur."""
    first = parts[0]
    truth = np.concatenate([part.truth for part in parts])
    shown = [at for at, label in enumerate(first.labels) if truth[:, at].any()]
    cells = [part.cells for part in parts if part.cells is not None]
    counts = np.concatenate([each.counts for each in cells])
    before = np.cumsum([0, *(len(part.group_names) for part in parts)])
    return replace(
        first,
        ids=tuple(each for part in parts for each in part.ids),
        values=np.concatenate([part.values for part in parts]),
        labels=tuple(first.labels[at] for at in shown),
        truth=truth[:, shown],
        groups=np.concatenate([part.groups + at for part, at in zip(parts, before)]),
        group_names=tuple(each for part in parts for each in part.group_names),
        cells=Cells(
            np.concatenate([each.values for each in cells]),
            np.concatenate([[0], np.cumsum(counts)]),
        ),
    )


def of_way(data: TrainingData, way: TrainOn) -> TrainingData:
    """Return what `train --train-on` gives the learner."""
    if way is TrainOn.IMAGE:
        return replace(data, cells=None, cell_columns=())
    alone = way is TrainOn.CELLS
    return replace(data, columns=(), values=data.values[:, :0]) if alone else data


def learned(job: tuple[TrainOn, int], data: TrainingData, place: Path) -> Said:
    """Return what a way of learning says with the folds of a seed, kept in `place`."""
    way, seed = job
    kept = place / f"said-{way}-{seed}-{len(data.ids)}.npz"
    if not kept.exists():
        settings = TrainSettings(seed=seed, bootstrap=2)
        began = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            trained = train(of_way(data, way), settings, Stage(folder), in_turn, SILENT)
        seconds = time.process_time() - began
        np.savez(kept, decision=trained.oof.decision, ranking=trained.oof.ranking, seconds=seconds)
    with np.load(kept) as file:
        return Said(file["decision"], file["ranking"], float(file["seconds"]))


def figures(truth: Truth, said: list[Said], rows: NDArray[np.intp]) -> Floats:
    """Return macro F1, mean AP and the AP of each label, mean over seeds."""
    return np.mean(
        [
            (
                macro_f1(truth[rows], each.decision[rows]),
                mean_average_precision(truth[rows], each.ranking[rows]),
                *average_precisions(truth[rows], each.ranking[rows]),
            )
            for each in said
        ],
        axis=0,
    )


def draws(groups: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Return the rows of draws of whole groups."""
    random, of_group = (
        np.random.default_rng(0),
        [np.flatnonzero(groups == group) for group in range(groups.max() + 1)],
    )
    return [
        np.concatenate([of_group[at] for at in random.integers(0, len(of_group), len(of_group))])
        for _ in range(DRAWS)
    ]


def lines_of(data: TrainingData, said: dict[TrainOn, list[Said]]) -> list[str]:
    """Return the result's tables."""
    everything = np.arange(len(data.ids))
    drawn = draws(data.groups)
    mean = {way: figures(data.truth, each, everything) for way, each in said.items()}
    with np.errstate(invalid="ignore"):
        every = {
            way: np.array([figures(data.truth, each, rows) for rows in drawn])
            for way, each in said.items()
        }

    def gap(way: TrainOn, at: int) -> str:
        low, high = np.nanpercentile((every[way] - every[TrainOn.IMAGE])[:, at], [2.5, 97.5])
        difference = mean[way][at] - mean[TrainOn.IMAGE][at]
        return f"{difference:+.3f} ({low:+.3f} to {high:+.3f})"

    lines = [
        "| --train-on | macro F1 | against image (95 %) | mean AP | against image (95 %) | CPU s |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for way in WAYS:
        seconds = np.mean([each.seconds for each in said[way]])
        beside = [gap(way, at) if way is not TrainOn.IMAGE else "" for at in (0, 1)]
        lines.append(
            f"| {way} | {mean[way][0]:.3f} | {beside[0]} | {mean[way][1]:.3f} | {beside[1]} "
            f"| {seconds:.0f} |"
        )
    lines += ["", "AP of each location, those that few cells show first:", ""]
    lines += [
        "| location | fields | image | cells | both | both against image (95 %) |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    few = [data.labels.index(name) for name in FEW_CELLS]
    for label in (*few, *(at for at in range(len(data.labels)) if at not in few)):
        told = " | ".join(f"{mean[way][2 + label]:.3f}" for way in (WAYS[0], WAYS[1], WAYS[2]))
        count = int(data.truth[:, label].sum())
        beside = gap(TrainOn.BOTH, 2 + label)
        lines.append(f"| {data.labels[label]} | {count} | {told} | {beside} |")
    return lines


def main() -> None:
    """Simulate, measure, learn in three ways, and print how they do."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", type=int, default=7)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(options.jobs) as pool:
        place = options.keep or Path(folder)
        place.mkdir(exist_ok=True)
        list(pool.map(partial(simulated, place), range(options.parts)))
        parts = [table_of(place, seed, Path(folder)) for seed in range(options.parts)]
        data = joined(parts)
        jobs = list(product(WAYS, range(options.seeds)))
        answers = dict(zip(jobs, pool.map(partial(learned, data=data, place=place), jobs)))
    said = {way: [answers[way, seed] for seed in range(options.seeds)] for way in WAYS}
    each = data.cells.counts.mean() if data.cells is not None else 0
    about = (
        f"{len(data.ids)} fields of {SIZE}² at 0.32 µm, {len(data.group_names)} proteins of one or "
        f"two of {len(data.labels)} locations; {each:.1f} cells a field count, fold seeds "
        f"0–{options.seeds - 1}."
    )
    lines = [about, "", *lines_of(data, said)]
    title = "What scores of single cells add to statistics of images"
    publish("cells", title, lines, "hpa-feat", "lightgbm", "numpy", write=options.write)


if __name__ == "__main__":
    main()
