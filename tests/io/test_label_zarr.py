"""Label masks as OME-Zarr: readers of others accept them, and we read them back."""

from __future__ import annotations

import json

import numpy as np
import pytest
import zarr
from hpa_feat_cli.app import run
from image_files import write_field
from in_process import IN_PROCESS
from ome_zarr_models.v04 import Image, ImageLabel

from hpa_features.core.errors import FieldError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Channel, FieldSource, Masks
from hpa_features.io.label_zarr import write_zarr_masks
from hpa_features.io.mask_files import mask_ids
from hpa_features.io.masks import read_given


def masks_of(cells, nuclei):
    numbers = np.arange(1, int(cells.max()) + 1)
    return Masks(cells, nuclei, numbers, np.ones(len(numbers), np.int32))


def drawn(rows=40, columns=50):
    cells = np.zeros((rows, columns), np.int32)
    cells[2:12, 3:20] = 1
    cells[20:39, 5:45] = 2
    nuclei = np.zeros_like(cells)
    nuclei[4:8, 6:12] = 1
    return masks_of(cells, nuclei)


def given_back(folder, shape):
    source = FieldSource("f", {Channel.DNA: str(folder / "f_blue.png")})
    return read_given(source, shape, InputSettings(masks=str(folder)))


def test_they_are_label_images_and_read_back(tmp_path):
    masks = drawn()
    written = write_zarr_masks(masks, tmp_path, "f", 0.13)
    assert all(path.is_file() for path in written)
    for name in ("cells", "nuclei"):
        group = zarr.open_group(tmp_path / f"f_{name}.ome.zarr", mode="r")
        label = ImageLabel.from_zarr(group)
        [scale] = label.attributes.multiscales[0].datasets[0].coordinateTransformations
        assert scale.scale == [0.13, 0.13]
        Image.from_zarr(group)  # what a viewer opens
        assert group["0"].dtype == np.uint16
    given = given_back(tmp_path, masks.cells.shape)
    np.testing.assert_array_equal(given.cells, masks.cells)
    np.testing.assert_array_equal(given.nuclei, masks.nuclei)
    assert mask_ids(str(tmp_path), "cells") == ("f",)


def test_labels_above_sixteen_bits_keep_their_numbers(tmp_path):
    cells = np.zeros((40, 50), np.int32)
    cells[2:12, 3:20], cells[20:39, 5:45] = 7, 70_000
    write_zarr_masks(masks_of(cells, cells), tmp_path, "f", 0.13)
    np.testing.assert_array_equal(given_back(tmp_path, cells.shape).cells, cells)


def test_masks_of_another_size_or_without_pixels_are_refused(tmp_path):
    write_zarr_masks(drawn(), tmp_path, "f", 0.13)
    with pytest.raises(FieldError, match="its field 41 × 50"):
        given_back(tmp_path, (41, 50))
    (tmp_path / "f_cells.ome.zarr/0/0/0").unlink()
    with pytest.raises(FieldError, match="lacks 1 of 1 chunks"):
        given_back(tmp_path, (40, 50))


def test_segment_writes_them_and_resumes(tmp_path, capsys):
    for name in ("a", "b"):
        write_field(tmp_path / "images", name)
    out = tmp_path / "masks"
    typed = ["segment", str(tmp_path / "images"), "-o", str(out), "--segmenter", "whole-field",
             "--pixel-size-um", "0.3", *IN_PROCESS]  # fmt: skip
    assert run([*typed, "--mask-format", "ome-zarr"]) == 0
    names = {path.name for path in out.glob("*_*")}
    assert names == {f"{n}_{what}.ome.zarr" for n in "ab" for what in ("cells", "nuclei")}
    ImageLabel.from_zarr(zarr.open_group(out / "a_cells.ome.zarr", mode="r"))
    chunk = out / "a_cells.ome.zarr/0/0/0"
    kept = (out / "b_cells.ome.zarr/0/0/0").stat().st_mtime_ns
    chunk.write_bytes(b"")
    assert run([*typed, "--mask-format", "ome-zarr"]) == 0
    assert chunk.stat().st_size > 0
    assert (out / "b_cells.ome.zarr/0/0/0").stat().st_mtime_ns == kept
    capsys.readouterr()
    assert run(typed) == 2
    assert 'mask_format: "ome-zarr" there' in capsys.readouterr().err
    assert json.loads((out / "run.json").read_text())["settings"]["mask_format"] == "ome-zarr"
