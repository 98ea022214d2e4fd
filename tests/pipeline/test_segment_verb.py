"""segment from files to masks; the command line over it is in tests/cli."""

from __future__ import annotations

import os

import pytest
from image_files import write
from listener import Listener
from small_extracts import settings

from hpa_features.core.errors import UsageError
from hpa_features.core.settings import InputSettings
from hpa_features.pipeline.extract import extract_table
from hpa_features.pipeline.segment import segment


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
    told = Listener()
    assert segment(str(drawn / "images"), str(out), settings(), told).fields == 5
    assert "4 of 5 fields were done before" in str(told)
    assert (out / "f0_nuclei.png").exists()
    assert (out / "f1_cells.png").stat().st_mtime_ns == 0
