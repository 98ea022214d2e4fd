"""Distances are the same on the GPU, to the last bit."""

from __future__ import annotations

import numpy as np
from drawn_crops import drawn_crops
from hypothesis import given
from kernels.gpu.made_crops import margined, round_cells
from kernels.gpu.twins import check, few

from hpa_features.kernels import cpu


@few
@given(margined())
def test_distances_to_edges(crops):
    for name in ("edge_distances", "nuclear_distances"):
        check(name, crops.region, crops.layout)


@few
@given(round_cells())
def test_distances_to_edges_of_large_cells(crops):
    for name in ("edge_distances", "nuclear_distances"):
        check(name, crops.region, crops.layout)


@few
@given(drawn_crops())
def test_distances_to_a_mask(crops):
    check("gaps", [crops.parts[1], crops.first > 200], crops.layout)


@few
@given(margined())
def test_ways_between_edges(crops):
    edge = cpu.edge_distances(crops.region, crops.layout)
    nucleus = cpu.nuclear_distances(crops.region, crops.layout)
    check("ways_from_nucleus", [nucleus, edge], [edge, nucleus - 1.0], list(crops.parts[::2]))
    check("ways_from_edge", [edge, np.zeros_like(edge)], crops.layout)
