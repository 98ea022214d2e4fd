"""Two sets told apart, or not, against scikit-learn's AUC and what chance does."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from hpa_features.learn.shift import FEWEST_GROUPS, column_aucs, two_sample


def made(rows=200, columns=4, shift=0.0, groups=50, seed=0):
    rng = np.random.default_rng(seed)
    group = np.arange(rows) % groups
    second = group % 2 == 1
    values = rng.normal(size=(rows, columns)).astype(np.float32)
    values[second, 0] += shift
    return values, second, group


def test_each_column_has_the_auc_of_its_values():
    values, second, _ = made(shift=1.0)
    values = np.round(values, 1)  # ties
    values[3, 1] = np.nan
    known = ~np.isnan(values[:, 1])
    aucs = column_aucs(values, second)
    assert aucs[0] == pytest.approx(roc_auc_score(second, values[:, 0]))
    assert aucs[1] == pytest.approx(roc_auc_score(second[known], values[known, 1]))


def test_a_column_that_one_set_lacks_has_none():
    values, second, _ = made()
    values[second, 2] = np.nan
    assert np.isnan(column_aucs(values, second)[2])


def test_sets_that_differ_are_told_apart():
    values, second, group = made(shift=3.0)
    found = two_sample(values, second, group)
    assert found.auc > 0.95
    assert found.p == pytest.approx(1 / 1001)
    assert found.chance[1] < 0.7


def test_equal_sets_are_mostly_not_told_apart():
    inside = 0
    for seed in range(12):
        found = two_sample(*made(seed=seed), seed=seed)
        inside += found.chance[0] <= found.auc <= found.chance[1]
        assert found.chance[0] < 0.5 < found.chance[1]
    assert inside >= 9


def test_rows_of_a_group_are_not_counted_as_so_much_evidence():
    """Groups that look each their own way tell the sets apart by chance at most."""
    rng = np.random.default_rng(5)
    group = np.repeat(np.arange(16), 20)
    second = group % 2 == 1
    values = (rng.normal(size=16)[group, None] + 0.05 * rng.normal(size=(320, 3))).astype(
        np.float32
    )
    found = two_sample(values, second, group)
    alone = two_sample(values, second, np.arange(320))
    assert alone.auc > 0.95  # neighbours of the same group give it away
    assert found.p > 0.05
    assert found.chance[1] - found.chance[0] > 2 * (alone.chance[1] - alone.chance[0])


def test_few_groups_are_not_judged():
    values, second, _ = made(rows=40)
    assert two_sample(values, second, np.arange(40) % (2 * FEWEST_GROUPS - 2)) is None


def test_the_same_seed_gives_the_same_answer():
    assert two_sample(*made(), seed=3) == two_sample(*made(), seed=3)
