"""Time and memory of training on a large table: 31,072 rows by 1,000 columns, real labels.

    python benchmarks/bench_large.py LABELS [--rows N] [--columns 1000] [--jobs 2] [--keep DIR]
        [--only fits|train] [--write]

LABELS are Kaggle's training labels (Id, Target), of which the label matrix is taken; the columns
are drawn so that each label shifts some of forty factors behind them, by more or less. Linux only:
memory is what /proc says.

- fits: one model a label on four fifths of the rows. Ours fits as `train` does, on one binned
  Dataset, for the rounds that early stopping finds (labels with few positives: the others' median);
  naive fits make their own Dataset each from the float32 table, with all of LightGBM's defaults.
  Processor seconds of one thread in a process of its own, and average precision on the last fifth.
- train: the whole `hpa-feat train`, and the most memory that it and each of its workers hold at
  once, above what their imports take.

`--keep` leaves tables and fits in DIR, and takes up those that are there.
"""

from __future__ import annotations

import argparse
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from bench_helpers import PROGRAM, publish
from numpy.typing import NDArray
from processes import watch

from hpa_features.core.locations import LOCATIONS
from hpa_features.io.labels import read_labels
from hpa_features.learn.boosting import best_rounds, fit, learner
from hpa_features.learn.crossfit import MANY_GROUPS
from hpa_features.learn.folds import stratified_folds
from hpa_features.learn.metrics import average_precisions
from hpa_features.learn.stage import Stage
from hpa_features.learn.tasks import Split

Floats = NDArray[np.float64]
Values = NDArray[np.float32]
Truth = NDArray[np.bool_]

SEED = 0
FACTORS, NOISE_FACTORS = 40, 40
SHIFTED = 3  # factors that a label shifts
WEAKEST, STRONGEST = 0.7, 3.0  # SDs by which it shifts them
FEW_POSITIVES = 200
NAIVE_ROUNDS = 100
TABLE, LABELS = "features.parquet", "labels.csv"
PARENT_IMPORTS = (
    "hpa_feat_cli.app, hpa_features.pipeline.train, hpa_features.learn.packing, pyarrow.parquet, "
    "hpa_features.io.labels, hpa_features.features.families"
)
WORKER_IMPORTS = "hpa_features.pipeline.train_tasks, hpa_features.learn.crossfit"


def draw_table(truth: Truth, columns: int) -> Values:
    """Return (rows, columns) in which labels can be seen more or less well.

    Factors are normal, shifted where a label is; a column is a mix of few factors, of noise that
    columns share, and of its own; a third are skewed as areas and intensities are. The last two
    columns teach nothing: one is constant, one repeats the first.
    """
    rng = np.random.default_rng(SEED)
    rows, labels = truth.shape
    shift = np.zeros((labels, FACTORS))
    strengths = rng.permutation(np.linspace(WEAKEST, STRONGEST, labels))
    for label, strength in enumerate(strengths):
        chosen = rng.choice(FACTORS, SHIFTED, replace=False)
        shift[label, chosen] = strength * rng.choice([-1, 1], SHIFTED)
    factors = rng.normal(size=(rows, FACTORS)) + truth @ shift
    shared = rng.normal(size=(rows, NOISE_FACTORS))
    values = np.empty((rows, columns), np.float32)
    for column in range(columns):
        seen = rng.choice(FACTORS, 2, replace=False)
        mixed = factors[:, seen] @ rng.normal(size=2)
        mixed += 1.5 * shared @ rng.normal(size=NOISE_FACTORS) / np.sqrt(NOISE_FACTORS)
        mixed += 1.5 * rng.normal(size=rows)
        values[:, column] = np.exp(mixed / 4) if column % 3 == 0 else mixed
    values[:, -2], values[:, -1] = 1, values[:, 0]
    return values


