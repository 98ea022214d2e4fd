"""What is read along each cell's ascending order is the same on the GPU."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_crops import drawn_crops
from hypothesis import given
from hypothesis import strategies as st
from kernels.gpu.made_crops import crop_of
from kernels.gpu.twins import THREADS, check, few

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


# Black pixels, as many white ones and some gray ones between: by symmetry the threshold below gray
# parts them as well as that above it does, which here is the better one after rounding.
TIES = {"in one thread": (53, 1), "in two threads": (58, 20)}


@pytest.mark.parametrize(("outer", "gray"), TIES.values(), ids=TIES)
def test_of_thresholds_that_part_equally_well_the_lowest_is_taken(outer, gray):
    stretch = -(-(2 * outer + gray) // THREADS)
    below, above = outer - 1, outer + gray - 1
    assert (below // stretch == above // stretch) == (gray == 1)
    image = np.repeat([2, 7, 12], [outer, gray, outer]).astype(np.uint16)
    crops = crop_of(np.ones((1, image.size), np.uint8), image)
    orders = cpu.ascending_order([image], crops.parts[0], crops.layout)
    assert cpu.otsu_thresholds([image], orders, [crops.parts[0]], crops.layout)[0] == [2.0]
    check("otsu_thresholds", [image], orders, [crops.parts[0]], crops.layout)
