"""Quantiles, contacts and neighbours of labelled regions against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage as ndi

from hpa_features.kernels.cpu.field.quantiles import quantiles
from hpa_features.kernels.cpu.field.regions import bordering, counts, only_labels, touching

LABELS = hnp.arrays(
    np.int32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 4)
)
SHARES = st.sampled_from([0.0, 0.01, 0.1, 0.5, 0.75, 0.95, 1.0])


@given(LABELS, SHARES, st.integers(0, 2**32 - 1), st.booleans())
def test_quantiles_are_numpys(labels, q, seed, ties):
    values = np.random.default_rng(seed).normal(0, 3, labels.shape).astype(np.float32)
    values = np.round(values) if ties else values
    found = quantiles(values, labels, q, 5)
    for label in range(1, 6):
        own = values[labels == label]
        # NumPy's releases differ in the last bit.
        assert found[label] == pytest.approx(np.quantile(own, q) if own.size else 0, abs=1e-6)
    assert found[0] == 0


@given(LABELS)
def test_counts_are_numpys(labels):
    assert counts(labels, 5).tolist() == np.bincount(labels.ravel(), minlength=6).tolist()


@given(LABELS)
def test_touching_pixels_are_found_once(labels):
    here, there = touching(labels)
    rows, columns = np.indices(labels.shape).reshape(2, -1)
    gap = np.maximum(
        np.abs(np.subtract.outer(rows, rows)), np.abs(np.subtract.outer(columns, columns))
    )
    flat = labels.ravel()
    meet = (gap == 1) & (flat[:, None] != flat) & (flat[:, None] > 0) & (flat > 0)
    expected = [(a, b) for a, b in np.argwhere(meet).tolist() if a < b]
    assert sorted(zip(here.tolist(), there.tolist(), strict=True)) == expected


def around(labels: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest label of each square; 9 and 0 without one."""
    lowest = ndi.minimum_filter(np.where(labels, labels, 9), 2 * steps + 1, mode="nearest")
    return lowest, ndi.maximum_filter(labels, 2 * steps + 1, mode="nearest")


@given(LABELS, st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_a_place_takes_the_only_label_around_it(labels, steps, seed):
    places = np.random.default_rng(seed).random(labels.shape) < 0.5
    lowest, highest = around(labels, steps)
    expected = np.where(places & (lowest == highest), highest, labels)
    assert np.array_equal(only_labels(places, labels, steps), expected)


@given(LABELS, st.data())
def test_the_labels_that_border_a_region(labels, data):
    regions = data.draw(hnp.arrays(np.int32, labels.shape, elements=st.integers(0, 3)))
    lowest, highest = bordering(regions, labels, 4)
    low, high = around(labels, 1)
    for region in range(1, 5):
        own = regions == region
        assert lowest[region] == (low[own].min(initial=9) % 9)
        assert highest[region] == high[own].max(initial=0)
    assert lowest[0] == highest[0] == 0
