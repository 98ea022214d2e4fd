from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.metrics import average_precision_score

from hpa_features.learn.supported import (
    _average_precisions,
    can_be_trained,
    no_label_can_be_trained,
    p_value,
)


def test_noise_labels_pass_no_more_often_than_the_level_says():
    passed = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        group = np.repeat(np.arange(40), 3)
        truth = np.isin(group, rng.choice(40, 8, replace=False))
        # Rows of a group look alike, so that row-level tests would be fooled.
        scores = rng.normal(size=40)[group] + 0.1 * rng.normal(size=120)
        passed += p_value(scores, truth, group, (seed,)) < 0.05
    assert binom.ppf(0.001, 200, 0.05) <= passed <= binom.ppf(0.999, 200, 0.05)


def test_noise_within_groups_passes_no_more_often_either():
    passed = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        group = np.repeat(np.arange(20), 5)
        truth = rng.random(100) < 0.4
        scores = rng.normal(size=20)[group] + rng.normal(size=100)
        passed += p_value(scores, truth, group, (seed,)) < 0.05
    assert passed <= binom.ppf(0.999, 150, 0.05)


def test_a_real_label_passes():
    group = np.repeat(np.arange(40), 3)
    truth = np.isin(group, [1, 5, 9, 22, 31])
    scores = truth + 0.5 * np.random.default_rng(0).normal(size=120)
    assert p_value(scores, truth, group, (0,)) == pytest.approx(1 / 1001)


def test_a_label_that_most_groups_have_is_tested_within_groups():
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(10), 8)
    truth = rng.random(80) < 0.5
    assert p_value(truth + rng.normal(size=80), truth, group, (0,)) < 0.01


def test_rows_alone_with_a_common_label_are_still_tested():
    rng = np.random.default_rng(0)
    truth = rng.random(200) < 0.75
    group = np.arange(200)
    assert p_value(truth + rng.normal(size=200), truth, group, (0,)) < 0.01
    assert p_value(rng.normal(size=200), truth, group, (0,)) > 0.05


def test_average_precision_of_many_at_once_is_scikit_learns():
    rng = np.random.default_rng(0)
    scores = np.round(rng.normal(size=60), 1)
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    flags = rng.random((5, 60)) < 0.3
    wanted = [average_precision_score(each, scores) for each in flags]
    np.testing.assert_allclose(_average_precisions(flags[:, order], ends), wanted)


def test_an_error_names_the_labels_that_come_closest():
    groups = np.arange(20)
    counts = {"none": 0, "one": 1, "two": 2, "all": 20, "less": 1}
    truth = np.stack([groups < count for count in counts.values()], axis=1)
    message = no_label_can_be_trained(tuple(counts), truth, groups).message
    assert "two 2 with and 18 without, one 1 with" in message
    assert message.endswith("less 1 with and 19 without, and 2 other labels as many or fewer.")


def test_labels_need_three_groups_with_and_three_without():
    group = np.repeat(np.arange(12), 2)
    folds = (np.arange(12) % 4)[group].astype(np.int16)
    truth = np.zeros((24, 4), dtype=bool)
    truth[:, 0] = np.isin(group, [0, 1])
    truth[:, 1] = np.isin(group, [0, 1, 2])
    truth[:, 2] = group > 1
    truth[:, 3] = np.isin(group, [0, 4, 8])  # all in fold 0: the other folds' part has none
    assert can_be_trained(truth, group, folds).tolist() == [False, True, False, False]
