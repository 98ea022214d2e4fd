"""`hpa-feat merge`: folders that several machines wrote become one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hpa_feat_cli.app import run
from image_files import png, write
from in_process import IN_PROCESS
from made_fields import drawn_field

from hpa_features.io.store.opening import open_store

QUICK = ["--features", "Intensity", "--pixel-size-um", "0.32", *IN_PROCESS]


def extract(images: Path, out: Path, *options: str) -> int:
    return run(["extract", str(images), "-o", str(out), *QUICK, *options])


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Fields f0 to f3 in two folders, their tables in `a` and `b`, and those of all in `whole`."""
    folder = tmp_path_factory.mktemp("made")
    for seed in range(4):
        for channel, plane in drawn_field(seed)[0].planes.items():
            write(folder / f"images/{seed % 2}/f{seed}_{channel.colour}.png", png(plane))
    broken = folder / "images/1/f3_green.png"
    broken.write_bytes(broken.read_bytes()[:200])
    assert extract(folder / "images/0", folder / "a", "--keep-masks") == 0
    assert extract(folder / "images/1", folder / "b", "--keep-masks") == 3
    assert extract(folder / "images", folder / "whole") == 3
    return folder


@pytest.fixture
def copy(made, tmp_path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


def merge(*folders: Path, out: Path) -> int:
    return run(["merge", *map(str, folders), "-o", str(out)])


def table(folder: Path, level: str) -> pd.DataFrame:
    frame = pq.read_table(folder / level).to_pandas()
    return frame.sort_values(list(frame.columns[:2])).reset_index(drop=True)


def test_two_folders_become_what_one_run_would_have_written(made, tmp_path, capsys):
    out = tmp_path / "merged"
    assert merge(made / "a", made / "b", out=out) == 3
    for level in ("cells", "images"):
        pd.testing.assert_frame_equal(table(out, level), table(made / "whole", level))
    assert (out / "schema.json").read_text() == (made / "a/schema.json").read_text()
    assert (out / "failures.csv").read_text().splitlines()[1].startswith("f3,")
    names = {f"f{seed}_{what}.png" for seed in range(3) for what in ("cells", "nuclei")}
    assert {path.name for path in (out / "masks").iterdir()} == names
    same = made / "b/masks/f1_cells.png"
    assert (out / "masks/f1_cells.png").read_bytes() == same.read_bytes()
    capsys.readouterr()
    assert run(["status", str(out), "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["fields"], status["done"], status["failed"]) == (4, 3, 1)


def test_the_merged_folder_is_gone_on_with(made, tmp_path, capsys):
    out = tmp_path / "merged"
    assert merge(made / "a", made / "b", out=out) == 3
    before = {path: path.stat().st_mtime_ns for path in out.rglob("part-*")}
    assert extract(made / "images", out) == 3
    assert "4 of 4 fields were done before" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in out.rglob("part-*")} == before


def test_an_interrupted_merge_resumes(copy):
    out = copy / "merged"
    assert merge(copy / "a", copy / "b", out=out) == 3
    journal = out / "journal-0.jsonl"
    journal.write_text(journal.read_text().splitlines()[0][:-9])
    assert merge(copy / "a", copy / "b", out=out) == 3
    pd.testing.assert_frame_equal(table(out, "cells"), table(copy / "whole", "cells"))


def test_a_field_in_two_folders_is_refused(made, tmp_path, capsys):
    assert merge(made / "a", made / "whole", out=tmp_path / "merged") == 1
    assert "f0 was done in" in capsys.readouterr().err


def test_other_settings_and_other_columns_are_refused(copy, capsys):
    other, out = copy / "other", copy / "merged"
    assert extract(copy / "images/1", other, "--grid-um", "0.48") == 3
    assert merge(copy / "a", other, out=out) == 2
    error = capsys.readouterr().err
    assert "grid_um: 0.48 there, 0.32 now" in error
    assert "--overwrite" not in error
    schema = copy / "b/schema.json"
    schema.write_text(schema.read_text().replace("Cells_Intensity_Mean", "Cells_Intensity_Middle"))
    assert merge(copy / "a", copy / "b", out=out) == 2
    assert "different columns in" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("damage", ["cut", "gone", "journal"])
def test_a_damaged_folder_is_refused_and_says_what_to_do(copy, capsys, damage):
    [part] = (copy / "b/cells").glob("part-*")
    if damage == "cut":
        part.write_bytes(part.read_bytes()[:-1])
    elif damage == "gone":
        part.unlink()
    else:
        journal = copy / "a/journal-0.jsonl"
        lines = journal.read_text().splitlines()
        line = json.loads(lines[0])
        line["sharing"] = 2
        journal.write_text("\n".join([json.dumps(line), *lines[1:]]) + "\n")
    assert merge(copy / "a", copy / "b", out=copy / "merged") == 1
    error = capsys.readouterr().err
    assert "part-" in error
    assert "Run the command that wrote" in error


def test_a_folder_that_is_written_to_or_is_the_output_is_refused(copy, capsys):
    run_file = json.loads((copy / "b/run.json").read_text())
    with open_store(copy / "b", run_file):
        assert merge(copy / "a", copy / "b", out=copy / "merged") == 1
    assert "A run is writing to" in capsys.readouterr().err
    assert merge(copy / "a", copy / "b", out=copy / "b") == 2
    assert merge(copy / "images", out=copy / "merged") == 2
    assert "run.json" in capsys.readouterr().err