def write_tables(folder: Path, labels: str, rows: int | None, columns: int) -> None:
    """Write the table and its labels as `train` takes them."""
    table = read_labels(labels)
    known = np.random.default_rng(SEED).permutation(len(table.ids))[:rows]
    truth = table.truth[np.sort(known)]
    values = draw_table(truth, columns)
    ids = [f"row{row:05d}" for row in range(len(truth))]
    content = {"Id": pa.array(ids)} | {
        f"f{column:04d}_{'abcd'[column % 4]}": values[:, column] for column in range(columns)
    }
    pq.write_table(pa.table(content), folder / TABLE)
    targets = (" ".join(map(str, np.flatnonzero(row))) for row in truth)
    lines = (f"{each},{target}" for each, target in zip(ids, targets))
    (folder / LABELS).write_text("\n".join(["Id,Target", *lines]) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Problem:
    """Both ways' task: (rows, columns) values, (rows, labels) truth, rows to learn and to score."""

    values: Values
    truth: Truth
    split: Split


def read_problem(folder: str) -> Problem:
    """Read what `write_tables` wrote."""
    table = pq.read_table(Path(folder) / TABLE)
    values = np.column_stack([table[name].to_numpy() for name in table.column_names[1:]])
    truth = read_labels(str(Path(folder) / LABELS)).truth
    held = stratified_folds(truth, np.arange(len(truth)), 5, SEED) == 0
    train = np.flatnonzero(~held)
    return Problem(values, truth, Split("bins", train, train, np.flatnonzero(held)))


@dataclass(frozen=True)
class Fitted:
    """(held rows, labels) scores, processor seconds of fits and of the search for rounds."""

    scores: Floats
    seconds: float
    search: float
    rounds: tuple[int, ...]


def fit_ours(folder: str) -> Fitted:
    """Fit as `train` does."""
    problem = read_problem(folder)
    labels = tuple(range(problem.truth.shape[1]))
    rows, columns = problem.values.shape
    parameters = learner(rows, columns, seed=SEED, threads=1)
    with tempfile.TemporaryDirectory() as place:
        stage = Stage(place)
        began = time.process_time()
        stage.lay_out(problem.values, problem.truth)
        stage.write_bins("bins", problem.split.train, parameters)
        binned = time.process_time()
        groups = np.arange(len(problem.split.train))
        many = problem.truth[problem.split.train].sum(axis=0) >= MANY_GROUPS
        able = tuple(int(label) for label in np.flatnonzero(many))
        found = dict(zip(able, best_rounds(stage, problem.split, groups, able, parameters)))
        others = int(np.median(list(found.values())))
        rounds = tuple(found.get(label, others) for label in labels)
        searched = time.process_time()
        fits = fit(stage, problem.split, labels, rounds, parameters)
        ended = time.process_time()
    seconds = binned - began + ended - searched
    return Fitted(fits.raw, seconds, searched - binned, rounds)


def fit_naively(folder: str) -> Fitted:
    """Fit each label by itself."""
    problem = read_problem(folder)
    split, truth = problem.split, problem.truth
    learn, held = problem.values[split.train], problem.values[split.held]
    parameters = {"objective": "binary", "num_threads": 1, "seed": SEED, "verbosity": -1}
    scores = np.empty((len(held), truth.shape[1]))
    began = time.process_time()
    for label in range(truth.shape[1]):
        dataset = lgb.Dataset(learn, label=truth[split.train, label].astype(np.float32))
        booster = lgb.train(parameters, dataset, num_boost_round=NAIVE_ROUNDS)
        scores[:, label] = booster.predict(held, raw_score=True, num_threads=1)
    seconds = time.process_time() - began
    return Fitted(scores, seconds, 0.0, (NAIVE_ROUNDS,) * truth.shape[1])


def compare_fits(folder: Path) -> list[str]:
    """Return the lines that tell our fits from naive ones."""
    naive, ours = (_alone(each, folder) for each in (fit_naively, fit_ours))
    problem = read_problem(str(folder))
    truth = problem.truth[problem.split.held]
    ap = [average_precisions(truth, each.scores) for each in (ours, naive)]
    positives = problem.truth.sum(axis=0)
    rare = np.flatnonzero(positives < FEW_POSITIVES)
    spread = f"{min(ours.rounds)}–{max(ours.rounds)}, median {int(np.median(ours.rounds))}"
    share = ours.seconds / naive.seconds
    lines = [
        f"## {truth.shape[1]} fits, {len(problem.split.train):,} rows learned from",
        "",
        "| | processor s | rounds | mean AP | mean AP, rare labels |",
        "|---|---|---|---|---|",
    ]
    for name, fitted, found, rounds in (
        ("ours, one Dataset", ours, ap[0], spread),
        ("naive, LightGBM's defaults", naive, ap[1], str(NAIVE_ROUNDS)),
    ):
        lines.append(
            f"| {name} | {fitted.seconds:,.0f} | {rounds} | {np.nanmean(found):.4f} | "
            f"{np.nanmean(found[rare]):.4f} |"
        )
    searched = (ours.seconds + ours.search) / naive.seconds
    said = (
        f"Ours takes {share:.0%} of the naive processor time (bar: 60 %). The search for rounds by "
        f"early stopping takes {ours.search:,.0f} s more: {searched:.0%} with it. Both include "
        "making Datasets and scoring the held-out fifth."
    )
    lines += [
        "",
        said,
        "",
        "| label with few positives | positives | AP, ours | AP, naive |",
        "|---|---|---|---|",
    ]
    return lines + [
        f"| {LOCATIONS[label]} | {positives[label]} | {ap[0][label]:.3f} | {ap[1][label]:.3f} |"
        for label in rare
    ]


def measure_training(folder: Path, jobs: int) -> list[str]:
    """Return the lines that tell what the whole training takes."""
    model = folder / "model"
    command = [PROGRAM, "train", folder / TABLE, folder / LABELS, "-o", model, "--overwrite"]
    command += ["--group", "none", "--jobs", str(jobs), "--quiet"]
    run = watch(command)
    peak, worker_peak = run.main.peak_mib, max(each.peak_mib for each in run.workers)
    table = pq.read_metadata(folder / TABLE)
    size = table.num_rows * (table.num_columns - 1) * 4 / 2**20
    own, theirs = (_imported_mb(names) for names in (PARENT_IMPORTS, WORKER_IMPORTS))
    parent = (peak - own) / size
    worker = (worker_peak - theirs) / size
    return [
        f"## The whole `hpa-feat train --jobs {jobs}`",
        "",
        f"{run.wall_s / 60:.1f} minutes, {run.processor_s / 60:.1f} minutes of processor time.",
        "",
        f"The table is {size:.0f} MiB of float32.",
        "",
        "| | peak, MiB | after imports, MiB | above them, tables | bar |",
        "|---|---|---|---|---|",
        f"| the command | {peak:,.0f} | {own:,.0f} | {parent:.2f} | 2.5 |",
        f"| a worker | {worker_peak:,.0f} | {theirs:,.0f} | {worker:.2f} | 1.0 |",
    ]


def _alone(work: Callable[[str], Fitted], folder: Path) -> Fitted:
    """Fit in a process of its own, or return what was fitted there before."""
    kept = folder / f"{work.__name__}.npz"
    if not kept.exists():
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            fitted = pool.submit(work, str(folder)).result()
        np.savez(kept, **vars(fitted))
    with np.load(kept) as file:
        rounds = tuple(file["rounds"].tolist())
        return Fitted(file["scores"], float(file["seconds"]), float(file["search"]), rounds)


def _imported_mb(names: str) -> float:
    code = f"import {names}; print(open('/proc/self/status').read())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    line = next(line for line in done.stdout.splitlines() if "VmHWM" in line)
    return float(line.split()[1]) / 1024


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("labels")
    parser.add_argument("--rows", type=int, help="a random part of the labels")
    parser.add_argument("--columns", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder for the tables, made once")
    parser.add_argument("--only", choices=["fits", "train"])
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary)
        if not (folder / LABELS).exists():
            folder.mkdir(parents=True, exist_ok=True)
            write_tables(folder, chosen.labels, chosen.rows, chosen.columns)
        lines: list[str] = []
        if chosen.only != "train":
            lines += [*compare_fits(folder), ""]
        if chosen.only != "fits":
            lines += measure_training(folder, chosen.jobs)
    publish("large", "Training on a large table", lines, "lightgbm", "numpy", write=chosen.write)


if __name__ == "__main__":
    main()
