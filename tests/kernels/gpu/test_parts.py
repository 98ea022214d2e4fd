"""Compartments, bands and masks are the same on the GPU."""

from __future__ import annotations

from math import inf

import numpy as np
from drawn_crops import drawn_crops
from hypothesis import given
from kernels.gpu.twins import check, few


@few
@given(drawn_crops())
def test_compartments(crops):
    check("part_masks", [0, 1, 2] * 2, [False] * 3 + [True] * 3, crops.region, crops.layout)
    check("part_counts", crops.region, crops.layout)


@few
@given(drawn_crops())
def test_bands_and_masks_of_values(crops):
    images = [crops.first / 7.0 - 3.0, crops.second, crops.parts[1]]
    masks = list(crops.parts)
    middle = float(np.median(crops.second))
    edges = [(-3.0, 0.0, 1.0, 40.0), (0.0, middle + 0.5, middle + 2.0), (0.5, 1.5)]
    check("bands", images, edges, masks)
    check("within", images, [-inf, 0.0, 1.0], [0.0, inf, middle + 1.0], masks)


@few
@given(drawn_crops())
def test_masks_of_a_limit_in_each_cell(crops):
    limits = [np.linspace(0.5, 90.0, len(crops.cells())), np.zeros(len(crops.cells()))]
    check("above", [crops.first, crops.second], limits, list(crops.parts[:2]), crops.layout)
    check("clear_of_nucleus", [crops.first / 9.0] * 2, [2.0, 0.1], crops.region, crops.layout)
