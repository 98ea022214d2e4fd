"""One picture in files of several kinds gives one row: gray values count in their own steps."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from made_fields import drawn_field, drawn_masks, touching_masks

from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Field, FieldSource
from hpa_features.features.batch import Batch
from hpa_features.features.families import FAMILIES
from hpa_features.features.measure import measure_all
from hpa_features.io.images import read_field

COLUMNS = [family.column(feature) for family in FAMILIES for feature in family.features]
TEXTURES = [at for at, name in enumerate(COLUMNS) if "_Texture_" in name]

BACKGROUNDS = {  # level, gain of the cells' light, whether photons are counted
    "noisy": (10, 0.25, True),
    "flat": (10, 0.25, False),
    "flat and black": (0, 0.25, False),
    "dim": (3, 0.06, True),
    "too dim": (7, 0.03, False),
    "offset": (100, 0.5, True),
    "offset and flat": (101, 0.5, False),
}
CONTAINERS = {  # values of the file from those of 8 bits, and how it is read
    "16 bit with --bit-depth 8": (lambda p: p.astype(np.uint16), {"bit_depth": 8}),
    "times 257": (lambda p: p.astype(np.uint16) * np.uint16(257), {}),
    "float": (lambda p: p.astype(np.float32) / np.float32(255), {}),
    "float with --float-range": (
        lambda p: p.astype(np.float64) * 2 - 7,
        {"float_range": (-7.0, 503.0)},
    ),
}


def picture(background, *, full=255):
    """Return colour → plane of int64 values up to `full`."""
    level, gain, noisy = BACKGROUNDS[background]
    random = np.random.default_rng(1)
    field, _ = drawn_field(3, masks=touching_masks(), background=0)
    planes = {}
    for channel, plane in field.planes.items():
        light = (plane * gain + level) * full / 255
        planes[channel] = np.clip(np.rint(random.poisson(light) if noisy else light), 0, full)
    return {channel: plane.astype(np.int64) for channel, plane in planes.items()}


def read_back(folder, planes, convert, pixel_um=0.32, **settings) -> Field:
    """Write the planes as TIFF and read them as `extract` does."""
    files = {}
    for channel, plane in planes.items():
        files[channel] = str(folder / f"{channel}.tif")
        tifffile.imwrite(files[channel], convert(plane), photometric="minisblack")
    return read_field(FieldSource("f", files, pixel_size_um=pixel_um), InputSettings(**settings))


def measured(field):
    return measure_all(Batch((field,), (touching_masks(),)), FAMILIES)


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("pixel_um", [0.32, 0.2])
def test_eight_bits_give_one_row_in_any_container(tmp_path, background, pixel_um):
    planes = picture(background)
    expected = measured(read_back(tmp_path, planes, lambda p: p.astype(np.uint8), pixel_um))
    for name, (convert, options) in CONTAINERS.items():
        got = measured(read_back(tmp_path, planes, convert, pixel_um, **options))
        np.testing.assert_allclose(got.fields, expected.fields, rtol=1e-6, err_msg=name)
        np.testing.assert_array_equal(np.isnan(got.cells), np.isnan(expected.cells), name)
        np.testing.assert_allclose(got.cells, expected.cells, rtol=1e-5, atol=1e-6, err_msg=name)
    assert np.isnan(expected.cells[:, TEXTURES]).all() == (background == "too dim")


@pytest.mark.parametrize("bits", [9, 10, 12, 14])
@pytest.mark.parametrize("background", ["noisy", "too dim", "offset and flat"])
def test_camera_depths_give_one_background_and_the_same_gaps(tmp_path, background, bits):
    full = (1 << bits) - 1
    planes = picture(background, full=full)
    expected = measured(read_back(tmp_path, planes, lambda p: p.astype(np.uint16), bit_depth=bits))
    # Full scale becomes 65535, by halves of a value: features follow their own rounding.
    got = measured(read_back(tmp_path, planes, lambda p: p / full))
    np.testing.assert_allclose(got.fields, expected.fields, rtol=1e-4, atol=1 / 65535)
    np.testing.assert_array_equal(np.isnan(got.cells), np.isnan(expected.cells))
    moved = ~np.isclose(got.cells, expected.cells, rtol=0.02, atol=0.01, equal_nan=True)
    assert moved.mean() < 0.01, [COLUMNS[at] for at in np.flatnonzero(moved.any(0))]


@pytest.mark.parametrize("bits", range(8, 17))
@pytest.mark.parametrize(("steps", "enough"), [(7, False), (8, True)])
def test_eight_steps_are_enough_at_every_depth(tmp_path, bits, steps, enough):
    full = (1 << bits) - 1
    cells = drawn_masks().cells
    columns = np.arange(cells.shape[1]) % (steps + 1)
    plane = np.where(cells > 0, 100 + columns, 100)
    planes = dict.fromkeys(drawn_field()[0].planes, plane)
    texture = next(family for family in FAMILIES if family.name == "Texture")
    for convert, settings in (
        (lambda p: p.astype(np.uint16), {"bit_depth": bits}),
        (lambda p: p / full, {}),
    ):
        field = read_back(tmp_path, planes, convert, **settings)
        values = measure_all(Batch((field,), (drawn_masks(),)), [texture]).cells
        assert np.isfinite(values[:, 0]).all() == enough
