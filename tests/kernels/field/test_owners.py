"""Raster order and runs against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hpa_features.kernels.cpu.field.owners import painted, raster_order, shared_runs
from hpa_features.segmentation.reconcile import reconcile

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)
LABELS = hnp.arrays(np.int32, SHAPES, elements=st.integers(0, 6))


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint64])
@given(labels=LABELS)
def test_values_are_numbered_as_they_first_occur(dtype, labels):
    numbers, places = raster_order(labels.astype(dtype), 6)
    expected = list(dict.fromkeys(labels[labels > 0].tolist()))
    assert numbers.tolist() == expected
    assert np.array_equal(np.concatenate([[0], numbers])[places], labels)


@given(LABELS, st.data())
def test_runs_hold_every_pixel_once_and_paint_it_again(labels, data):
    other = data.draw(hnp.arrays(np.int32, labels.shape, elements=st.integers(0, 2)))
    starts, stops = shared_runs(labels, other)
    one, beside = labels.ravel(), other.ravel()
    held = [k for start, stop in zip(starts, stops, strict=True) for k in range(start, stop)]
    assert held == np.flatnonzero(one).tolist()
    for start, stop in zip(starts, stops, strict=True):
        assert len(set(one[start:stop])) == len(set(beside[start:stop])) == 1
        if stop < one.size:
            assert (one[stop], beside[stop]) != (one[start], beside[start])
    assert np.array_equal(painted(starts, stops, one[starts], labels.shape), labels)


@given(LABELS, st.data())
def test_large_and_negative_values_give_the_same_masks(labels, data):
    """A table of all values serves small ones only."""
    nuclei = data.draw(hnp.arrays(np.int32, labels.shape, elements=st.integers(0, 6)))
    far = np.array([0, 7, -3, 2_000_000_000, 5, 70_000, -1])
    near, wide = reconcile(labels, nuclei), reconcile(far[labels], far[nuclei], keep_numbers=True)
    assert np.array_equal(near.cells, wide.cells)
    assert np.array_equal(near.nuclei, wide.nuclei)
    assert np.array_equal(far[labels], np.concatenate([[0], wide.object_numbers])[wide.cells])
