"""Sums in masks against NumPy's, for items that share a mask, a weight or nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hpa_features.kernels.cpu import band_sums, means, moments, peaks, weighted_means
from hpa_features.kernels.layout import CropLayout

LAYOUT = CropLayout(np.array([0, 30, 30, 72]), np.array([[5, 6], [0, 0], [6, 7]]), np.ones(3), 72)


@st.composite
def items(draw):
    """Draw images of several types, and a mask for each from a few, one of them empty."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    kinds = draw(st.lists(st.sampled_from(("wide", "few", "real")), min_size=1, max_size=11))
    make = {
        "wide": lambda: random.integers(0, 65536, 72).astype(np.uint16),
        "few": lambda: random.integers(0, 3, 72).astype(np.uint16),
        "real": lambda: random.normal(0, 9, 72),
    }
    masks = [random.random(72) < share for share in (0.0, 0.1, 0.7)]
    return [make[kind]() for kind in kinds], [masks[random.integers(3)] for _ in kinds], random


def own_pixels(image, mask):
    for begin, end in zip(LAYOUT.starts, LAYOUT.starts[1:], strict=False):
        yield image[begin:end][mask[begin:end]].astype(float)


def mean_of(values, weights):
    total = weights.sum()
    return (weights * values).sum() / total if total > 0 else np.nan


@given(items())
def test_means_and_peaks(drawn):
    images, masks, _ = drawn
    found = zip(means(images, masks, LAYOUT), peaks(images, masks, LAYOUT), strict=True)
    for image, mask, (mean, peak) in zip(images, masks, found, strict=True):
        own = list(own_pixels(image, mask))
        expected = [[v.size, mean_of(v, np.ones(v.size))] for v in own]
        np.testing.assert_allclose(mean, expected, rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(peak, [max(v.max(initial=0.0), 0.0) for v in own])


@given(items())
def test_weighted_means(drawn):
    images, masks, random = drawn
    choice = [np.zeros(72), random.random(72)]
    weights = [choice[random.integers(2)] for _ in images]
    found = weighted_means(images, masks, weights, LAYOUT)
    for image, mask, weight, mean in zip(images, masks, weights, found, strict=True):
        pairs = zip(own_pixels(image, mask), own_pixels(weight, mask), strict=True)
        expected = [[w.sum(), mean_of(v, w)] for v, w in pairs]
        np.testing.assert_allclose(mean, expected, rtol=1e-12, atol=1e-12)


@given(items())
def test_moments(drawn):
    images, masks, _ = drawn
    for image, mask, found in zip(images, masks, moments(images, masks, LAYOUT), strict=True):
        for values, row in zip(own_pixels(image, mask), found, strict=True):
            if values.size == 0:
                assert not row.any()
                continue
            powers = [((values - values.mean()) ** power).mean() for power in (2, 3, 4)]
            expected = [values.size, values.mean(), *powers]
            slack = 1e-9 * np.abs(values).max() ** np.array([0, 1, 2, 3, 4])
            assert (np.abs(row - expected) <= slack + 1e-12).all()


@given(items())
def test_band_sums(drawn):
    images, _, random = drawn
    images = [image.astype(np.uint16) for image in images if image.dtype != float]
    counts = [int(random.choice((1, 3))) for _ in images]
    choice = {count: random.integers(-1, count, 72).astype(np.int8) for count in (1, 3)}
    bands = [choice[count] for count in counts]
    found = band_sums(images, bands, counts, LAYOUT)
    for image, band, count, sums in zip(images, bands, counts, found, strict=True):
        for k in range(count):
            own = list(own_pixels(image, band == k))
            expected = [[v.size, v.sum(), (v**2).sum()] for v in own]
            np.testing.assert_array_equal(sums[:, k], expected)


def test_items_that_share_a_mask_have_the_values_of_single_ones():
    random = np.random.default_rng(1)
    images, mask = [random.normal(0, 1, 72) for _ in range(7)], random.random(72) < 0.6
    together = moments(images, [mask] * 7, LAYOUT)
    for image, found in zip(images, together, strict=True):
        np.testing.assert_array_equal(found, moments([image], [mask], LAYOUT)[0])
