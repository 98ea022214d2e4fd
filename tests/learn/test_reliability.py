from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from hpa_features.learn.reliability import brier_scores, calibration_errors


def example(rows=50_000):
    rng = np.random.default_rng(0)
    probability = rng.beta(0.5, [2, 20, 200], (rows, 3))
    return rng.random((rows, 3)) < probability, probability


def test_the_brier_score_is_scikit_learns():
    truth, probability = example(300)
    wanted = [brier_score_loss(*pair) for pair in zip(truth.T, probability.T)]
    np.testing.assert_allclose(brier_scores(truth, probability), wanted)


def test_calibration_error_by_hand():
    probability = np.array([[0.1]] * 4 + [[0.6]] * 6)
    truth = np.array([[1]] + [[0]] * 3 + [[1]] * 3 + [[0]] * 3, dtype=bool)
    # Four rows said 0.1 are positive in a quarter, six said 0.6 in a half.
    assert calibration_errors(truth, probability) == pytest.approx([0.4 * 0.15 + 0.6 * 0.1])


def test_probabilities_that_are_true_have_hardly_any_error_at_any_prevalence():
    truth, probability = example()
    by_chance = np.sqrt(truth.mean(axis=0) / len(truth))
    assert (calibration_errors(truth, probability) < 3 * by_chance).all()


def test_overstated_probabilities_err_by_what_they_overstate():
    truth, probability = example()
    overstated = calibration_errors(truth, np.minimum(2 * probability, 1))
    np.testing.assert_allclose(overstated, truth.mean(axis=0), rtol=0.3)


def test_one_probability_for_all_rows_errs_by_its_distance_from_the_share():
    truth = np.arange(100)[:, None] < 30
    assert calibration_errors(truth, np.full((100, 1), 0.3)) == pytest.approx(0)
    assert calibration_errors(truth, np.full((100, 1), 0.5)) == pytest.approx(0.2)
