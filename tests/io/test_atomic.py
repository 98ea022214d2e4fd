from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from hpa_features.core.types import Masks
from hpa_features.io import atomic
from hpa_features.io.atomic import replacing_folder, sweep, write_json
from hpa_features.io.masks import write_masks
from hpa_features.io.row_files import write_rows
from hpa_features.io.store.journal import rewrite_journal
from hpa_features.io.store.output import TableFormat
from hpa_features.io.store.parts import write_part
from hpa_features.io.store.writers import write_table_file


def masks(highest: int) -> Masks:
    labels = np.array([[0, highest]], np.int32)
    return Masks(labels, labels, np.arange(1, highest + 1), np.ones(highest, np.int32))


TABLE = pa.table({"x": [1.0]})
WRITERS = {
    "json": lambda folder: write_json(folder / "a.json", {}),
    "rows as CSV": lambda folder: write_rows(folder / "a.csv", ["x"], [[1]]),
    "rows as Parquet": lambda folder: write_rows(folder / "a.parquet", ["x"], [[1]]),
    "PNG masks": lambda folder: write_masks(masks(1), folder, "f"),
    "TIFF masks": lambda folder: write_masks(masks(70_000), folder, "f"),
    "journal": lambda folder: rewrite_journal(folder / "journal-0.jsonl", []),
    "part": lambda folder: write_part(folder, "part-1", {"cells": TABLE}),
    "table": lambda folder: write_table_file(
        folder / "a.arrow", TableFormat.ARROW, TABLE.schema, [TABLE]
    ),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_every_writer_flushes_a_temporary_file_that_the_sweeper_knows(tmp_path, monkeypatch, write):
    flushed = []
    to_disk = atomic._to_disk

    def killed(path: Path) -> None:
        flushed.append(path)
        to_disk(path)
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic, "_to_disk", killed)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)  # a killed process tidies nothing up
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path)
    monkeypatch.undo()
    assert len(flushed) == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == flushed
    sweep(tmp_path)
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def test_a_folder_is_whole_or_as_before(tmp_path):
    folder = tmp_path / "new" / "model"
    with replacing_folder(folder) as work:
        (work / "a").write_text("first")
    with pytest.raises(FileNotFoundError), replacing_folder(folder) as work:
        (work / "no" / "such").touch()
    assert [path.read_text() for path in folder.iterdir()] == ["first"]
    with replacing_folder(folder) as work:
        (work / "b").write_text("third")
    assert [path.name for path in folder.iterdir()] == ["b"]
    assert list(folder.parent.iterdir()) == [folder]


def test_a_folder_that_cannot_take_its_place_leaves_the_old_one(tmp_path, monkeypatch):
    folder = tmp_path / "model"
    folder.mkdir()
    rename = Path.rename

    def refuse_new(path: Path, to: Path) -> Path:
        if path.name == "new":
            raise PermissionError
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", refuse_new)
    with pytest.raises(PermissionError), replacing_folder(folder):
        pass
    assert list(tmp_path.iterdir()) == [folder]


def test_a_half_made_folder_is_swept_too(tmp_path):
    work = Path(f"{atomic._unfinished()}-model")
    (tmp_path / work / "new").mkdir(parents=True)
    sweep(tmp_path)
    assert not any(tmp_path.iterdir())
