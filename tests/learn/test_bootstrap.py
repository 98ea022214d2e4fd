"""Intervals over groups against the slow way, and their limits."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.bootstrap_rows import macro_f1_of_draw

from hpa_features.learn import bootstrap
from hpa_features.learn.metrics import macro_f1


def example(seed, rows=30, labels=4, groups=8):
    rng = np.random.default_rng(seed)
    truth = rng.random((rows, labels)) < 0.25
    decisions = truth ^ (rng.random((rows, labels)) < 0.2)
    return truth, decisions, np.array([f"g{each}" for each in rng.integers(0, groups, rows)])


def all_weights(truth, groups, draws, seed):
    _, group = np.unique(groups, return_inverse=True)
    return np.concatenate(list(bootstrap.draw_weights(int(group.max()) + 1, draws, seed)))


@pytest.mark.parametrize("seed", range(4))
def test_interval_equals_the_slow_way_on_the_same_draws(seed):
    truth, decisions, groups = example(seed)
    slow = [
        macro_f1_of_draw(truth, decisions, groups, weights)
        for weights in all_weights(truth, groups, 40, seed)
    ]
    ours = bootstrap.f1_intervals(truth, decisions, groups, draws=40, seed=seed)
    assert ours.macro == pytest.approx(tuple(np.nanquantile(slow, [0.025, 0.975])))


@given(st.integers(0, 1000), st.integers(1, 40))
@settings(max_examples=30)
def test_every_draw_takes_as_many_groups_as_there_are(seed, groups):
    for weights in bootstrap.draw_weights(groups, 7, seed):
        assert (weights.sum(axis=1) == groups).all()


def test_every_group_is_drawn_once_on_average():
    weights = np.concatenate(list(bootstrap.draw_weights(20, 4000, 0)))
    np.testing.assert_allclose(weights.mean(axis=0), 1, atol=0.08)
    np.testing.assert_allclose(weights.var(axis=0), 1 - 1 / 20, atol=0.15)


def test_draws_do_not_depend_on_the_pieces_they_come_in(monkeypatch):
    whole = np.concatenate(list(bootstrap.draw_weights(5, 11, 3)))
    monkeypatch.setattr(bootstrap, "_CHUNK_VALUES", 10)
    pieces = list(bootstrap.draw_weights(5, 11, 3))
    assert len(pieces) == 6
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


def test_differences_of_labels_are_those_of_each_label_alone():
    truth, first, groups = example(3)
    second = truth ^ (np.random.default_rng(9).random(truth.shape) < 0.3)
    found = bootstrap.f1_difference(truth, first, second, groups, draws=200)
    for label in range(truth.shape[1]):
        part = [each[:, [label]] for each in (truth, first, second)]
        assert found.f1[label] == pytest.approx(macro_f1(*part[:2]) - macro_f1(part[0], part[2]))
        low, high = found.labels[label]
        assert low <= found.f1[label] <= high
    assert found.macro == pytest.approx(found.f1.mean())


def test_a_label_missing_from_a_draw_is_left_out_of_its_mean():
    truth = np.array([[1, 0], [1, 0], [1, 1], [1, 0]], dtype=bool)
    decisions = np.array([[1, 0]] * 4, dtype=bool)
    found = bootstrap.f1_intervals(truth, decisions, ["a", "a", "b", "b"], draws=300)
    # Without b only the first label counts, and its F1 is 1; with b the second adds a 0.
    assert found.macro == (0.5, 1.0)


def test_perfect_decisions_have_no_spread_and_nothing_true_no_interval():
    truth, _, groups = example(0)
    assert bootstrap.f1_intervals(truth, truth, groups, draws=50).macro == (1, 1)
    nothing = np.zeros_like(truth)
    assert np.isnan(bootstrap.f1_intervals(nothing, nothing, groups, draws=5).macro).all()


def test_rows_that_repeat_within_groups_do_not_narrow_the_interval():
    truth, decisions, _ = example(1, rows=60)
    alone = bootstrap.f1_intervals(truth, decisions, np.arange(60), draws=500).macro
    tenfold = [np.repeat(each, 10, axis=0) for each in (truth, decisions, np.arange(60))]
    assert bootstrap.f1_intervals(*tenfold, draws=500).macro == pytest.approx(alone)


def test_difference_is_paired():
    truth, decisions, groups = example(2, rows=200, groups=40)
    worse = decisions & (np.random.default_rng(9).random(decisions.shape) < 0.9)
    found = bootstrap.f1_difference(truth, decisions, worse, groups, draws=400)
    assert found.macro == pytest.approx(macro_f1(truth, decisions) - macro_f1(truth, worse))
    assert found.interval[0] < found.macro < found.interval[1]
    wide = bootstrap.f1_intervals(truth, decisions, groups, draws=400).macro
    assert found.interval[1] - found.interval[0] < wide[1] - wide[0]
    same = bootstrap.f1_difference(truth, decisions, decisions, groups, draws=50)
    assert (same.macro, same.interval, same.share_better) == (0, (0, 0), 0.5)


def test_two_thousand_draws_of_thirty_thousand_rows_take_seconds():
    truth, decisions, _ = example(3, rows=30_000, labels=28)
    begun = time.process_time()
    bootstrap.f1_intervals(truth, decisions, np.arange(30_000), draws=2000)
    assert time.process_time() - begun < 60
