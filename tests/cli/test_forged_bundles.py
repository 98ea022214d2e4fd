"""Forged bundles are refused, or are legal models whose predictions are finite."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from forged_bundles import KINDS, Files, forged, read_files, signed, with_isotonic, write_files
from hpa_feat_cli.app import run
from made_bundle import train_small, write_tables
from made_training import made_training
from predict_forged import MARK

from hpa_features.learn.calibrate import Platt

RUNNER = Path(__file__).parents[1] / "predict_forged.py"
SECONDS = 120  # a forgery takes about 0.1 s, many times that on a busy machine; more is a hang


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
        rest = "".join(f"{each}\n" for each in bundles[len(found) :]).encode()
        done = subprocess.run(command, input=rest, capture_output=True, check=False)
        lines = done.stdout.decode(errors="replace").split("\n")
        found += [line.removeprefix(MARK) for line in lines if line.startswith(MARK)]
        if done.returncode:
            found.append(f"ended by {done.returncode}: {done.stderr[-1000:]!r}")
    return found


def check_forged(bases: tuple[Base, ...], seeds: range, folder: Path) -> Counter[str]:
    """Return how many forgeries are refused, and how many are legal models."""
    kinds: Counter[str] = Counter()
    for number, base in enumerate(bases):
        mine = [seed for seed in seeds if seed // len(KINDS) % len(bases) == number]
        genuine = write_files(base.files, folder / f"genuine-{number}")
        bundles = [write_files(forged(base.files, seed), folder / f"{seed}") for seed in mine]
        first, *found = outcomes(base, [genuine, *bundles])
        assert first == "finite"
        wrong = [
            f"seed {seed}: {outcome}"
            for seed, outcome in zip(mine, found, strict=True)
            if outcome != "finite" and not outcome.startswith("refused: ")
        ]
        assert not wrong, "\n".join(wrong)
        kinds.update(outcome.split(":")[0] for outcome in found)
    return kinds


def test_forged_bundles_are_refused_or_predict_finite_numbers(bases, tmp_path):
    kinds = check_forged(bases, range(60), tmp_path)
    assert kinds["refused"] > 30
    assert kinds["finite"] > 3


def test_a_prediction_that_is_not_finite_is_an_error(bases, tmp_path, capsys, monkeypatch):
    """No bundle that passes the checks gives one; should one do so, nothing is written."""
    monkeypatch.setattr(Platt, "apply", lambda _, raw: np.full_like(raw, np.nan))
    model, out = write_files(bases[0].files, tmp_path / "model"), tmp_path / "out.csv"
    assert run(["predict", str(model), str(bases[0].features), "-q", "-o", str(out)]) == 1
    error = " ".join(capsys.readouterr().err.split())
    assert f"error: {model} gives predictions that cannot be used: label1 is not a finite" in error
    assert not out.exists()


@pytest.mark.long
def test_many_forged_bundles_are_refused_or_predict_finite_numbers(bases, tmp_path):
    kinds = check_forged(bases, range(1000, 1600), tmp_path)
    assert kinds["refused"] > 300
    assert kinds["finite"] > 60


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (r"leaf_value=\S+", "leaf_value=nan", "leaf_value must be numbers from"),
        (r"left_child=\S+", "left_child=0", "left_child and right_child must reach"),
        (r"tree_sizes=\S+", "tree_sizes=99999999", "tree_sizes must be the sizes"),
        ("split_gain=", "\nsplit_gain=", "unknown line: ''"),
    ],
)
def test_a_forged_booster_is_one_line_that_names_the_file(
    bases, tmp_path, capsys, old, new, message
):
    name = "boosters/label-001-fold-2.txt"
    text = re.sub(old, new, bases[0].files[name].decode(), count=1)
    facts = json.loads(bases[0].files["model.json"])
    model = write_files(signed(bases[0].files, facts, {name: text.encode()}), tmp_path / "model")
    assert run(["predict", str(model), str(bases[0].features), "-q"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = (each for each in err.splitlines() if each)
    assert line.startswith(f"error: {model / name}, tree 0") or "tree_sizes" in line
    assert message in " ".join(err.split())
