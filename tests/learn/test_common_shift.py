"""Rows that lie to one side of the training rows."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from hpa_features.learn.common_shift import (
    Scatter,
    design_effect,
    rows_of_a_group,
    signs,
    sums_of_pairs,
)


def residuals_of_groups(groups, columns, rng, shared=0.6):
    number = int(groups.max()) + 1
    return np.sqrt(shared) * rng.normal(size=(number, columns))[groups] + np.sqrt(
        1 - shared
    ) * rng.normal(size=(len(groups), columns))


def test_sums_of_pairs_are_those_of_a_loop_over_pairs():
    rng = np.random.default_rng(0)
    groups = np.array([3, 3, 5, 7, 7, 7])
    found = signs(rng.normal(size=(6, 4)))
    apart, together = [], []
    for a, b in combinations(range(6), 2):
        (together if groups[a] == groups[b] else apart).append(found[a] @ found[b])
    means = [found[groups == group].mean(axis=0) for group in (3, 5, 7)]
    squares = [(a @ b) ** 2 for a, b in combinations(means, 2)]
    lengths = [each @ each for each in means]
    expected = [(sum(each), len(each)) for each in (apart, together, squares, lengths)]
    np.testing.assert_allclose(sums_of_pairs(found, groups), expected)


def test_signs_have_length_1_and_none_of_nothing():
    found = signs(np.array([[3.0, 4.0], [0.0, 0.0]]))
    np.testing.assert_allclose(found, [[0.6, 0.8], [0, 0]])


def test_a_row_of_a_large_group_has_many_rows_beside_it():
    assert rows_of_a_group(np.array([0, 0, 0, 1])) == 2.5
    assert rows_of_a_group(np.arange(5)) == 1
    assert design_effect(2.5, 0.4) == 1.6


@pytest.mark.parametrize("groups", [12, 70])
def test_chances_of_rows_of_the_same_kind_are_even(groups):
    rng = np.random.default_rng(groups)
    training = np.arange(400) // 4
    chances = []
    for _ in range(80):
        known = residuals_of_groups(training, 30, rng)
        centre = known.mean(axis=0)  # as the directions' centre is the mean of training rows
        pairs = sums_of_pairs(signs(residuals_of_groups(training, 30, rng)), training)
        scatter = Scatter.of(pairs, 400, 4)
        rows = signs(residuals_of_groups(np.arange(4 * groups) // 4, 30, rng) - centre)
        chances.append(scatter.chance(rows.mean(axis=0), len(rows), 4))
    assert np.mean(np.array(chances) < 0.01) <= 0.04
    assert 0.35 < np.mean(chances) < 0.65


def test_rows_taken_for_strangers_to_each_other_seem_shifted():
    rng = np.random.default_rng(1)
    groups = np.arange(280) // 4
    scatter = Scatter(alike=0.6, common=0.001, freedom=30)
    mean = signs(residuals_of_groups(groups, 30, rng)).mean(axis=0)
    assert scatter.chance(mean, 280, 1) < 1e-4 < scatter.chance(mean, 280, 4)


def test_a_small_shift_of_every_row_shows():
    rng = np.random.default_rng(2)
    groups = np.arange(40) // 4
    rows = residuals_of_groups(groups, 200, rng)
    pairs = sums_of_pairs(
        signs(residuals_of_groups(np.arange(400) // 4, 200, rng)), groups=(np.arange(400) // 4)
    )
    scatter = Scatter.of(pairs, 400, 4)
    assert scatter.chance(signs(rows).mean(axis=0), 40, 4) > 0.01
    assert scatter.chance(signs(rows + 0.4).mean(axis=0), 40, 4) < 1e-6


def test_training_rows_without_pairs_have_a_scatter_too():
    scatter = Scatter.of(sums_of_pairs(np.ones((1, 3)), np.zeros(1, int)), 1, 1.0)
    assert (scatter.alike, scatter.common, scatter.freedom) == (0, 1, 1e6)
