"""Step, background and sums of planes are the same on the GPU."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels.gpu.twins import check, few
from kernels.test_background import planes

DRAWN = st.lists(planes(), min_size=1, max_size=3)


def joined(drawn):
    """Return values and labels of several planes, and where each begins."""
    values = np.concatenate([plane for plane, _ in drawn]).astype(np.uint16)
    labels = np.concatenate([~outside for _, outside in drawn]).astype(np.int32)
    return values, labels, np.cumsum([0, *(plane.size for plane, _ in drawn)])


@few
@given(DRAWN, st.integers(1, 65535), st.integers(0, 3))
def test_facts_of_planes(drawn, full, step):
    count = len(drawn)
    check("plane_facts", *joined(drawn), np.full(count, step), np.full(count, full))


@pytest.mark.parametrize(
    "counts",
    [{10: 50}, {10: 50, 20: 50}, {10: 50, 12: 50}, {0: 40, 1: 45, 2: 20}, {254: 10, 255: 90}],
)
def test_ties_and_ends_of_the_histogram(counts):
    plane = np.append(np.repeat(list(counts), list(counts.values())), [100, 101])
    drawn = [(plane, np.arange(plane.size) < plane.size - 2)]
    check("plane_facts", *joined(drawn), np.zeros(1, int), np.full(1, 255))


def test_more_bins_than_one_stretch_holds():
    random = np.random.default_rng(0)
    far = np.append(random.integers(0, 600, 5000), [65535, 40000])
    check("plane_facts", *joined([(far, far >= 0)]), np.zeros(1, int), np.full(1, 65535))


@few
@given(DRAWN, st.integers(0, 65535))
def test_what_lies_below_the_background_is_dark(drawn, level):
    values, _, starts = joined(drawn)
    check("subtracted", values, np.arange(len(drawn)) * 7 + level // 2, starts)
