"""Forms of masks, edges that touch, and patterns of neighbours are the same on the GPU."""

from __future__ import annotations

import numpy as np
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
