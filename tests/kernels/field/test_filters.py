"""Smoothing and extremes of planes against SciPy's filters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage as ndi
from skimage.morphology import disk

from hpa_features.kernels.cpu.field.morphology import highest_in_disc, highest_in_square
from hpa_features.kernels.cpu.field.smooth import gaussian, mean
from hpa_features.segmentation.regions import close_bays, filled, opened

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=40)
SEEDS = st.integers(0, 2**32 - 1)


def plane(shape: tuple[int, int], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(50, 20, shape).astype(np.float32)


def blobs(shape: tuple[int, int], seed: int) -> np.ndarray:
    return ndi.uniform_filter(plane(shape, seed), 3) > 52


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("edge", "mode"), [("symmetric", "reflect"), ("edge", "nearest")])
@given(SHAPES, SEEDS, st.floats(0.3, 6))
def test_gaussian_is_scipys(dtype, edge, mode, shape, seed, sigma):
    image = plane(shape, seed).astype(dtype)
    found = gaussian(image, sigma, edge)
    assert found.dtype == dtype
    assert np.array_equal(found, ndi.gaussian_filter(image, sigma, mode=mode))


@given(SHAPES, SEEDS, st.sampled_from([1, 3, 7, 49]))
def test_mean_is_scipys(shape, seed, size):
    image = plane(shape, seed)
    assert np.array_equal(mean(image, size), ndi.uniform_filter(image, size, mode="nearest"))


@given(SHAPES, SEEDS, st.sampled_from([1, 3, 5, 17, 31, 95]))
def test_maximum_over_a_square_is_scipys(shape, seed, size):
    image = plane(shape, seed)
    assert np.array_equal(highest_in_square(image, size), ndi.maximum_filter(image, size))


@given(SHAPES, SEEDS, st.integers(1, 6))
def test_maximum_over_a_disc_is_scipys(shape, seed, steps):
    image = plane(shape, seed).astype(np.float64)
    wide = np.pad(image, steps, constant_values=-np.inf)
    expected = ndi.maximum_filter(image, footprint=disk(steps))
    assert np.array_equal(highest_in_disc(wide, steps), expected)


@given(SHAPES, SEEDS, st.integers(1, 5))
def test_opening_is_scipys_with_the_edge_repeated(shape, seed, steps):
    mask = blobs(shape, seed)
    padded = ndi.binary_opening(np.pad(mask, steps, mode="edge"), disk(steps))
    assert np.array_equal(opened(mask, steps), padded[steps:-steps, steps:-steps])


@given(SHAPES, SEEDS, st.integers(1, 5))
def test_bays_of_one_label_are_closed(shape, seed, steps):
    labels = np.where(blobs(shape, seed), 1 + (np.arange(shape[1]) > shape[1] // 2), 0)
    labels = labels.astype(np.int32)
    padded = ndi.binary_closing(np.pad(labels > 0, steps, mode="edge"), disk(steps))
    closed = padded[steps:-steps, steps:-steps] & (labels == 0)
    highest = ndi.maximum_filter(labels, 2 * steps + 1)
    lowest = ndi.minimum_filter(np.where(labels, labels, 9), 2 * steps + 1)
    expected = np.where(closed & (lowest == highest), highest, labels)
    assert np.array_equal(close_bays(labels, steps), expected)


@given(SHAPES, SEEDS)
def test_holes_are_filled_as_scipy_does(shape, seed):
    mask = ~blobs(shape, seed)
    assert np.array_equal(filled(mask), ndi.binary_fill_holes(mask))
