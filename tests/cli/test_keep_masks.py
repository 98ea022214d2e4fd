"""extract --keep-masks: the masks that were measured lie next to the tables, and are used again."""

from __future__ import annotations

import shutil
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from hpa_feat_cli.app import run
from in_process import IN_PROCESS
from pyarrow import parquet

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
QUICK = ("--features", "Intensity", "--pixel-size-um", "0.32", *IN_PROCESS)


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> Path:
    """A field with masks whose labels are multiples of 7."""
    folder = tmp_path_factory.mktemp("images")
    for file in GOLDEN.glob("eight_*.png"):
        shutil.copy(file, folder / file.name)
    for what in ("cells", "nuclei"):
        path = folder / f"eight_{what}.png"
        labels = imagecodecs.png_decode(path.read_bytes()).astype(np.uint16)
        path.write_bytes(imagecodecs.png_encode(labels * 7))
    return folder


def cells_of(store: Path):
    (part,) = (store / "cells").glob("part-*.parquet")
    return parquet.read_table(part).to_pandas()


def test_masks_are_kept_with_their_numbers_and_measure_the_same(images, tmp_path):
    given, again = (str(tmp_path / name) for name in ("given", "again"))
    common = ["extract", str(images), *QUICK, "--quiet"]
    assert run([*common, "--masks", str(images), "-o", given]) == 0
    assert not (Path(given) / "masks").exists()
    before = cells_of(Path(given))
    assert run([*common, "--masks", str(images), "-o", given, "--keep-masks"]) == 0
    masks = Path(given) / "masks"
    assert {path.name for path in masks.iterdir()} == {"eight_cells.png", "eight_nuclei.png"}
    labels = imagecodecs.png_decode((masks / "eight_cells.png").read_bytes())
    assert set(np.unique(labels)) - {0} == set(before["Metadata_ObjectNumber"])
    assert before.equals(cells_of(Path(given)))
    assert run([*common, "--masks", str(masks), "-o", again]) == 0
    assert before.equals(cells_of(Path(again)))
    stamp = (masks / "eight_cells.png").stat().st_mtime_ns
    assert run([*common, "--masks", str(images), "-o", given, "--keep-masks"]) == 0
    assert (masks / "eight_cells.png").stat().st_mtime_ns == stamp, "a complete run does nothing"


def test_a_single_table_has_no_place_for_masks(images, tmp_path, capsys):
    output = tmp_path / "table.csv"
    assert run(["extract", str(images), *QUICK, "-o", str(output), "--keep-masks"]) == 2
    assert "--keep-masks needs a folder for -o" in capsys.readouterr().err
    assert not output.exists()
