"""Arrays are found and changed wherever they are nested; everything else stays."""

from __future__ import annotations

import numpy as np

from hpa_features.kernels.layout import CropLayout
from hpa_features.kernels.nested import arrays_in, leaves, with_arrays

FIRST, SECOND, THIRD = (np.arange(k) for k in (1, 2, 3))
LAYOUT = CropLayout(FIRST, SECOND, THIRD, 7)
HALF, TWO = 0.5, np.float64(2.0)
NESTED = ([FIRST, (SECOND, HALF)], LAYOUT, TWO, FIRST)


def test_leaves_come_in_order():
    wanted = [FIRST, SECOND, HALF, *LAYOUT, TWO, FIRST]
    assert all(own is other for own, other in zip(leaves(NESTED), wanted, strict=True))


def test_arrays_are_found_each_time_that_they_occur():
    wanted = [FIRST, SECOND, FIRST, SECOND, THIRD, FIRST]
    assert all(own is other for own, other in zip(arrays_in(NESTED), wanted, strict=True))
    assert arrays_in([1, "text", TWO]) == []


def test_lists_tuples_and_named_tuples_keep_their_kind():
    [length, pair], layout, two, _ = with_arrays(NESTED, len)
    assert (length, pair) == (1, (2, HALF))
    assert layout == CropLayout(1, 2, 3, 7)
    assert isinstance(layout, CropLayout)
    assert two is TWO
