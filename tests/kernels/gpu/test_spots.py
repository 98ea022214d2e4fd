"""Spots, rings, bodies and overlaps are the same on the GPU."""

from __future__ import annotations

import numpy as np
from drawn_crops import drawn_crops
from hypothesis import given
from hypothesis import strategies as st
from kernels.gpu.made_crops import margined, round_cells
from kernels.gpu.test_lines import smooth_light
from kernels.gpu.twins import check, few

from hpa_features.kernels import cpu

LIMITS = [(0.01, 0.15, 3.0), (0.5, 0.0, 1.0)]


@few
@given(round_cells() | drawn_crops())
def test_spots(crops):
    fine, coarse = [crops.first, crops.second / 1.0], smooth_light(crops)
    means = cpu.means(fine, crops.parts[0], crops.layout)
    check("spots", fine, coarse, means, LIMITS, crops.region, crops.layout)
    found = cpu.spots(fine, coarse, means, LIMITS, crops.region, crops.layout)
    weights, _, light = (list(some) for some in zip(*found, strict=True))
    check("spot_leads", light, weights, [1.0, 3.0], crops.layout)
    flat = crops.second / 1.0  # of few levels: neighbours are equal
    check("local_maxima", [coarse[0], flat], [9.0, 0.5], crops.region, crops.layout)


@few
@given(round_cells() | drawn_crops())
def test_rings(crops):
    images = [crops.first, crops.second / 3.0]
    means = cpu.means(images, crops.parts[0], crops.layout)
    given_masks = [crops.parts[0], crops.parts[2]]
    given_rest = ([0.01, 0.3], given_masks, crops.region, crops.layout)
    check("ring_scores", images, [0.4, 0.9], means, *given_rest, rtol=1e-12)


@few
@given(margined() | round_cells())
def test_bodies(crops):
    light = smooth_light(crops)
    heights = [light[0] - light[1], light[1]]
    means = cpu.means(light, crops.parts[0], crops.layout)
    masks = [crops.parts[0], crops.parts[2]]
    check("bodies", heights, light, means, masks, [(0.0, 4.0), (0.1, 1.0)], crops.layout)
    found = cpu.bodies(heights, light, means, masks, [(0.0, 4.0), (0.1, 1.0)], crops.layout)
    check("roundness", [*found, crops.parts[1]], crops.layout, rtol=1e-12)
    middle = cpu.nuclear_centres(crops.region, crops.layout)
    check("dents", found, [middle] * 2, [0.7, 0.0], crops.region, crops.layout, rtol=1e-12)


@few
@given(drawn_crops(), st.sampled_from((0.0, 0.15, 1.0)))
def test_overlaps(crops, share):
    first, second = [crops.first, crops.second], [crops.second, crops.first]
    masks = [crops.parts[0], crops.parts[2]]
    limits = [np.linspace(0.0, 99.5, len(crops.cells()))] * 2
    check("pair_overlaps", first, second, masks, limits, limits, crops.layout, rtol=1e-13)
    orders = cpu.ascending_order(first, crops.parts[0], crops.layout)
    ranks = cpu.dense_ranks(first, orders, masks, crops.layout)
    given_ranks = (ranks, ranks[::-1])
    check("rank_weighted", first, second, *given_ranks, masks, [share] * 2, crops.layout, rtol=1e-9)
