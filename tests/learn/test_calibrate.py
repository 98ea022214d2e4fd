from __future__ import annotations

import numpy as np
import pytest
from oracles.decisions import platt_slope_intercept
from sklearn.isotonic import IsotonicRegression

from hpa_features.learn.calibrate import Isotonic, Platt, calibrator, platt


def scores(rows=600, seed=0, slope=1.5):
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=rows)
    truth = rng.random(rows) < 1 / (1 + np.exp(-(slope * raw - 0.5)))
    return raw, truth


@pytest.mark.parametrize(("rows", "seed"), [(40, 0), (300, 1), (3000, 2)])
def test_platt_is_the_optimum_of_platts_loss(rows, seed):
    raw, truth = scores(rows, seed)
    ours = platt(raw, truth, 1e-3)
    np.testing.assert_allclose(
        [ours.slope, ours.intercept], platt_slope_intercept(raw, truth), rtol=1e-5, atol=1e-6
    )


def test_isotonic_equals_scikit_learns():
    raw, truth = scores(2000)
    ours = calibrator(raw, truth, np.arange(2000))
    assert isinstance(ours, Isotonic)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(raw, truth)
    fresh = np.linspace(-6, 6, 1001)
    wanted = np.clip(theirs.predict(fresh), 1 / 4000, 1 - 1 / 4000)
    np.testing.assert_allclose(ours.apply(fresh), wanted, atol=1e-12)


def test_few_positives_or_few_groups_get_platts_curve():
    raw, truth = scores(2000)
    few = truth & (np.cumsum(truth) < 200)
    assert isinstance(calibrator(raw, few, np.arange(2000)), Platt)
    assert isinstance(calibrator(raw, truth, np.arange(2000) % 49), Platt)


def test_probabilities_stay_off_0_and_1_and_never_fall():
    for rows in (300, 2000):
        raw, truth = scores(rows, slope=30)
        fitted = calibrator(raw, truth, np.arange(rows))
        probability = fitted.apply(np.linspace(-50, 50, 999))
        assert probability.min() >= 1 / (2 * rows)
        assert probability.max() <= 1 - 1 / (2 * rows)
        assert (np.diff(probability) >= 0).all()


def test_scores_that_rank_backwards_give_everyone_the_share():
    raw, truth = scores(200)
    fitted = platt(-raw, truth, 1e-3)
    assert fitted.slope == 0
    np.testing.assert_allclose(fitted.apply(raw), truth.mean(), atol=0.01)


def test_equal_scores_give_everyone_the_share():
    _, truth = scores(100)
    fitted = platt(np.full(100, 2.5), truth, 1e-3)
    np.testing.assert_allclose(fitted.apply(np.array([-9.0, 9.0])), truth.mean(), atol=0.01)
