from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.decisions import f1_of_cut
from sklearn.linear_model import LogisticRegression

from hpa_features.learn.calibrate import Platt
from hpa_features.learn.evaluation import Choice
from hpa_features.learn.metrics import f1_scores
from hpa_features.learn.prior_shift import (
    estimated_shift,
    estimated_shifts,
    shifted_choice,
    with_share,
)
from hpa_features.learn.thresholds import ALWAYS, NEVER, best_f1, half_best_f1


def drawn(share, rows=40_000, seed=0, apart=2.0):
    """Rows of two normal classes, and the probability of the first where its share is `share`."""
    rng = np.random.default_rng(seed)
    truth = rng.random(rows) < share
    raw = rng.normal(size=rows) + apart * truth
    return truth, raw


def posterior(raw, share, apart=2.0):
    """Bayes' rule with the densities that `drawn` draws from."""
    ratio = np.exp(apart * raw - apart**2 / 2) * share / (1 - share)
    return ratio / (1 + ratio)


@pytest.mark.parametrize(("trained", "target"), [(0.3, 0.1), (0.05, 0.4), (0.5, 0.5)])
def test_probabilities_of_another_share_are_bayes_rules(trained, target):
    _, raw = drawn(0.3, rows=500)
    ours = with_share(posterior(raw, trained), trained, target)
    np.testing.assert_allclose(ours, posterior(raw, target), rtol=1e-9)


@pytest.mark.parametrize(("trained", "target"), [(0.3, 0.1), (0.05, 0.4), (0.3, 0.02)])
def test_the_share_of_new_rows_is_found_from_their_probabilities(trained, target):
    truth, raw = drawn(target)
    found = estimated_shift(posterior(raw, trained), trained)
    assert found.target == pytest.approx(truth.mean(), abs=0.1 * target)
    assert found.p_value < 1e-6


def test_the_share_is_where_the_likelihood_is_greatest():
    _, raw = drawn(0.1, rows=400)
    said = posterior(raw, 0.3)
    shares = np.linspace(0.001, 0.999, 999)
    likelihood = [
        np.log(said * share / 0.3 + (1 - said) * (1 - share) / 0.7).sum() for share in shares
    ]
    assert estimated_shift(said, 0.3).target == pytest.approx(
        shares[np.argmax(likelihood)], abs=1.5e-3
    )


def test_an_unchanged_share_is_told_from_chance_as_often_as_the_level_says():
    passed = 0
    for seed in range(200):
        _, raw = drawn(0.2, rows=300, seed=seed)
        passed += estimated_shift(posterior(raw, 0.2), 0.2).p_value < 0.05
    assert 2 <= passed <= 20


@given(st.integers(0, 1000), st.floats(0.02, 0.6))
@settings(max_examples=40)
def test_weights_count_as_repeated_rows(seed, share):
    rng = np.random.default_rng(seed)
    truth = np.append(rng.random(30) < share, True)
    said = rng.integers(1, 9, 31) / 9
    times = rng.integers(1, 4, 31)
    repeated = best_f1(np.repeat(truth, times), np.repeat(said, times))
    assert best_f1(truth, said, times.astype(float)) == pytest.approx(repeated)


@pytest.mark.parametrize("target", [0.02, 0.1, 0.5])
def test_thresholds_follow_to_the_best_f1_of_the_new_share(target):
    truth, raw = drawn(0.2)
    choice = Choice(Platt(1.0, 0.0, 1e-6), half_best_f1(truth, posterior(raw, 0.2)), 0.2)
    moved = shifted_choice(choice, truth, posterior(raw, 0.2), target)
    new_truth, new_raw = drawn(target, seed=1)
    new = with_share(posterior(new_raw, 0.2), 0.2, target)
    reached = f1_of_cut(new_truth, new, moved.threshold)
    assert reached == pytest.approx(best_f1(new_truth, new), abs=0.01)
    assert (moved.prevalence, moved.calibrator) == (target, choice.calibrator)
    stale = f1_scores(new_truth, posterior(new_raw, 0.2) >= choice.threshold)
    assert reached > stale


def test_a_label_without_models_answers_by_the_new_share():
    choice = Choice(None, ALWAYS, 0.4)
    moved = shifted_choice(choice, np.zeros(0, bool), np.zeros(0), 0.01)
    assert (moved.threshold, moved.prevalence) == (NEVER, 0.01)


def test_labels_stay_where_the_rows_do_not_tell_or_no_model_speaks():
    _, same = drawn(0.2, rows=400, seed=3)
    _, rarer = drawn(0.05, rows=400, seed=3)
    said = np.column_stack([posterior(each, 0.2) for each in (same, rarer, same)])
    learned = Choice(Platt(1.0, 0.0, 1e-6), 0.3, 0.2)
    shifts = estimated_shifts(said, [learned, learned, Choice(None, NEVER, 0.2)])
    assert shifts[0].target == 0.2
    assert shifts[0].p_value > 0.05
    assert shifts[1].target < 0.12
    assert shifts[2].target == 0.2
    assert np.isnan(shifts[2].p_value)


def test_on_a_real_classifier_the_adjusted_answers_beat_the_plain_ones():
    rng = np.random.default_rng(0)
    truth, raw = drawn(0.3, rows=2000)
    values = np.column_stack([raw, rng.normal(size=(2000, 3))])
    model = LogisticRegression().fit(values, truth)
    new_truth, new_raw = drawn(0.05, rows=2000, seed=9)
    said = model.predict_proba(np.column_stack([new_raw, rng.normal(size=(2000, 3))]))[:, 1]
    found = estimated_shift(said, float(truth.mean()))
    brier = [
        np.mean((each - new_truth) ** 2) for each in (said, with_share(said, 0.3, found.target))
    ]
    assert brier[1] < 0.8 * brier[0]
