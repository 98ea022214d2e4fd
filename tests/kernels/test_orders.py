"""What is read along each cell's ascending order equals its definition, cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_crops import drawn_crops
from hypothesis import given
from hypothesis import strategies as st
from oracles.intensity import gini
from scipy import stats
from skimage.filters import threshold_otsu

from hpa_features.kernels.cpu import (
    ascending_order,
    average_ranks,
    brightest,
    dense_ranks,
    gray_levels,
    otsu_thresholds,
    part_statistics,
    rank_shares,
)

PARTS = st.integers(0, 2)


def order_of(crops, inside=None):
    [order] = ascending_order(
        [crops.first], crops.parts[0] if inside is None else inside, crops.layout
    )
    return order


def expected_map(crops, inside, formula, elsewhere=0):
    """Return (total,): `formula` of the values inside of each cell, `elsewhere` elsewhere."""
    whole = np.full(crops.first.size, elsewhere, float)
    for cell in crops.cells():
        own = inside[cell]
        if own.any():
            whole[cell][own] = formula(crops.first[cell][own].astype(float))
    return whole


@given(drawn_crops(), PARTS)
def test_the_order_is_a_stable_sort_of_each_cells_pixels(crops, part):
    inside = crops.parts[part]
    order = order_of(crops, inside)
    for cell in crops.cells():
        own = np.flatnonzero(inside[cell]) + cell.start
        ascending = own[np.argsort(crops.first[own], kind="stable")]
        rest = np.full(cell.stop - cell.start - own.size, -1)
        np.testing.assert_array_equal(order[cell], np.concatenate((ascending, rest)))


@given(drawn_crops(), PARTS)
def test_ranks_equal_those_of_scipy(crops, part):
    inside, order = crops.parts[part], order_of(crops)
    taken = ([crops.first], order, inside)
    [average] = average_ranks(*taken, crops.layout)
    np.testing.assert_array_equal(average, expected_map(crops, inside, stats.rankdata))
    [dense] = dense_ranks(*taken, crops.layout)
    np.testing.assert_array_equal(
        dense, expected_map(crops, inside, lambda v: stats.rankdata(v, "dense") - 1)
    )
    [share] = rank_shares(*taken, -1.0, crops.layout)
    middle = expected_map(crops, inside, lambda v: (stats.rankdata(v) - 0.5) / v.size, -1)
    np.testing.assert_allclose(share, middle, rtol=1e-15)


@given(drawn_crops(), PARTS)
def test_an_order_of_the_part_alone_gives_the_same_ranks(crops, part):
    inside = crops.parts[part]
    [of_cell] = rank_shares([crops.first], order_of(crops), inside, 0.5, crops.layout)
    [of_part] = rank_shares([crops.first], order_of(crops, inside), inside, 0.5, crops.layout)
    np.testing.assert_array_equal(of_cell, of_part)


@given(drawn_crops(), PARTS, st.sampled_from((0.01, 0.2, 1.0)))
def test_the_brightest_share_is_the_mean_over_all_orders_of_ties(crops, part, share):
    def weights(values):
        wanted = share * values.size
        limit = np.sort(values)[values.size - int(np.ceil(wanted))]
        above, tied = values > limit, values == limit
        return above + tied * (wanted - above.sum()) / tied.sum()

    inside = crops.parts[part]
    [found] = brightest([crops.first], order_of(crops), inside, share, crops.layout)
    np.testing.assert_allclose(found, expected_map(crops, inside, weights), atol=1e-15)


@given(drawn_crops(), PARTS)
def test_otsus_threshold_parts_the_classes_as_that_of_scikit_image(crops, part):
    def apart(values, limit):
        low, high = values[values <= limit], values[values > limit]
        return low.size * high.size * (low.mean() - high.mean()) ** 2

    inside = crops.parts[part]
    [found] = otsu_thresholds([crops.first], order_of(crops), inside, crops.layout)
    for cell, limit in zip(crops.cells(), found, strict=True):
        values = crops.first[cell][inside[cell]].astype(float)
        if values.size == 0 or values.min() == values.max():
            assert limit == values.max(initial=0)
        else:
            best = threshold_otsu(values.astype(np.uint16))
            assert apart(values, limit) == pytest.approx(apart(values, best), rel=1e-9)


def described(values):
    """Return the 13 statistics of `part_statistics` from their definitions."""
    if values.size == 0:
        return np.full(13, np.nan)
    varies, light = values.min() < values.max(), values.sum() > 0
    top = np.sort(values)[-int(np.ceil(0.01 * values.size)) :].sum()
    return np.array(
        [
            values.mean(),
            values.std(),
            stats.median_abs_deviation(values),
            stats.skew(values) if varies else np.nan,
            stats.kurtosis(values) if varies else np.nan,
            gini(values) if light and values.size > 1 else np.nan,
            top / values.sum() if light else np.nan,
            *np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95, 0.99)),
        ]
    )


@given(drawn_crops())
def test_statistics_equal_their_definitions(crops):
    [found] = part_statistics([crops.first], order_of(crops), crops.region, crops.layout)
    for cell, rows in zip(crops.cells(), found, strict=True):
        for inside, row in zip(crops.parts, rows, strict=True):
            expected = described(crops.first[cell][inside[cell]].astype(float))
            np.testing.assert_allclose(row, expected, rtol=1e-9, atol=1e-9)


@given(drawn_crops(), st.sampled_from((0.0, 100.0)))
def test_gray_levels_are_equal_steps_between_two_quantiles(crops, least):
    limits = np.full(len(crops.cells()), least)
    [(levels, usable)] = gray_levels(
        [crops.first], order_of(crops), limits, crops.region, crops.layout
    )
    for number, cell in enumerate(crops.cells()):
        own = crops.region[cell] > 0
        values = crops.first[cell][own].astype(float)
        low, high = np.quantile(values, (0.005, 0.995)) if own.any() else (0, 0)
        enough = high > low and high - low >= least
        assert usable[number] == enough
        expected = np.zeros(own.size)
        if enough:
            steps = np.floor((values - low) * 32 / (high - low))
            expected[own] = 1 + np.clip(steps, 0, 31)
        np.testing.assert_array_equal(levels[cell], expected)
