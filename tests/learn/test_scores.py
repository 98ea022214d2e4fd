"""The report's figures are the metrics' figures, label by label."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    precision_recall_fscore_support,
)

from hpa_features.learn.scores import score


def example(rows=120, labels=5):
    rng = np.random.default_rng(4)
    truth = rng.random((rows, labels)) < 0.3
    truth[:, 3] = False
    probability = np.clip(truth * 0.4 + rng.random((rows, labels)) * 0.6, 0, 1)
    return truth, probability >= 0.5, probability, rng.integers(0, 30, rows)


def test_every_figure_equals_scikit_learns():
    truth, decision, probability, groups = example()
    names = [f"label {at}" for at in range(5)]
    found = score(names, truth, decision, probability, groups, draws=100)
    expected = precision_recall_fscore_support(truth, decision, zero_division=0)
    for at, name in enumerate(names):
        each = found.labels[name]
        assert (each.precision, each.recall, each.f1, each.support) == pytest.approx(
            tuple(column[at] for column in expected)
        )
        assert each.brier == pytest.approx(brier_score_loss(truth[:, at], probability[:, at]))
        if truth[:, at].any():
            assert each.ap == pytest.approx(
                average_precision_score(truth[:, at], probability[:, at])
            )
            assert each.interval[0] <= each.f1 <= each.interval[1]
        else:
            assert np.isnan(each.ap)
    assert found.without_positives == ("label 3",)
    assert found.macro_f1 == pytest.approx(expected[2].sum() / 4)
    assert found.macro_f1_all == pytest.approx(expected[2].mean())
    assert found.map == pytest.approx(np.nanmean([each.ap for each in found.labels.values()]))
    with_positives = [each for each in found.labels.values() if each.support]
    assert found.brier == pytest.approx(np.mean([each.brier for each in with_positives]))
    errors = [each.calibration_error for each in with_positives]
    assert found.calibration_error == pytest.approx(np.mean(errors))
    assert (found.rows, found.groups) == (120, 30)
    assert found.interval[0] < found.macro_f1 < found.interval[1]


def test_average_precision_may_rank_by_other_scores_than_the_probabilities():
    truth, decision, probability, groups = example()
    ranking = np.random.default_rng(1).normal(size=truth.shape)
    plain = score(list("abcde"), truth, decision, probability, groups, draws=5)
    found = score(list("abcde"), truth, decision, probability, groups, ranking=ranking, draws=5)
    wanted = average_precision_score(truth[:, 0], ranking[:, 0])
    assert found.labels["a"].ap == pytest.approx(wanted)
    assert (found.brier, found.macro_f1) == (plain.brier, plain.macro_f1)


def test_decisions_alone_have_no_average_precision():
    truth, decision, _, groups = example()
    found = score(list("abcde"), truth, decision, None, groups, draws=20)
    assert np.isnan([found.map, found.brier, found.calibration_error]).all()
    assert np.isnan([each.ap for each in found.labels.values()]).all()
    assert found.macro_f1 > 0
