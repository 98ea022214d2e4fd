"""A run ends well only when every result is in its folder, whoever removed it meanwhile."""

from __future__ import annotations

import io
import shutil
import tempfile
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from image_files import COLOURS, png, write
from made_fields import drawn_field

from hpa_features.core.errors import DataError
from hpa_features.core.progress import SILENT
from hpa_features.core.settings import (
    AuditSettings,
    ExtractSettings,
    InputSettings,
    Level,
    SegmentSettings,
)
from hpa_features.io.arrow import read_arrow
from hpa_features.io.cells import open_cells
from hpa_features.io.tables import read_features
from hpa_features.pipeline.audit import audit
from hpa_features.pipeline.extract import extract, extract_table
from hpa_features.pipeline.segment import segment

KNOWN_SIZE = InputSettings(pixel_size_um=0.32)
ONE_FAMILY = ExtractSettings(input=KNOWN_SIZE, families=("AreaShape",))


@pytest.fixture(scope="module")
def fields(tmp_path_factory):
    """Five fields, which one job does in parts of two."""
    folder = tmp_path_factory.mktemp("fields")
    for seed in range(5):
        field, _ = drawn_field(seed)
        for channel, plane in field.planes.items():
            write(folder / f"f{seed}_{channel.colour}.png", png(plane))
    return str(folder)


class Remover:
    """A `Progress` that removes what a pattern finds in a folder after three fields."""

    def __init__(self, folder, pattern):
        self.folder, self.pattern, self.left = folder, pattern, -1
        self.finish, self.note, self.warn = SILENT.finish, SILENT.note, SILENT.warn

    def start(self, what, _total, _done=0):
        self.left = 3 if what == "fields" else -1

    def advance(self, steps=1):
        before, self.left = self.left, self.left - steps
        if before > 0 >= self.left:  # a batch may have more than the one that is missing
            for path in self.folder.glob(self.pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


VERBS = {
    "a folder": lambda fields, at, told: extract(fields, str(at / "out"), ONE_FAMILY, told),
    "a file": lambda fields, at, told: extract(fields, str(at / "out.csv"), ONE_FAMILY, told),
    "a stream": lambda fields, _, told: extract(fields, "-", ONE_FAMILY, told, stdout=io.BytesIO()),
    "memory, as predict takes images": lambda fields, _, told: extract_table(
        fields, ONE_FAMILY, told, cells=True
    ),
    "masks": lambda fields, at, told: segment(
        fields, str(at / "out"), SegmentSettings(input=KNOWN_SIZE), told
    ),
}
PLACES = {"a file": ".out.csv.parts", "a folder": "out", "masks": "out"}


@pytest.mark.parametrize("verb", VERBS)
def test_a_folder_removed_during_the_run_is_an_error(verb, fields, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    told = Remover(tmp_path, PLACES.get(verb, "hpa-feat-*"))
    with pytest.raises(DataError, match="the folder was removed or changed during the run"):
        VERBS[verb](fields, tmp_path, told)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("name", ["run.json", "schema.json", "cells/part-*", "images/part-*"])
def test_a_file_removed_during_the_run_is_an_error_and_made_by_the_next_run(name, fields, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(DataError, match="such as") as caught:
        extract(fields, str(out), ONE_FAMILY, Remover(out, name))
    assert "Run the same command again" in caught.value.hint
    extract(fields, str(out), ONE_FAMILY)
    assert pq.read_table(out / "images").num_rows == 5
    assert (out / "run.json").exists()


@pytest.fixture(scope="module")
def empty_among_good(tmp_path_factory):
    """Two fields with cells and four without; one job does them in parts of two, in order."""
    folder = tmp_path_factory.mktemp("empty")
    for number in range(6):
        field, _ = drawn_field(number)
        for channel, plane in field.planes.items():
            empty = number in (1, 2, 3, 5)
            shown = np.zeros_like(plane) if empty else plane
            write(folder / f"f{number}_{channel.colour}.png", png(shown))
    return str(folder)


@pytest.mark.parametrize("ending", ["parquet", "csv", "csv.gz", "arrow", "stream"])
def test_a_table_of_cells_with_a_part_of_empty_fields(ending, empty_among_good, tmp_path):
    if ending == "stream":
        stdout = io.BytesIO()
        extract(empty_among_good, "-", ONE_FAMILY, level=Level.CELLS, stdout=stdout)
        table = read_arrow(io.BytesIO(stdout.getvalue()))
    else:
        path = tmp_path / f"cells.{ending}"
        extract(empty_among_good, str(path), ONE_FAMILY, level=Level.CELLS)
        table = read_arrow(str(path))
    assert sorted(set(table["Metadata_Id"].to_pylist())) == ["f0", "f4"]


def test_fields_without_any_cell_give_a_header(tmp_path):
    for colour in COLOURS:
        write(tmp_path / f"void_{colour}.png", png(np.zeros((128, 144), np.uint8)))
    told = extract_table(str(tmp_path), ONE_FAMILY, level=Level.CELLS)
    assert told.table.num_rows == 0
    assert told.table.schema.field("Metadata_ObjectNumber").type == pa.int64()
    extract(str(tmp_path), str(tmp_path / "c.csv"), ONE_FAMILY, level=Level.CELLS)
    assert (tmp_path / "c.csv").read_text().startswith("Metadata_Id,")
    audit(str(tmp_path), str(tmp_path / "audit"), AuditSettings(input=KNOWN_SIZE))


@pytest.mark.parametrize("how", ["removed", "cut"])
def test_a_folder_that_lost_a_part_later_is_refused_until_it_is_whole(how, fields, tmp_path):
    """Its rows would be missing from a training without a word."""
    out = tmp_path / "out"
    extract(fields, str(out), ONE_FAMILY)
    for level, read in {"images": read_features, "cells": partial(open_cells, known={})}.items():
        part = sorted((out / level).glob("part-*"))[1]
        if how == "removed":
            part.unlink()
        else:
            part.write_bytes(part.read_bytes()[:-9])
        with pytest.raises(DataError, match="1 part is missing or damaged, such as") as caught:
            read(str(out))
        assert "same command again" in caught.value.hint
        extract(fields, str(out), ONE_FAMILY)
        read(str(out))
    assert len(read_features(str(out)).ids) == 5
