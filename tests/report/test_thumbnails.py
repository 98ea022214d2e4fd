"""Thumbnails: one scale, one contrast, outlines of the right cell, the field's edges."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from hpa_features.core.types import CHANNELS, Channel, Field, Masks
from hpa_features.report.thumbnails import (
    EDGE_PX,
    EDGE_UM,
    FIELD_PX,
    SIZE,
    contrast_of,
    crop_cell,
    crop_field,
    data_uri,
    picture_of,
    typical_cells,
)


def disc(shape, middle, radius):
    rows, columns = np.indices(shape)
    return np.hypot(rows - middle[0], columns - middle[1]) < radius


def made_field(pixel_um=0.32, level=200, edge=400):
    """Return a field with a small, a middle and a large cell, and one that the edge cuts."""
    size = edge * 0.32 / pixel_um
    shape = (round(size), round(size))
    cells, nuclei = np.zeros((2, *shape), np.int32)
    unit = 0.32 / pixel_um
    places = (((80, 80), 20), ((80, 250), 26), ((250, 220), 40), ((250, 5), 30))
    for label, (middle, radius) in enumerate(places, 1):
        at = (middle[0] * unit, middle[1] * unit)
        cells[disc(shape, at, radius * unit)] = label
        nuclei[disc(shape, at, radius * unit / 2)] = label
    plane = (level * (cells > 0)).astype(np.uint8)
    planes = dict.fromkeys(CHANNELS, plane)
    field = Field("f", planes, dict.fromkeys(CHANNELS, 255), pixel_size_um=pixel_um)
    counts = np.ones(len(places), np.int32)
    return field, Masks(cells, nuclei, np.arange(11, 15), counts)


def test_the_whole_cell_of_median_size_is_shown():
    field, masks = made_field()
    assert typical_cells(masks)[0] == 2
    assert sorted(typical_cells(masks)) == [1, 2, 3]
    assert crop_cell(field, masks, 2).number == 12


def test_cells_at_the_edge_are_shown_where_there_are_no_others():
    _, masks = made_field()
    only = np.where(masks.cells == 4, 1, 0)
    assert typical_cells(Masks(only, only, np.array([1]), np.array([1], np.int32))) == [1]
    none = np.zeros_like(only)
    assert typical_cells(Masks(none, none, np.arange(0), np.zeros(0, np.int32))) == []


@pytest.mark.parametrize("pixel_um", [0.16, 0.32, 0.5])
@pytest.mark.parametrize("label", [2, 4])
def test_a_cell_has_its_size_in_the_picture_whatever_the_pixel(pixel_um, label):
    field, masks = made_field(pixel_um)
    crop = crop_cell(field, masks, label)
    inside = crop.planes[Channel.DNA] > 0.4
    shown_um2 = np.count_nonzero(inside) * (EDGE_UM / EDGE_PX) ** 2
    own_um2 = np.count_nonzero(masks.cells > 0) * pixel_um**2
    cell_um2 = np.count_nonzero(masks.cells == label) * pixel_um**2
    assert cell_um2 <= shown_um2 * 1.05 < own_um2
    rows, columns = np.nonzero(crop.cell)
    assert rows.mean() == pytest.approx(EDGE_PX / 2, abs=3)
    if label == 2:
        assert columns.mean() == pytest.approx(EDGE_PX / 2, abs=3)
        assert np.ptp(rows) * EDGE_UM / EDGE_PX == pytest.approx(2 * 26 * 0.32, abs=1.2)


def test_a_dim_field_looks_dim_next_to_a_bright_one():
    crops = [crop_cell(*made_field(level=level), 2) for level in (40, 160, 160)]
    contrast = contrast_of(crops)
    dim, bright, _ = (picture_of(crop, contrast)[72, -72:, 1].max() for crop in crops)
    assert bright == 255
    assert dim == pytest.approx(255 * np.sqrt(40 / 160), abs=2)


def test_outlines_are_drawn_on_the_left_and_not_on_the_protein():
    crop = crop_cell(*made_field(level=0), 2)
    picture = picture_of(crop, contrast_of([crop]))
    assert picture.shape == (SIZE[1], SIZE[0], 3)
    assert picture[:, :EDGE_PX][crop.cell].min() == 255
    assert picture[:, -EDGE_PX:].max() == 0


def test_a_picture_becomes_text_that_decodes_to_it():
    picture = picture_of(crop := crop_cell(*made_field(), 2), contrast_of([crop]))
    head, _, content = data_uri(picture).partition(",")
    assert head == "data:image/webp;base64"
    image = Image.open(io.BytesIO(base64.b64decode(content)))
    assert image.size == SIZE
    assert np.abs(np.asarray(image).astype(int) - picture).mean() < 12


def test_a_whole_field_is_shown_with_all_its_cells():
    field, masks = made_field()
    crop = crop_field(field, masks)
    assert crop.cell.shape == (FIELD_PX, FIELD_PX)
    assert crop.number == 0
    shown = np.count_nonzero(crop.planes[Channel.ER] > 0.4) / FIELD_PX**2
    assert shown == pytest.approx(np.mean(masks.cells > 0), rel=0.05)
    assert picture_of(crop, contrast_of([crop])).shape == (FIELD_PX, 2 * FIELD_PX + 2, 3)
