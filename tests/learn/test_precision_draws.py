"""Paired intervals of average precision."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from hpa_features.learn.precision_draws import precision_draws

rows = st.lists(
    st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 4)), min_size=2, max_size=20
)


@given(rows, st.integers(0, 5))
def test_a_draw_is_scikit_learns_figure_with_rows_repeated(table, seed):
    truth, scores, groups = (np.array(each) for each in zip(*table))
    _, group = np.unique(groups, return_inverse=True)
    count = group.max() + 1
    found = precision_draws(truth[:, None], scores[:, None], groups, draws=4, seed=seed)
    rng = np.random.default_rng(seed)
    for each in found.drawn[:, 0]:
        weights = np.bincount(rng.integers(0, count, count), minlength=count)[group]
        if not (weights * truth).any():
            assert np.isnan(each)
            continue
        wanted = average_precision_score(np.repeat(truth, weights), np.repeat(scores, weights))
        assert each == pytest.approx(wanted)


def test_gaps_are_of_the_same_draws():
    """Equal scores differ in no draw, however much each scatters; a mean passes over gaps."""
    rng = np.random.default_rng(0)
    truth = rng.random((60, 3)) < [0.5, 0.3, 0]
    scores = rng.normal(size=(60, 3)) + truth
    groups = np.repeat(np.arange(20), 3)
    first = precision_draws(truth, scores, groups, draws=50, seed=1)
    same = first.minus(precision_draws(truth, 2 * scores, groups, draws=50, seed=1))
    assert (same.mean, same.interval) == (0, (0, 0))
    assert np.isnan(same.labels[2])
    assert np.isnan(same.intervals[2]).all()
    worse = first.minus(precision_draws(truth, -scores, groups, draws=50, seed=1))
    assert worse.mean == pytest.approx(np.mean(worse.labels[:2]))
    assert 0 < worse.interval[0] < worse.mean < worse.interval[1]
