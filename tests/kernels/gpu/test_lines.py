"""Axes, directions, ridges and where they converge are the same on the GPU."""

from __future__ import annotations

import numpy as np
from drawn_crops import drawn_crops
from hypothesis import given
from kernels.gpu.made_crops import margined, round_cells
from kernels.gpu.test_sectors import points_of
from kernels.gpu.twins import check, few

from hpa_features.kernels import cpu

CLOSE = {"rtol": 1e-9, "atol": 1e-12}
LIMITS = [(0.01, 0.05, 1.0), (0.5, 0.0, 2.0)]


def smooth_light(crops):
    weights = cpu.smooth_masks([0.4, 0.4], crops.region, crops.layout)
    return cpu.smooth_images([crops.first, crops.second], weights, [0.4, 0.4], crops.layout)


def lines_of(crops):
    light = smooth_light(crops)
    means = cpu.means(light, crops.parts[0], crops.layout)
    return cpu.ridges(light, means, [0.4, 0.4], LIMITS, crops.region, crops.layout)


@few
@given(drawn_crops() | round_cells())
def test_axes(crops):
    images, masks = [crops.first, crops.second / 3.0], [crops.parts[0], crops.parts[1]]
    check("weighted_axes", images, masks, crops.layout, rtol=1e-7, atol=1e-7)
    axes = cpu.weighted_axes(images, masks, crops.layout)
    check("across_axes", axes, crops.layout, rtol=1e-13, atol=1e-13)


@few
@given(margined())
def test_directions(crops):
    points = points_of(crops)
    check("towards", points, crops.layout)
    check("steepest", [crops.first / 3.0, crops.second / 1.0], crops.region, crops.layout)
    own = cpu.towards(points, crops.layout)
    check("agreements", own, own[::-1])
    check("direction_sums", lines_of(crops), [8, 5], crops.layout, **CLOSE)


@few
@given(round_cells() | margined())
def test_ridges(crops):
    light = smooth_light(crops)
    means = cpu.means(light, crops.parts[0], crops.layout)
    check("ridges", light, means, [0.4, 0.7], LIMITS, crops.region, crops.layout, rtol=1e-12)
    check("ridge_crossings", lines_of(crops), [0.8, 1.3], crops.layout)


@few
@given(round_cells() | margined())
def test_organising_centres(crops):
    light = smooth_light(crops)
    edge = cpu.edge_distances(crops.region, crops.layout)
    zones = [crops.parts[0], crops.parts[2]]
    given_lines = lines_of(crops)
    edges = [edge, np.ones_like(edge)]
    check("organising_centres", light, edges, given_lines, zones, [10.0, 1.0], crops.layout)
