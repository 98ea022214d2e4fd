"""extract from files to tables; the command line over it is in tests/cli."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from image_files import COLOURS, pixels, png, write
from listener import Listener
from small_extracts import ONE_FAMILY, settings

from hpa_features.core.errors import DataError
from hpa_features.core.settings import InputSettings, SegmenterName
from hpa_features.io.store.failures import read_failures
from hpa_features.io.tables import read_features
from hpa_features.pipeline.extract import extract, extract_table
from hpa_features.running.pool import LocalExecutor


def ids(table: pa.Table) -> list[str]:
    return table["Metadata_Id"].to_pylist()


def test_a_folder_holds_both_tables_and_what_they_are(drawn, tmp_path):
    out = tmp_path / "out"
    summary = extract(str(drawn / "images"), str(out), ONE_FAMILY)
    images, cells = pq.read_table(out / "images"), pq.read_table(out / "cells")
    assert (summary.fields, summary.failures, summary.output) == (5, 0, str(out))
    assert sorted(ids(images)) == [f"f{n}" for n in range(5)]
    assert summary.cells == cells.num_rows > 5
    features = [name for name in images.column_names if not name.startswith("Metadata_")]
    assert summary.features == len(features)
    schema = json.loads((out / "schema.json").read_text())
    assert [each["name"] for each in schema["images"]] == images.column_names
    [words] = [e for e in schema["images"] if e["name"] == "Nuclei_Intensity_CV_Protein_Median"]
    assert (words["block"], words["family"]) == ("Nucleus × Intensity", "Intensity")
    assert words["meaning"]
    assert words["source"]
    assert json.loads((out / "run.json").read_text())["settings"]["families"] == ["Intensity"]
    assert not (out / "failures.csv").exists()


def test_store_file_and_memory_say_the_same_of_their_columns(drawn, tmp_path):
    for name in ("out", "t.parquet", "t.arrow"):
        extract(str(drawn / "images"), str(tmp_path / name), ONE_FAMILY)
    pq.write_table(extract_table(str(drawn / "images"), ONE_FAMILY).table, tmp_path / "m.parquet")
    tables = [read_features(str(path)) for path in sorted(tmp_path.iterdir())]
    assert len(tables) == 4
    for table in tables[1:]:
        assert table.columns == tables[0].columns
        assert table.settings == tables[0].settings
        assert all(column.meaning for column in table.columns)


def test_jobs_change_no_byte(drawn, tmp_path):
    for jobs in (1, 2):
        name = str(tmp_path / f"{jobs}.parquet")
        executor = LocalExecutor(jobs)
        extract(str(drawn / "images"), name, settings(), executor=executor, level="cells")
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.parquet", "2.parquet"]


def test_a_file_has_the_manifests_order(drawn, tmp_path):
    rows = [f"f{n}," + ",".join(f"f{n}_{c}.png" for c in COLOURS) for n in (3, 0, 4, 1, 2)]
    manifest = drawn / "images" / "shuffled.csv"
    manifest.write_text("\n".join(["Id,blue,red,yellow,green", *rows]))
    table = extract_table(str(manifest), ONE_FAMILY).table
    assert ids(table) == ["f3", "f0", "f4", "f1", "f2"]
    manifest.unlink()


def test_fields_without_cells_have_a_row_and_a_warning(tmp_path, images):
    for colour in COLOURS:
        write(images / f"f2_{colour}.png", png(np.full((128, 144), 7, np.uint8)))
    told = Listener()
    table = extract_table(str(images), ONE_FAMILY, told).table
    row = table.slice(ids(table).index("f2"), 1).to_pylist()[0]
    assert row["Metadata_CellCount"] == 0
    assert np.isnan(row["Cells_Intensity_Mean_Protein_Median"])
    assert "no cells in 1 field" in str(told)
    assert "f2" in str(told)


def test_failing_fields_are_rows_and_the_others_go_on(images, tmp_path):
    write(images / "f0_red.png", (images / "f0_red.png").read_bytes()[:200])
    write(images / "f1_green.png", png(pixels(shape=(64, 64))))
    (images / "f2_yellow.png").unlink()
    out = tmp_path / "out"
    summary = extract(str(images), str(out), ONE_FAMILY)
    assert (summary.fields, summary.failures) == (2, 3)
    rows = {row.id: row for row in read_failures(out / "failures.csv")}
    assert {name: row.stage for name, row in rows.items()} == {
        "f0": "read",
        "f1": "read",
        "f2": "find",
    }
    assert rows["f0"].file.endswith("f0_red.png")
    assert "size" in rows["f1"].error
    assert "--allow-missing yellow" in rows["f2"].hint


def test_an_unexpected_error_is_one_fields_own(drawn, tmp_path, monkeypatch):
    from hpa_features.pipeline import extract_fields

    real = extract_fields.segment_fields

    def break_one(sources, *rest):
        if any(source.id == "f3" for source in sources):
            raise ZeroDivisionError("half of nothing")
        return real(sources, *rest)

    monkeypatch.setattr(extract_fields, "segment_fields", break_one)
    result = extract_table(str(drawn / "images"), ONE_FAMILY)
    assert ids(result.table) == ["f0", "f1", "f2", "f4"]
    [failure] = result.failed
    assert (failure.id, failure.stage) == ("f3", "internal")
    assert "half of nothing" in failure.error


def test_batches_too_large_for_memory_are_measured_in_halves(drawn, monkeypatch):
    from hpa_features.pipeline import extract_fields, measuring_device

    whole = extract_table(str(drawn / "images"), ONE_FAMILY).table
    real, sizes = extract_fields.segment_fields, []

    def room_for_one(sources, *rest):
        sizes.append(len(sources))
        if len(sources) > 1:
            raise MemoryError("room for one")
        return real(sources, *rest)

    monkeypatch.setattr(extract_fields, "segment_fields", room_for_one)
    monkeypatch.setattr(measuring_device, "CPU_PIXELS", 10**9)
    result = extract_table(str(drawn / "images"), ONE_FAMILY)
    assert sizes == [1, 1, 1, 2, 1, 1]  # the last part has two fields
    assert result.failed == ()
    assert result.table.equals(whole)


def test_fields_give_the_same_parts_whatever_the_batches(drawn, tmp_path, monkeypatch):
    from hpa_features.pipeline import measuring_device

    found = []
    for size in (1, 20_000, 10**9):
        monkeypatch.setattr(measuring_device, "CPU_PIXELS", size)
        out = tmp_path / f"out{size}"
        extract(str(drawn / "images"), str(out), ONE_FAMILY)
        parts = sorted(p for p in out.rglob("part-*"))
        found.append({p.relative_to(out): p.read_bytes() for p in parts})
    assert found[0] == found[1] == found[2]


def test_columns_leave_out_what_nobody_reads(drawn):
    one = "Cells_Intensity_Gini_Protein"
    whole = extract_table(str(drawn / "images"), ONE_FAMILY).table
    few = extract_table(str(drawn / "images"), replace(ONE_FAMILY, columns=(f"{one}_Q90",))).table
    measured = [name for name in few.column_names if not name.startswith(("Metadata_", "Image_"))]
    assert measured == [f"{one}_{each}" for each in ("Median", "Q10", "Q90")]
    for name in measured:
        assert few[name].equals(whole[name])


def test_when_all_fail_the_first_is_named(images, tmp_path):
    for path in images.iterdir():
        write(path, b"no image")
    out = tmp_path / "out"
    with pytest.raises(DataError, match="none of 5 fields") as caught:
        extract(str(images), str(out), ONE_FAMILY)
    assert "f0" in caught.value.message
    assert len(read_failures(out / "failures.csv")) == 5


def test_missing_yellow_leaves_its_columns_out_of_all_rows(images):
    (images / "f2_yellow.png").unlink()
    told = Listener()
    lenient = InputSettings(pixel_size_um=0.32, allow_missing_yellow=True)
    result = extract_table(str(images), settings(input=lenient), told)
    assert len(result.table) == 5
    assert result.failed == ()
    assert not any("_ER" in name for name in result.table.column_names)
    assert "1 of 5 fields have no yellow" in str(told)


def test_given_masks_are_taken_and_their_lack_is_a_failure(drawn, tmp_path):
    masks = Path(shutil.copytree(drawn / "masks", tmp_path / "masks"))
    (masks / "f4_cells.png").unlink()
    given = settings(input=InputSettings(pixel_size_um=0.32, masks=str(masks)))
    result = extract_table(str(drawn / "images"), given, level="cells")
    assert ids(result.table) == [f"f{n}" for n in range(4) for _ in range(3)]
    numbers = result.table["Metadata_ObjectNumber"].to_pylist()
    assert sorted(numbers) == sorted([1, 2, 3] * 4)
    assert [(each.id, each.stage) for each in result.failed] == [("f4", "masks")]


def test_coarse_fields_are_told_the_grid_that_fits(drawn):
    told = Listener()
    coarse = settings(input=InputSettings(pixel_size_um=0.48), segmenter=SegmenterName.WHOLE_FIELD)
    extract_table(str(drawn / "images"), coarse, told)
    assert "--grid-um 0.48" in str(told)
