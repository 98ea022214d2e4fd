"""Overlaps of two channels equal their definitions, cell by cell."""

from __future__ import annotations

import numpy as np
from drawn_crops import drawn_crops
from hypothesis import given
from hypothesis import strategies as st
from oracles.correlation import icq
from scipy import stats

from hpa_features.kernels.cpu import (
    ascending_order,
    dense_ranks,
    otsu_thresholds,
    pair_overlaps,
    rank_weighted,
)


def pair(crops):
    """Return both images, their orders and the pixels of the cells, as kernels take them."""
    images = [crops.first, crops.second]
    return images, ascending_order(images, crops.parts[0], crops.layout), crops.parts[0]


def ratio(a, b):
    return a / b if b > 0 else np.nan


def own_values(crops, part):
    """Return each cell's values of both images inside a part."""
    inside = crops.parts[part]
    for cell in crops.cells():
        yield tuple(
            image[cell][inside[cell]].astype(float) for image in (crops.first, crops.second)
        )


@given(drawn_crops(), st.integers(0, 2))
def test_pair_overlaps_equal_their_definitions(crops, part):
    limits = otsu_thresholds(*pair(crops), crops.layout)
    [found] = pair_overlaps([crops.first], crops.second, crops.parts[part], *limits, crops.layout)
    for (a, b), limit_a, limit_b, row in zip(own_values(crops, part), *limits, found, strict=True):
        varies = a.size > 0 and a.min() < a.max() and b.min() < b.max()
        expected = [
            ratio(a[b > limit_b].sum(), a.sum()),
            ratio(b[a > limit_a].sum(), b.sum()),
            icq(a, b) if varies else np.nan,
            ratio((a * b).sum(), np.sqrt((a**2).sum() * (b**2).sum())),
        ]
        np.testing.assert_allclose(row, expected, rtol=1e-12, atol=1e-12)


@given(drawn_crops(), st.sampled_from((0.0, 0.15, 0.5)))
def test_rank_weighted_overlaps_equal_their_definition(crops, share):
    ranks = dense_ranks(*pair(crops), crops.layout)
    [found] = rank_weighted(
        [crops.first], crops.second, *ranks, crops.parts[0], share, crops.layout
    )
    for (a, b), row in zip(own_values(crops, 0), found, strict=True):
        expected = [np.nan, np.nan]
        if a.sum() > 0 and b.sum() > 0:
            places = [stats.rankdata(values, "dense") for values in (a, b)]
            weights = 1 - np.abs(places[0] - places[1]) / max(p.max() for p in places)
            over = [values >= share * values.max() for values in (a, b)]
            both = over[0] & over[1]
            expected = [
                (values * weights)[both].sum() / values[bright].sum()
                for values, bright in zip((a, b), over, strict=True)
            ]
        np.testing.assert_allclose(row, expected, rtol=1e-12)
