"""Trees grown on a GPU against the CPU's: macro F1 over five seeds, and the time of large tables.

    python benchmarks/gpu_training.py [--write]

Needs a GPU that LightGBM can use. PoCL (Debian: pocl-opencl-icd) lets the CPU be one, slowly: its
times say nothing, its macro F1 does. `gpu_check.py` times the table of 31,072 rows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from bench_helpers import publish
from numpy.typing import NDArray

from hpa_features.core.progress import SILENT
from hpa_features.core.settings import Device
from hpa_features.core.train_settings import TrainSettings
from hpa_features.io.bundle import read_bundle
from hpa_features.learn.boosting import learner
from hpa_features.learn.crossfit import FIXED_ROUNDS
from hpa_features.learn.metrics import macro_f1
from hpa_features.learn.tree_device import CPU, TreeDevice
from hpa_features.pipeline.train import train
from hpa_features.pipeline.tree_gpu import try_gpus

SEEDS = 5
SMALL = (600, 40, 5)
LARGE = (31_072, 1_000, 28)
"""Rows, columns, labels."""
_GROUP = 3  # rows


@dataclass(frozen=True)
class Scores:
    """Macro F1 of out-of-fold decisions, a value for each seed."""

    cpu: tuple[float, ...]
    gpu: tuple[float, ...]

    @property
    def apart(self) -> float:
        """How far the mean on the GPU is from that on the CPU."""
        return float(abs(np.mean(self.gpu) - np.mean(self.cpu)))

    @property
    def spread(self) -> float:
        """Standard deviation over the seeds on the CPU."""
        return float(np.std(self.cpu, ddof=1))


def made_table(
    rows: int, columns: int, labels: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return noise in which some columns rise with each label, from common to rare ones."""
    random = np.random.default_rng(0)
    shares = np.geomspace(0.4, 0.05, labels)
    truth = np.repeat(random.random((-(-rows // _GROUP), labels)) < shares, _GROUP, axis=0)[:rows]
    values = random.normal(size=(rows, columns)).astype(np.float32)
    values[:, : 2 * labels] += 0.8 * np.repeat(truth, 2, axis=1)[:, :columns]
    return values, truth


def written_table(folder: Path, rows: int, columns: int, labels: int) -> None:
    """Write such a table as `train` reads it, rows in groups of three."""
    values, truth = made_table(rows, columns, labels)
    ids = [f"r{row:05d}" for row in range(rows)]
    about = {"Id": ids, "Metadata_Group": [f"g{row // _GROUP:05d}" for row in range(rows)]}
    table = {f"x{k}": values[:, k] for k in range(columns)}
    pd.DataFrame(about | table).to_parquet(folder / "features.parquet")
    kinds = {f"label{k}": truth[:, k].astype(int) for k in range(labels)}
    pd.DataFrame({"Id": ids} | kinds).to_csv(folder / "labels.csv", index=False)


def trained_f1(folder: Path, device: Device, seed: int) -> float:
    """Train on the table as `hpa-feat train` does; return macro F1 out of fold."""
    how = TrainSettings(group="Group", device=device, seed=seed, bootstrap=10)
    with tempfile.TemporaryDirectory() as place:
        model = Path(place) / "model"
        train(str(folder / "features.parquet"), str(folder / "labels.csv"), str(model), how, SILENT)
        bundle = read_bundle(model)
    return float(macro_f1(bundle.oof.truth, bundle.oof.decision))


def scores(shape: tuple[int, int, int] = SMALL, gpu: Device = Device.GPU) -> Scores:
    """Return macro F1 on both devices for every seed."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        written_table(folder, *shape)
        found = [
            tuple(trained_f1(folder, device, seed) for seed in range(SEEDS))
            for device in (Device.CPU, gpu)
        ]
    return Scores(*found)


def score_lines(found: Scores, device: TreeDevice, shape: tuple[int, int, int]) -> list[str]:
    """Return the table of seeds, and whether the means are within one SD."""
    rows, columns, labels = shape
    within = "within" if found.apart <= found.spread else "NOT within"
    return [
        "## Macro F1 of trees grown on the GPU and on the CPU",
        "",
        (
            f"{rows:,} rows in groups of {_GROUP}, {columns:,} columns, {labels} labels; nested, "
            f"out of fold. GPU: {device.backend} on {device.name or 'a device without a name'}."
        ),
        "",
        f"| device | {' | '.join(f'seed {seed}' for seed in range(SEEDS))} | mean | SD |",
        f"|---|{'--:|' * (SEEDS + 2)}",
        *(
            f"| {name} | {' | '.join(f'{each:.4f}' for each in values)} | "
            f"{np.mean(values):.4f} | {np.std(values, ddof=1):.4f} |"
            for name, values in (("CPU", found.cpu), ("GPU", found.gpu))
        ),
        "",
        f"Means differ by {found.apart:.4f}: {within} one SD of the CPU's ({found.spread:.4f}).",
        "",
    ]


def _grow(
    values: NDArray[np.float32], rounds: int, backend: str, threads: int, label: NDArray[np.bool_]
) -> None:
    parameters = learner(*values.shape, seed=0, threads=threads, backend=backend)
    lgb.train(parameters, lgb.Dataset(values, label), num_boost_round=rounds)


def seconds(
    backend: str, shape: tuple[int, int, int], jobs: int, rounds: int = FIXED_ROUNDS
) -> float:
    """Return the wall seconds of a model for every label, in so many processes of a thread."""
    values, truth = made_table(*shape)
    grow = partial(_grow, values, rounds, backend, 1)
    if jobs == 1:
        grow(truth[:, 0])  # compiles, on OpenCL
        began = time.perf_counter()
        for label in truth.T:
            grow(label)
        return time.perf_counter() - began
    with ProcessPoolExecutor(jobs) as pool:
        began = time.perf_counter()
        list(pool.map(grow, truth.T))
    return time.perf_counter() - began


def time_lines(
    tried: Sequence[TreeDevice], jobs: int, shape: tuple[int, int, int] = LARGE
) -> list[str]:
    """Return the time of training on the GPU, where one works, and on the CPU."""
    head = ["## Training: one model of LightGBM for each label", ""]
    found = tried[-1]
    if found.problem:
        problems = "; ".join(f"{each.backend}: {each.problem}" for each in tried)
        return [*head, f"No GPU for LightGBM: {problems}.", ""]
    rows, columns, labels = shape
    gpu, cpu = seconds(found.backend, shape, 1), seconds(CPU, shape, jobs)
    return [
        *head,
        (
            f"{rows:,} rows × {columns:,} columns, {labels} labels, {FIXED_ROUNDS} rounds each: "
            f"{gpu:.0f} s with {found.backend} on {found.name or 'a device without a name'}, "
            f"{cpu:.0f} s on {jobs} cores of the CPU, {cpu / gpu:.2f} times as long."
        ),
        "",
    ]


def main() -> int:
    """Compare macro F1 and print or write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="keep the result")
    chosen = parser.parse_args()
    tried = try_gpus()
    if tried[-1].problem:
        print("\n".join(time_lines(tried, 1)), file=sys.stderr)
        return 1
    found = scores()
    lines = score_lines(found, tried[-1], SMALL)
    publish("gpu-seeds", "Training on a GPU", lines, "lightgbm", "numpy", write=chosen.write)
    return 0 if found.apart <= found.spread else 1


if __name__ == "__main__":
    raise SystemExit(main())
