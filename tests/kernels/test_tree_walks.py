"""Walks of trees say at each step what LightGBM says of the row of that step."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from hpa_features.learn.explain.forests import Forest

COLUMNS, GROUPS, WALKS = 9, 4, 6


def booster(seed, **more):
    rng = np.random.default_rng(seed)
    values = rows(rng, 300)
    truth = np.nan_to_num(values[:, 0]) + np.nan_to_num(values[:, 4]) * values[:, 1] > 0.2
    parameters = {"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": seed, **more}
    data = lgb.Dataset(values, label=truth.astype(float), params=parameters)
    return lgb.train(parameters, data, num_boost_round=12)


def rows(rng, count):
    """Rows with missing values, with zeros, and with a column that is missing everywhere."""
    values = rng.normal(size=(count, COLUMNS)).astype(np.float32)
    values[:, 4][rng.random(count) < 0.2] = np.nan
    values[:, 5][rng.random(count) < 0.4] = 0
    values[:, 8] = np.nan
    return values


@pytest.mark.parametrize(
    "more",
    [{}, {"zero_as_missing": True}, {"use_missing": False}, {"num_leaves": 2}, {"max_depth": 0}],
    ids=str,
)
def test_each_step_is_what_lightgbm_says_of_its_row(more):
    boosters = [booster(1, **more), booster(2, **more, min_data_in_leaf=200), booster(3, **more)]
    rng = np.random.default_rng(0)
    there, here = rows(rng, 5), rows(rng, 1)[0]
    here[1] = np.nan  # where training had no missing value, it counts as 0
    groups = rng.permutation(np.arange(COLUMNS) % GROUPS).astype(np.int32)
    groups[3] = -1
    starts = rng.integers(0, 5, WALKS).astype(np.int32)
    turns = np.array([rng.permutation(GROUPS) for _ in range(WALKS)], np.int32)
    forest = Forest.of([each.model_to_string() for each in boosters])
    found = forest.walks(here, there, groups, starts, turns)
    assert found.shape == (3, WALKS, GROUPS + 1)
    for walk in range(WALKS):
        for step in range(GROUPS + 1):
            turned = (groups < 0) | (turns[walk][groups] < step)
            row = np.where(turned, here, there[starts[walk]])[None]
            wanted = [each.predict(row, raw_score=True, num_threads=1)[0] for each in boosters]
            np.testing.assert_allclose(found[:, walk, step], wanted, rtol=1e-10, atol=1e-10)
    for output in range(3):
        alone = forest.of_output(output).walks(here, there, groups, starts, turns)
        np.testing.assert_array_equal(alone[0], found[output])


def test_labels_without_trees_score_0():
    forest = Forest.of(["", ""])
    turns = np.zeros((1, 1), np.int32)
    row = np.ones(2, np.float32)
    start = np.zeros(1, np.int32)
    assert not forest.walks(row, row[None], np.zeros(2, np.int32), start, turns).any()
