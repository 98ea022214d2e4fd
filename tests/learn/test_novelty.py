from __future__ import annotations

import numpy as np
import pytest

from hpa_features.learn.novelty import Reach, outside_block, outside_share

NAN = np.float32("nan")


def table(rows=500, columns=4, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)


def test_reach_is_numpys_percentiles_outward():
    values = table()
    values[::7, 1] = NAN
    reach = Reach.of(values)
    for column in range(4):
        known = values[:, column][~np.isnan(values[:, column])]
        assert reach.low[column] == np.percentile(known, 1, method="lower")
        assert reach.high[column] == np.percentile(known, 99, method="higher")
    np.testing.assert_allclose(reach.missing, np.isnan(values).mean(axis=0))


def test_training_rows_are_mostly_inside_and_far_rows_outside():
    values = table()
    reach, weights = Reach.of(values), np.full(4, 0.25)
    assert outside_share(values, reach, weights).mean() < 0.02
    assert outside_share(values + 100, reach, weights).tolist() == [1.0] * 500


def test_shares_are_those_of_the_gain():
    reach = Reach.of(table())
    row = np.array([[0, 50, 0, -50]], dtype=np.float32)
    assert outside_share(row, reach, np.array([0.4, 0.3, 0.2, 0.1])) == pytest.approx(0.4)


def test_a_gap_is_outside_only_where_training_knew_none():
    values = table()
    values[:50, 1] = NAN
    reach = Reach.of(values)
    row = np.full((1, 4), NAN)
    assert reach.outside(row).tolist() == [[True, False, True, True]]


def test_a_column_without_training_values_makes_any_value_outside():
    values = table()
    values[:, 2] = NAN
    assert Reach.of(values).outside(np.zeros((1, 4), np.float32)).tolist() == [
        [False, False, True, False]
    ]


def test_the_block_most_outside_is_named():
    reach = Reach.of(table())
    rows = np.array([[50, 0, 50, 50], [0, 50, 0, 0], [0, 0, 0, 0]], dtype=np.float32)
    blocks = ("A", "B", "A", "C")
    found = outside_block(rows, reach, np.array([0.2, 0.3, 0.2, 0.3]), blocks)
    assert found == ("A", "B", "")


def test_no_rows_are_no_error():
    none = np.empty((0, 4), np.float32)
    assert outside_share(none, Reach.of(table()), np.full(4, 0.25)).shape == (0,)
    assert outside_block(none, Reach.of(table()), np.full(4, 0.25), ("A",) * 4) == ()
