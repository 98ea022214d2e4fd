"""The working grid is the same on the GPU."""

from __future__ import annotations

import numpy as np
from drawn_natives import drawn_natives
from hypothesis import given
from hypothesis import strategies as st
from kernels.gpu.twins import check, few

from hpa_features.kernels import cpu

GRIDS = st.sampled_from((0.32, 0.2, 0.9))


@few
@given(drawn_natives(), GRIDS)
def test_the_layout_of_crops(drawn, grid_um):
    check("crop_layout", drawn.native, grid_um)


@few
@given(drawn_natives(), GRIDS)
def test_regions_and_signals(drawn, grid_um):
    native, random = drawn.native, drawn.random
    layout = cpu.crop_layout(native, grid_um)
    check("resample_regions", native, layout)
    signals = [random.integers(0, 65536, native.labels.size).astype(np.uint16) for _ in range(2)]
    scales = [random.uniform(0.5, 1, native.field.size) for _ in range(2)]
    region = cpu.resample_regions(native, layout)
    check("resample_signals", signals, scales, native, region, layout)
