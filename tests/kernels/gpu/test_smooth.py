"""Smoothing on the GPU gives the CPU's bits, so what is rounded behind it is the same too."""

from __future__ import annotations

from drawn_crops import drawn_crops
from hypothesis import given
from hypothesis import strategies as st
from kernels.gpu.made_crops import margined
from kernels.gpu.twins import check, few

from hpa_features.kernels import cpu

WIDTHS = st.sampled_from(([0.16, 0.5], [1.28, 0.32], [2.6, 0.8]))


@few
@given(margined(), WIDTHS)
def test_smoothed_images(crops, um):
    check("smooth_masks", um, crops.region, crops.layout)
    weights = cpu.smooth_masks(um, crops.region, crops.layout)
    check("smooth_images", [crops.first, crops.second], weights, um, crops.layout)


@few
@given(drawn_crops(), WIDTHS)
def test_coherence_of_ridges(crops, um):
    light = [crops.first / 1.0, crops.second / 7.0]
    means = cpu.means([crops.first, crops.second], crops.parts[0], crops.layout)
    lines = cpu.ridges(light, means, [0.4, 0.7], [(0.01, 0.1, 1.0)] * 2, crops.region, crops.layout)
    check("coherences", lines, um, crops.layout, rtol=1e-12)
