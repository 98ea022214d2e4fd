"""Gray levels and Haralick's statistics are the same on the GPU."""

from __future__ import annotations

import numpy as np
from drawn_crops import drawn_crops
from hypothesis import given
from hypothesis import strategies as st
from kernels.gpu.made_crops import round_cells
from kernels.gpu.twins import check, few

from hpa_features.kernels import cpu

SPANS = st.sampled_from((0.0, 20.0, 60000.0))


def levels_of(crops, spans):
    images = [crops.first, crops.second]
    limits = [np.full(len(crops.cells()), spans), np.zeros(len(crops.cells()))]
    orders = cpu.ascending_order(images, crops.parts[0], crops.layout)
    return images, orders, limits, crops.region, crops.layout


@few
@given(drawn_crops(), SPANS)
def test_gray_levels(crops, span):
    check("gray_levels", *levels_of(crops, span))


@few
@given(round_cells(), SPANS)
def test_haralicks_statistics(crops, span):
    gray = cpu.gray_levels(*levels_of(crops, span))
    check("haralick", [0.3, 1.9], gray, crops.region, crops.layout, rtol=1e-9, atol=1e-12)


@few
@given(drawn_crops())
def test_haralicks_statistics_of_cells_with_few_pixels(crops):
    gray = cpu.gray_levels(*levels_of(crops, 0.0))
    check("haralick", [0.3, 0.7], gray, crops.region, crops.layout, rtol=1e-9, atol=1e-12)
