from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_fields import changed, drawn_field, ellipse, masks_of, transformed
from made_values import make
from oracles.working import resampled
from scipy import ndimage as ndi

from hpa_features.core.types import Channel
from hpa_features.features.vocabulary.gray_levels import LEVELS
from hpa_features.kernels.layout import grid_factor


def crop(made, cell, name=None):
    return made.crop(made.crops.region if name is None else made.crops.values[name], cell)


def test_index_lists_each_cell_in_raster_order():
    field, masks = drawn_field(50)
    index = make((field, field), (masks, masks)).crops.native
    for cell in range(6):
        listed = index.position[index.offsets[cell] : index.offsets[cell + 1]]
        expected = (
            np.flatnonzero(masks.cells.ravel() == cell % 3 + 1) + (cell // 3) * masks.cells.size
        )
        np.testing.assert_array_equal(listed, expected)
        place = ndi.find_objects(masks.cells)[cell % 3]
        box = [place[0].start, place[1].start, place[0].stop, place[1].stop]
        np.testing.assert_array_equal(index.box[cell], box)
    np.testing.assert_array_equal(index.field, [0, 0, 0, 1, 1, 1])


@pytest.mark.parametrize("pixel_size_um", [0.08, 0.1, 0.13, 0.16, 0.37, 0.48, 0.9])
def test_working_grid_is_the_area_weighted_mean_over_own_pixels(pixel_size_um):
    mask = ellipse((40, 44), (19, 22), (15, 19)) & ~ellipse((40, 44), (10, 10), (6, 6))
    nucleus = mask & ellipse((40, 44), (22, 24), (7, 8))
    field, masks = drawn_field(51, masks=masks_of(mask.astype(int), nucleus.astype(int)))
    field = changed(field, pixel_size_um=pixel_size_um)
    made = make(field, masks)
    factor = float(grid_factor(np.array([pixel_size_um]), 0.32)[0])
    signal = np.maximum(field.planes[Channel.ER].astype(float) - 4, 0)
    means, covered = resampled(signal, mask, factor)
    nuclear = np.nan_to_num(resampled(nucleus.astype(float), mask, factor)[0]) * covered
    inside = crop(made, 0)[1:-1, 1:-1] > 0
    np.testing.assert_array_equal(inside, covered >= 0.5 - 1e-9)
    expected = np.floor(means[inside] * 65535 / 255 + 0.5)
    got = crop(made, 0, Channel.ER)[1:-1, 1:-1][inside]
    np.testing.assert_allclose(got, expected, atol=1)
    expected = inside & (nuclear >= 0.5 - 1e-9)
    np.testing.assert_array_equal(crop(made, 0)[1:-1, 1:-1] == 2, expected)


def test_at_the_grids_own_size_pixels_pass_unchanged():
    field, masks = drawn_field(52, dtype=np.uint16)
    made = make(field, masks)
    place = ndi.find_objects(masks.cells)[0]
    own = masks.cells[place] == 1
    expected = np.where(own, np.maximum(field.planes[Channel.PROTEIN][place].astype(int) - 4, 0), 0)
    np.testing.assert_array_equal(crop(made, 0, Channel.PROTEIN)[1:-1, 1:-1], expected)
    expected = np.where(own, 1, 0) + (masks.nuclei[place] == 1)
    np.testing.assert_array_equal(crop(made, 0)[1:-1, 1:-1], expected)


def test_neighbours_and_the_lamp_outside_the_cell_do_not_reach_in():
    field, masks = drawn_field(54, pixel_size_um=0.13)
    made = make(field, masks)
    lit = {c: np.where(masks.cells == 1, p, 255).astype(p.dtype) for c, p in field.planes.items()}
    again = make(changed(field, planes=lit), masks)
    for channel in Channel:
        np.testing.assert_array_equal(crop(again, 0, channel), crop(made, 0, channel))


@settings(max_examples=15)
@given(pixel=st.floats(0.05, 0.9), seed=st.integers(0, 999))
def test_turning_the_field_turns_the_grid(pixel, seed):
    field, masks = drawn_field(seed)
    field = changed(field, pixel_size_um=pixel)
    turned, moved = transformed(field, masks, np.rot90)
    one = make(field, masks)
    two = make(turned, moved)
    np.testing.assert_array_equal(np.rot90(crop(one, 0)), crop(two, 0))


@pytest.mark.parametrize(
    ("pixel", "factor"), [(0.08, 4), (0.16, 2), (0.31, 1), (0.2, 1.6), (0.48, 2 / 3)]
)
def test_a_factor_near_an_integer_is_that_integer(pixel, factor):
    assert grid_factor(np.array([pixel]), 0.32)[0] == pytest.approx(factor)


def background_of(plane, outside=None, dtype=np.uint8):
    field, masks = drawn_field(55)
    cells = np.zeros(plane.shape, int) if outside is None else (~outside).astype(int)
    planes = dict.fromkeys(Channel, plane.astype(dtype))
    scale = dict.fromkeys(Channel, int(np.iinfo(dtype).max))
    field = changed(field, planes=planes, full_scale=scale, background=None)
    masks = masks_of(cells, np.zeros_like(cells))
    return int(make(field, masks).crops.planes[Channel.ER].background[0])


def test_background_is_the_mode_outside_cells():
    random = np.random.default_rng(0)
    plane = np.clip(random.normal(12, 3, (80, 80)), 0, 255).round()
    plane[20:60, 20:60] = 200
    outside = np.ones((80, 80), bool)
    outside[20:60, 20:60] = False
    assert background_of(plane, outside) == pytest.approx(12, abs=1)
    assert background_of(plane * 250, outside, np.uint16) == pytest.approx(3000, abs=300)


def test_background_is_the_first_percentile_where_cells_fill_the_field():
    filled = np.zeros((10, 10), bool)
    assert background_of(np.arange(100).reshape(10, 10), filled) == 0


def test_step_and_background_that_are_given_are_taken():
    field, masks = drawn_field(55)
    given = changed(field, background=dict.fromkeys(Channel, 7), step=dict.fromkeys(Channel, 100))
    made = make(given, masks, LEVELS)
    assert made.crops.planes[Channel.DNA].background == [7]
    assert not made[LEVELS][1].any()
    assert make(field, masks, LEVELS)[LEVELS][1].all()


def test_gray_levels_are_equal_steps_between_the_cells_own_percentiles():
    field, masks = drawn_field(56)
    made = make(field, masks, LEVELS)
    values, inside = crop(made, 0, Channel.PROTEIN).astype(float), crop(made, 0) > 0
    low, high = np.quantile(values[inside], [0.005, 0.995])
    expected = np.clip(np.floor((values - low) * 32 / (high - low)), 0, 31) + 1
    levels = made.crop(made[LEVELS][0], 0)
    np.testing.assert_array_equal(levels[inside], expected[inside])
    assert (levels[~inside] == 0).all()
