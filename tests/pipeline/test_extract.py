"""extract and segment from files to tables; the command line over them is in tests/cli."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from image_files import COLOURS, pixels, png, write
from made_fields import write_fields

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.progress import SILENT
from hpa_features.core.settings import ExtractSettings, InputSettings, SegmenterName
from hpa_features.io.store.failures import read_failures
from hpa_features.io.tables import read_features
from hpa_features.pipeline.extract import extract, extract_table
from hpa_features.pipeline.segment import segment
from hpa_features.running.pool import LocalExecutor

KNOWN_SIZE = InputSettings(pixel_size_um=0.32)
ONE_FAMILY = ExtractSettings(input=KNOWN_SIZE, families=("Intensity",))


def settings(**changes: object) -> ExtractSettings:
    return ExtractSettings(**({"input": KNOWN_SIZE, "families": ("Intensity",)} | changes))


class Told:
    """A `Progress` that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.start, self.advance, self.finish = SILENT.start, SILENT.advance, SILENT.finish
        self.note = self.warn = self.lines.append

    def __str__(self) -> str:
        return "\n".join(self.lines)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory) -> Path:
    """A folder of five fields with three cells each, and their masks in ``masks``."""
    folder = tmp_path_factory.mktemp("drawn")
    write_fields(folder, 5)
    return folder


@pytest.fixture
def images(drawn, tmp_path) -> Path:
    """A copy of the fields that a test may damage."""
    return Path(shutil.copytree(drawn / "images", tmp_path / "images"))


def ids(table: pa.Table) -> list[str]:
    return table["Metadata_Id"].to_pylist()


