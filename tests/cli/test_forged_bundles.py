"""Forged bundles are refused, or are legal models whose predictions are finite."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from forged_bundles import Files, read_files, with_isotonic, write_forged
from made_bundle import train_small, write_tables
from made_training import made_training
from predict_forged import MARK

RUNNER = Path(__file__).parents[1] / "predict_forged.py"
SECONDS = 20  # a forgery takes about 0.05 s; more is a hang


@dataclass(frozen=True)
class Base:
    """A genuine bundle, and rows that it predicts."""

    files: Files
    features: Path
    cells: str = ""


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    """One model with plates, blending, stacking, and both calibrations; one that scores cells."""
    folder = tmp_path_factory.mktemp("genuine")
    write_tables(folder, groups=40, columns=6, shares=(0.5, 0.3, 1))
    table = pq.read_table(folder / "features.parquet")
    plates = pa.array([f"P{row % 2}" for row in range(table.num_rows)])
    pq.write_table(table.append_column("Metadata_Plate", plates), folder / "features.parquet")
    train_small(folder, folds=3, normalize="Metadata_Plate")
    values = [table.column(name).to_numpy().copy() for name in table.column_names[2:]]
    odd = [np.nan, np.inf, 3e38, -3e38, 1e-45, 0]
    for at, each in enumerate(values):
        each[at : at + len(odd)] = np.nan_to_num(odd, nan=np.nan, posinf=1e38)
    new = {name: values[at] for at, name in enumerate(table.column_names[2:])}
    ids = [f"new{row}" for row in range(table.num_rows)]
    pq.write_table(pa.table({"Id": ids, "Metadata_Plate": plates, **new}), folder / "new.parquet")

    with_cells = tmp_path_factory.mktemp("genuine-cells")
    write_tables(with_cells, groups=24, rows_a_group=2, columns=4, shares=(0.5, 0.4))
    data = made_training(groups=24, rows_a_group=2, columns=4, shares=(0.5, 0.4))
    cells = np.repeat(data.values, 4, axis=0) + np.random.default_rng(0).normal(size=(192, 4))
    columns = {f"Cells_{at}": cells[:, at].astype(np.float32) for at in range(4)}
    named = {"Metadata_Id": np.repeat(data.ids, 4).tolist(), **columns}
    pq.write_table(pa.table(named), with_cells / "cells.parquet")
    train_small(with_cells, folds=3, train_on="both", cells=str(with_cells / "cells.parquet"))
    return (
        Base(with_isotonic(read_files(folder / "model")), folder / "new.parquet"),
        Base(
            read_files(with_cells / "model"),
            with_cells / "features.parquet",
            str(with_cells / "cells.parquet"),
        ),
    )


def outcomes(base: Base, bundles: list[Path]) -> list[str]:
    """Return what comes of predicting with each bundle."""
    found: list[str] = []
    command = [sys.executable, "-W", "error", RUNNER, base.features, base.cells, str(SECONDS)]
    while len(found) < len(bundles):
        rest = "".join(f"{each}\n" for each in bundles[len(found) :])
        done = subprocess.run(
            command,
            input=rest,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        lines = [line for line in done.stdout.split("\n") if line.startswith(MARK)]
        found += [line.removeprefix(MARK) for line in lines]
        if done.returncode:
            found.append(f"ended by {done.returncode}: {done.stderr[:300]}")
    return found


def predict_forged(bases: tuple[Base, ...], seeds: range, folder: Path) -> Counter[str]:
    """Return how often what came of the forgeries; all but two outcomes fail the test."""
    kinds: Counter[str] = Counter()
    for number, base in enumerate(bases):
        mine = [seed for seed in seeds if seed % 4 % 2 == number or seed % 12 == 11]
        bundles = [folder / f"{number}-{seed}" for seed in mine]
        done = [write_forged(base.files, seed, each) for seed, each in zip(mine, bundles)]
        found = outcomes(base, bundles)
        wrong = [
            f"{what}: {outcome}"
            for what, outcome in zip(done, found)
            if outcome != "finite" and not outcome.startswith("refused: ")
        ]
        assert not wrong, "\n".join(wrong)
        kinds.update(outcome.split(":")[0] for outcome in found)
    return kinds


def test_the_genuine_bundles_predict(bases, tmp_path):
    for number, base in enumerate(bases):
        for name, content in base.files.items():
            path = tmp_path / str(number) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        assert outcomes(base, [tmp_path / str(number)]) == ["finite"]


def test_forged_bundles_are_refused_or_predict_finite_numbers(bases, tmp_path):
    kinds = predict_forged(bases, range(60), tmp_path)
    assert kinds["refused"] > 30
    assert kinds["finite"] > 3


@pytest.mark.long
def test_many_forged_bundles_are_refused_or_predict_finite_numbers(bases, tmp_path):
    kinds = predict_forged(bases, range(1000, 1600), tmp_path)
    assert kinds["refused"] > 300
