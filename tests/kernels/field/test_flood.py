"""Watershed against scikit-image's and against a heap."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.segmentation import watershed as oracle

from hpa_features.kernels.cpu.field.flood import watershed

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=30)


def seeds_and_mask(shape: tuple[int, int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    seeds = np.where(random.random(shape) < 0.08, random.integers(1, 9, shape), 0)
    return seeds.astype(np.int32), random.random(shape) < 0.85


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(SHAPES, st.integers(0, 2**32 - 1))
def test_floods_as_scikit_image_where_heights_differ(dtype, shape, seed):
    seeds, mask = seeds_and_mask(shape, seed)
    heights = np.random.default_rng(seed).permutation(seeds.size).reshape(shape) - seeds.size / 2
    heights = (heights / 7).astype(dtype)
    found = watershed(heights, seeds, mask)
    assert np.array_equal(found, oracle(heights, seeds, mask=mask))


def by_heap(heights: np.ndarray, seeds: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Flood with a heap of (height, order of arrival); seeds arrive in raster order."""
    labels = np.where(mask, seeds, 0)
    queue = [(heights[r, c], n, r, c) for n, (r, c) in enumerate(np.argwhere(labels))]
    heapq.heapify(queue)
    arrived = len(queue)
    while queue:
        height, _, r, c = heapq.heappop(queue)
        for row, column in ((r - 1, c), (r, c - 1), (r, c + 1), (r + 1, c)):
            within = 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]
            if within and mask[row, column] and not labels[row, column]:
                labels[row, column] = labels[r, c]
                arrived += 1
                heapq.heappush(queue, (max(height, heights[row, column]), arrived, row, column))
    return labels


@given(SHAPES, st.integers(0, 2**32 - 1))
def test_of_equally_high_pixels_the_one_reached_first_goes_on(shape, seed):
    seeds, mask = seeds_and_mask(shape, seed)
    heights = np.random.default_rng(seed).integers(-2, 3, shape).astype(np.float32)
    heights[heights == 0] *= -1
    assert np.array_equal(watershed(heights, seeds, mask), by_heap(heights, seeds, mask))


def test_nothing_floods_from_no_seed_and_into_no_mask():
    heights = np.ones((3, 4), np.float32)
    nothing, everywhere = np.zeros((3, 4), np.int32), np.ones((3, 4), bool)
    assert not watershed(heights, nothing, everywhere).any()
    assert not watershed(heights, nothing + 1, ~everywhere).any()
