"""extract into a folder that has results: what is kept, done again, added or refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from image_files import COLOURS, png, write
from listener import Listener
from small_extracts import ONE_FAMILY, settings

from hpa_features.core.errors import UsageError
from hpa_features.core.settings import InputSettings
from hpa_features.io.tables import read_features
from hpa_features.pipeline.extract import extract, extract_table


def modified(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*/part-*")}


def test_an_interrupted_run_goes_on_and_does_nothing_twice(drawn, tmp_path):
    class Stopped(Listener):
        """Interrupts after three fields."""

        def __init__(self) -> None:
            super().__init__()
            self.done = 0

        def start(self, what: str, _total: int | None, _done: int = 0) -> None:
            self.done = 0 if what == "fields" else -1000

        def advance(self, steps: int = 1) -> None:
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
    told = Listener()
    summary = extract(str(drawn / "images"), str(out), ONE_FAMILY, told)
    assert summary.fields == 5
    assert before.items() <= modified(out).items()
    assert "were done before" in str(told)
    whole = extract_table(str(drawn / "images"), ONE_FAMILY).table
    assert pq.read_table(out / "images").sort_by("Metadata_Id").equals(whole)


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
    told = Listener()
    assert extract(str(images / "f[12]_*"), out, lenient, told).fields == 2
    assert "started without yellow" in str(told)
    names = pq.read_table(f"{out}/images").column_names
    assert not any("_ER" in name for name in names)
    whole = str(tmp_path / "whole")
    extract(str(images / "f[12]_*"), whole, lenient)
    with pytest.raises(UsageError, match="channels"):
        extract(str(images / "f0_*"), whole, lenient)
