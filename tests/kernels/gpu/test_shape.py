"""Forms of masks, edges that touch, and patterns of neighbours are the same on the GPU."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_crops import drawn_crops
from drawn_natives import drawn_natives
from hypothesis import given
from hypothesis import strategies as st
from kernels.gpu.made_crops import margined, round_cells
from kernels.gpu.twins import check, few

from hpa_features.kernels import cpu


@few
@given(margined() | round_cells())
def test_forms_of_masks(crops):
    check("mask_forms", crops.region, crops.layout, rtol=1e-9, atol=1e-9)


@few
@given(drawn_natives(), st.sampled_from(([0.3, 1.0], [0.0, 2.0])))
def test_edges_that_touch(drawn, touch_um):
    native = drawn.native
    check("edge_kinds", touch_um, native)
    kinds = cpu.edge_kinds(touch_um, native)
    check("edge_lengths", kinds, native)
    layout = cpu.crop_layout(native, 0.32)
    region = cpu.resample_regions(native, layout)
    check("grid_edge_kinds", kinds, native, region, layout)
    [grid, _] = cpu.grid_edge_kinds(kinds, native, region, layout)
    check("edge_distances_by_kind", [1, 2], grid, region, layout)
    lengths = cpu.edge_distances_by_kind([1, 2], grid, region, layout)
    check("lower", [lengths[0]], [lengths[1]])
    bands = (lengths, lengths[::-1], region > 0, [(0.4, 0.5, 0.6, 1.5)] * 2)
    check("contact_bands", *bands)


@pytest.mark.parametrize("turns", range(4))
def test_of_equally_near_edges_the_one_that_touches_is_taken(turns):
    plane = np.zeros((10, 10), np.int32)
    plane[1:9, 1:9] = 1
    plane[4:, 9] = 2  # rows 3 and 4 share a pixel of the working grid; only row 4 touches
    flat = np.rot90(plane, turns).ravel()
    start = np.zeros(1, np.int64)
    shape, pixel_um = np.array([plane.shape]), np.array([0.16])
    native = cpu.index_cells(flat, flat == 1, np.zeros(2, np.int64), start, shape, pixel_um)
    kinds = cpu.edge_kinds([0.0], native)
    layout = cpu.crop_layout(native, 0.32)
    region = cpu.resample_regions(native, layout)
    [grid] = cpu.grid_edge_kinds(kinds, native, region, layout)
    assert np.rot90(grid[:36].reshape(6, 6), -turns)[1:5, 4].tolist() == [1, 2, 2, 2]
    check("grid_edge_kinds", kinds, native, region, layout)


@few
@given(margined() | round_cells())
def test_patterns_of_neighbours(crops):
    images = [crops.first, crops.second]
    check("pattern_counts", images, [0.32, 0.8], crops.region, crops.layout)
    masks = [crops.parts[0], crops.parts[2]]
    moments = cpu.moments(images, masks, crops.layout)
    check("adjacency_counts", images, masks, moments, crops.layout)


@few
@given(drawn_crops(), st.integers(1, 4), st.sampled_from((0.0, 1e-3)))
def test_weights_that_are_not_negative(crops, kinds, ridge):
    random = np.random.default_rng(kinds)
    light = [crops.first / 1.0 + 1.0, *(random.gamma(2.0, 3.0, (kinds, crops.first.size)))]
    light[-1] += 0.1 * light[0]
    packed = cpu.covariances([tuple(light), tuple(light[::-1])], crops.parts[0], crops.layout)
    check("nonnegative_weights", packed, [ridge] * 2, rtol=1e-6, atol=1e-6)
