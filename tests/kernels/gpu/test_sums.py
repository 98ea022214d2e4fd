"""Sums, moments and covariances over parts of cells are the same on the GPU."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_crops import drawn_crops
from drawn_natives import drawn_natives
from hypothesis import given
from hypothesis import strategies as st
from kernels.gpu.made_crops import crop_of, margined, round_cells
from kernels.gpu.twins import check, few

from hpa_features.kernels import cpu

CLOSE = {"rtol": 1e-9, "atol": 1e-9}


@few
@given(drawn_crops())
def test_sums_of_bands(crops):
    edges = [(0.0, 3.0, 200.0, 70000.0), (0.5, 1.5)]
    bands = cpu.bands(
        [crops.second.astype(float), crops.parts[0].astype(float)],
        edges,
        [crops.parts[0], crops.parts[1]],
    )
    check("band_sums", [crops.first, crops.second], bands, [3, 1], crops.layout)


@few
@given(drawn_crops())
def test_sums_over_masks(crops):
    images = [crops.first, crops.second / 7.0, crops.parts[1]]
    masks = list(crops.parts)
    for name in ("means", "moments"):
        check(name, images, masks, crops.layout, rtol=1e-9, atol=1e-6)
    check("peaks", [crops.first, crops.second - 50.0], masks[:2], crops.layout)
    check("weighted_means", images, masks, images[::-1], crops.layout, **CLOSE)


@few
@given(drawn_crops(), st.integers(1, 10))
def test_covariances(crops, kinds):
    random = np.random.default_rng(kinds)
    images = [random.normal(k, 3.0, crops.first.size) for k in range(kinds)]
    tables = [tuple(images), (crops.first / 9.0, crops.parts[0])]
    check("covariances", tables, [crops.parts[2], crops.parts[0]], crops.layout, **CLOSE)


@few
@given(drawn_crops() | round_cells())
def test_statistics_of_parts(crops):
    images = [crops.first, crops.second]
    orders = cpu.ascending_order(images, crops.parts[0], crops.layout)
    check("part_statistics", images, orders, crops.region, crops.layout, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("nuclear", [0, 1, 2, 3])
def test_statistics_of_parts_of_few_pixels(nuclear):
    region = np.repeat(np.array([2, 1], np.uint8), [nuclear, 3 - nuclear])
    image = np.array([9, 4, 30], np.uint16)
    crops = crop_of(region[None], image)
    orders = cpu.ascending_order([image], crops.parts[0], crops.layout)
    [gini] = cpu.part_statistics([image], orders, region, crops.layout)[0][:, :, 5]
    assert np.isnan(gini).tolist() == [False, nuclear < 2, nuclear > 1]
    check("part_statistics", [image], orders, region, crops.layout, rtol=1e-12)


@few
@given(margined())
def test_edges_and_centres_of_light(crops):
    check("part_places", [crops.first, crops.second], crops.region, crops.layout, **CLOSE)


@few
@given(drawn_natives())
def test_native_sums(drawn):
    native, random = drawn.native, drawn.random
    signals = [random.integers(0, top, native.labels.size).astype(np.uint16) for top in (9, 65536)]
    scales = [np.tile([[top, 2.0]], (native.field.size, 1)) for top in (9.0, 65535.0)]
    check("native_sums", signals, scales, native)
