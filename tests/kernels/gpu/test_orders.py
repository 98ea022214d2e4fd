"""What is read along each cell's ascending order is the same on the GPU."""

from __future__ import annotations

from drawn_crops import drawn_crops
from hypothesis import given
from hypothesis import strategies as st
from kernels.gpu.twins import check, few

from hpa_features.kernels import cpu

PARTS = st.integers(0, 2)


def orders_of(crops):
    images = [crops.first, crops.second]
    return images, cpu.ascending_order(images, crops.parts[0], crops.layout)


@few
@given(drawn_crops(), PARTS)
def test_the_order(crops, part):
    check("ascending_order", [crops.first, crops.second], crops.parts[part], crops.layout)
    check("ascending_order", [crops.first], [crops.parts[part]], crops.layout)


@few
@given(drawn_crops(), PARTS)
def test_ranks(crops, part):
    images, orders = orders_of(crops)
    inside = [crops.parts[part], crops.parts[0]]
    for name in ("average_ranks", "dense_ranks", "otsu_thresholds"):
        check(name, images, orders, inside, crops.layout)
    check("rank_shares", images, orders, inside, [-1.0, 0.5], crops.layout)


@few
@given(drawn_crops(), PARTS, st.sampled_from((0.01, 0.2, 1.0)))
def test_the_brightest_pixels(crops, part, share):
    images, orders = orders_of(crops)
    check("brightest", images, orders, crops.parts[part], [share, 0.05], crops.layout)