def modified(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*/part-*")}


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


def test_an_interrupted_run_goes_on_and_does_nothing_twice(drawn, tmp_path):
    class Stopped(Told):
        """Interrupts after three fields."""

        def __init__(self) -> None:
            super().__init__()
            self.done = 0
            self.start, self.advance = self.begin, self.count

        def begin(self, what: str, _total: int | None) -> None:
            self.done = 0 if what == "fields" else -1000

        def count(self, steps: int = 1) -> None:
            self.done += steps
            if self.done >= 3:
                raise KeyboardInterrupt

    out = tmp_path / "out"
    stopped = Stopped()
    with pytest.raises(KeyboardInterrupt):
        extract(str(drawn / "images"), str(out), ONE_FAMILY, stopped)
    assert "2 fields are kept" in str(stopped)
    assert all(column.meaning for column in read_features(str(out)).columns)
    before = modified(out)
    assert 0 < len(before) < 10
    told = Told()
    summary = extract(str(drawn / "images"), str(out), ONE_FAMILY, told)
    assert summary.fields == 5
    assert before.items() <= modified(out).items()
    assert "were done before" in str(told)
    whole = extract_table(str(drawn / "images"), ONE_FAMILY).table
    assert pq.read_table(out / "images").sort_by("Metadata_Id").equals(whole)


def test_fields_without_cells_have_a_row_and_a_warning(tmp_path, images):
    for colour in COLOURS:
        write(images / f"f2_{colour}.png", png(np.full((128, 144), 7, np.uint8)))
    told = Told()
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


def test_failed_fields_are_done_when_their_files_are_mended(drawn, images, tmp_path):
    write(images / "f0_red.png", b"")
    out = tmp_path / "out"
    assert extract(str(images), str(out), ONE_FAMILY).failures == 1
    assert extract(str(images), str(out), ONE_FAMILY).failures == 1
    shutil.copy(drawn / "images" / "f0_red.png", images / "f0_red.png")
    before = modified(out)
    summary = extract(str(images), str(out), ONE_FAMILY)
    assert (summary.fields, summary.failures) == (5, 0)
    assert before.items() <= modified(out).items()
    assert not (out / "failures.csv").exists()


def test_a_truncated_part_is_done_again(drawn, tmp_path):
    out = tmp_path / "out"
    extract(str(drawn / "images"), str(out), ONE_FAMILY)
    whole = pq.read_table(out / "images").sort_by("Metadata_Id")
    part = min((out / "images").glob("part-*"))
    part.write_bytes(part.read_bytes()[:-50])
    assert extract(str(drawn / "images"), str(out), ONE_FAMILY).fields == 5
    assert pq.read_table(out / "images").sort_by("Metadata_Id").equals(whole)


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
    told = Told()
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


def test_a_changed_mask_is_a_changed_input(drawn, tmp_path):
    masks = Path(shutil.copytree(drawn / "masks", tmp_path / "masks"))
    given = settings(input=InputSettings(pixel_size_um=0.32, masks=str(masks)))
    out = tmp_path / "out"
    assert extract(str(drawn / "images"), str(out), given).cells == 15
    one = np.zeros((128, 144), np.uint16)
    one[10:60, 10:60] = 1
    write(masks / "f4_cells.png", png(one))
    assert extract(str(drawn / "images"), str(out), given).cells == 13


def test_a_changed_mask_of_cellpose_is_a_changed_input(drawn, tmp_path):
    masks = tmp_path / "masks"
    for path in (drawn / "masks").glob("*_cells.png"):
        write(masks / f"{path.name.removesuffix('_cells.png')}_red_cp_masks.png", path.read_bytes())
    given = settings(
        input=InputSettings(pixel_size_um=0.32, masks=str(masks), cp_masks="cells"),
    )
    out = tmp_path / "out"
    before = extract(str(drawn / "images"), str(out), given).cells
    one = np.zeros((128, 144), np.uint16)
    one[10:60, 10:60] = 1
    write(masks / "f4_red_cp_masks.png", png(one))
    assert extract(str(drawn / "images"), str(out), given).cells == before - 2


def test_other_settings_and_an_existing_file_are_refused(drawn, tmp_path):
    out = tmp_path / "out"
    extract(str(drawn / "images"), str(out), ONE_FAMILY)
    with pytest.raises(UsageError, match=r"grid_um: 0.32 there, 0.48 now"):
        extract(str(drawn / "images"), str(out), settings(grid_um=0.48))
    file = tmp_path / "t.csv"
    file.touch()
    with pytest.raises(UsageError, match="exists"):
        extract(str(drawn / "images"), str(file), ONE_FAMILY)
    extract(str(drawn / "images"), str(file), settings(overwrite=True))
    assert len(file.read_text().splitlines()) == 6


def test_coarse_fields_are_told_the_grid_that_fits(drawn):
    told = Told()
    coarse = settings(input=InputSettings(pixel_size_um=0.48), segmenter=SegmenterName.WHOLE_FIELD)
    extract_table(str(drawn / "images"), coarse, told)
    assert "--grid-um 0.48" in str(told)


def test_segment_writes_masks_that_extract_takes(drawn, tmp_path):
    out, pictures = tmp_path / "masks", tmp_path / "pictures"
    summary = segment(str(drawn / "images"), str(out), settings(), preview=str(pictures))
    assert summary.fields == 5
    assert sorted(path.name for path in pictures.iterdir()) == [f"f{n}.png" for n in range(5)]
    given = settings(input=InputSettings(pixel_size_um=0.32, masks=str(out)))
    assert len(extract_table(str(drawn / "images"), given, level="cells").table) == summary.cells


def test_masks_and_pictures_of_others_are_not_replaced_by_a_first_run(drawn, tmp_path):
    out, pictures = tmp_path / "masks", tmp_path / "pictures"
    for mine in (out / "f0_cells.png", pictures / "f1.png"):
        write(mine, b"mine")
        with pytest.raises(UsageError, match=f"already holds {mine.name}"):
            segment(str(drawn / "images"), str(out), settings(), preview=str(pictures))
        assert mine.read_bytes() == b"mine"
        mine.unlink()
    write(out / "f0_cells.png", b"mine")
    assert segment(str(drawn / "images"), str(out), settings(overwrite=True)).fields == 5
    assert segment(str(drawn / "images"), str(out), settings()).fields == 5


def test_segment_does_again_what_is_gone_only(drawn, tmp_path):
    out = tmp_path / "masks"
    segment(str(drawn / "images"), str(out), settings())
    os.utime(out / "f1_cells.png", ns=(0, 0))
    (out / "f0_nuclei.png").unlink()
    told = Told()
    assert segment(str(drawn / "images"), str(out), settings(), told).fields == 5
    assert "4 of 5 fields were done before" in str(told)
    assert (out / "f0_nuclei.png").exists()
    assert (out / "f1_cells.png").stat().st_mtime_ns == 0


def manifest_of(images: Path, name: str, ids: str, **metadata: str) -> str:
    """Write a manifest of some of the fields, each with the same further columns."""
    rows = [
        [f"f{n}", *(str(images / f"f{n}_{c}.png") for c in COLOURS), *metadata.values()]
        for n in ids
    ]
    header = ["Id", *COLOURS, *(f"Metadata_{key}" for key in metadata)]
    path = images.parent / name
    path.write_text("\n".join(",".join(row) for row in [header, *rows]))
    return str(path)


def test_fields_added_later_fit_the_columns_that_are_there(images, tmp_path):
    out = str(tmp_path / "out")
    begun = manifest_of(images, "begun.csv", "01", Plate="7")
    assert extract(begun, out, ONE_FAMILY).fields == 2
    added = manifest_of(images, "added.csv", "1234")
    assert extract(added, out, ONE_FAMILY).fields == 4
    table = pq.read_table(f"{out}/images").sort_by("Metadata_Id")
    assert table["Metadata_Plate"].to_pylist() == ["7", "7", "", "", ""]
    more = manifest_of(images, "more.csv", "4", Well="A1")
    with pytest.raises(UsageError, match="metadata"):
        extract(more, out, ONE_FAMILY)


def test_a_table_begun_without_yellow_stays_without(images, tmp_path):
    out = str(tmp_path / "out")
    lenient = settings(input=InputSettings(pixel_size_um=0.32, allow_missing_yellow=True))
    (images / "f0_yellow.png").unlink()
    assert extract(str(images / "f0_*"), out, lenient).fields == 1
    told = Told()
    assert extract(str(images / "f[12]_*"), out, lenient, told).fields == 2
    assert "started without yellow" in str(told)
    names = pq.read_table(f"{out}/images").column_names
    assert not any("_ER" in name for name in names)
    whole = str(tmp_path / "whole")
    extract(str(images / "f[12]_*"), whole, lenient)
    with pytest.raises(UsageError, match="channels"):
        extract(str(images / "f0_*"), whole, lenient)
