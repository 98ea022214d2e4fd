"""Each label weighs its own log-odds against the others'."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import log_softmax, logsumexp
from sklearn.linear_model import LogisticRegression

from hpa_features.learn.calibrate import smoothed
from hpa_features.learn.fold_models import FoldModel, FoldModels, Inner, stack_labels
from hpa_features.learn.label_stacking import OWN, stack_weights, stacked
from hpa_features.learn.metrics import mean_average_precision

ALL = np.arange(4)


def made(rows=2000, labels=4, *, exclusive=True, seed=0):
    """One label a row, or independent ones; a row's log-odds are all lifted by a common number."""
    rng = np.random.default_rng(seed)
    truth = (
        np.eye(labels, dtype=bool)[rng.integers(labels, size=rows)]
        if exclusive
        else rng.random((rows, labels)) < 0.3
    )
    raw = 3.0 * truth + rng.normal(size=truth.shape)
    return raw + (2.0 * rng.normal(size=(rows, 1)) if exclusive else 0.0), truth


def test_scores_are_own_and_log_of_the_others_sum():
    raw, _ = made(rows=7)
    scale, own, others, constant = np.random.default_rng(1).normal(size=(4, 4))
    weights = np.column_stack([scale, own, others, constant])
    slow = np.array(
        [
            [
                own[label] * scale[label] * row[label]
                + others[label] * logsumexp([scale[k] * row[k] for k in range(4) if k != label])
                + constant[label]
                for label in range(4)
            ]
            for row in raw
        ]
    )
    np.testing.assert_allclose(stacked(raw, weights, ALL), slow)


def test_own_minus_others_is_the_odds_of_softmax():
    raw, _ = made(rows=50)
    odds = stacked(raw, np.tile([1.0, 1.0, -1.0, 0.0], (4, 1)), ALL)
    share = log_softmax(raw, axis=1)
    np.testing.assert_allclose(odds, share - np.log1p(-np.exp(share)), rtol=1e-9)


def test_labels_that_exclude_one_another_rank_better():
    raw, truth = made()
    weights = stack_weights(raw[:1000], truth[:1000], ALL)
    assert (weights[:, 1] > 0).all()
    assert (weights[:, 2] < 0).all()
    before = mean_average_precision(truth[1000:], raw[1000:])
    after = mean_average_precision(truth[1000:], stacked(raw[1000:], weights, ALL))
    assert after > before + 0.1


def test_labels_that_know_nothing_of_one_another_stay_as_they_are():
    raw, truth = made(exclusive=False)
    weights = stack_weights(raw, truth, ALL)
    assert (np.abs(weights[:, 2]) < 0.1 * weights[:, 1]).all()


@pytest.mark.parametrize("spread", [1, 1e-2])
def test_weights_are_those_of_least_log_loss_over_all_labels(spread):
    """The last label's log-odds may lie far from 0 in units of their spread."""
    raw, truth = made(rows=300)
    raw = raw * [1, 1, 1, spread] - [0, 0, 0, 3]
    weights = stack_weights(raw, truth, ALL)
    np.testing.assert_allclose(weights[:, 0] * raw.std(axis=0), 2.0)
    np.testing.assert_array_equal(weights[:, 1:3], weights[[0] * 4, 1:3])
    scaled = raw * weights[:, 0]
    others = np.array([logsumexp(np.delete(scaled, label, axis=1), axis=1) for label in ALL]).T
    asked = np.concatenate(
        [np.stack([scaled, others], axis=2), np.broadcast_to(np.eye(4), (300, 4, 4))], axis=2
    ).reshape(1200, 6)
    # Each smoothed target as a row of both classes.
    target = smoothed(truth).ravel()
    known = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10, fit_intercept=False)
    known.fit(
        np.concatenate([asked, asked]),
        np.repeat([1, 0], 1200),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    np.testing.assert_allclose(known.coef_[0], [*weights[0, 1:3], *weights[:, 3]], rtol=1e-3)


def test_labels_that_take_no_part_keep_their_own():
    raw, truth = made()
    weights = stack_weights(raw, truth, [0, 2])
    np.testing.assert_array_equal(weights[[1, 3]], [OWN, OWN])
    anew = stacked(raw, weights, [0, 2])
    np.testing.assert_array_equal(anew[:, [1, 3]], raw[:, [1, 3]])
    assert (anew[:, 0] != raw[:, 0]).any()


def test_a_label_of_one_class_keeps_its_own():
    raw, truth = made(rows=30)
    truth[:, 1] = False
    weights = stack_weights(raw, truth, ALL)
    np.testing.assert_array_equal(weights[1], OWN)
    assert (weights[[0, 2, 3]] != OWN).any(axis=1).all()


def test_labels_without_evidence_all_keep_their_own():
    raw, truth = made(rows=30)
    np.testing.assert_array_equal(stack_weights(raw, truth & False, ALL), np.tile(OWN, (4, 1)))
    np.testing.assert_array_equal(stack_weights(raw * 0, truth, ALL), np.tile(OWN, (4, 1)))


def test_a_label_of_one_score_keeps_its_own():
    raw, truth = made()
    raw[:, 1] = 2.3
    assert raw.std(axis=0)[1] > 0  # by rounding
    weights = stack_weights(raw, truth, ALL)
    np.testing.assert_array_equal(weights[1], OWN)
    assert (np.abs(weights) < 100).all()


def fold_models(*, nested):
    raw, truth = made(rows=300)
    folds = np.arange(300, dtype=np.int16) % 3
    member = FoldModel.boosting(("text",) * 4)
    inner = tuple(
        Inner(
            np.flatnonzero(folds != fold),
            np.where(folds[:, None] == fold, np.nan, raw + 0.1),
            np.zeros((2, 100, 4)),
        )
        for fold in range(3)
    )
    models = FoldModels(
        folds=folds,
        trained=np.ones(4, bool),
        members=(member,) * 3,
        rounds=np.ones((3, 4), int),
        raw=raw,
        inner=inner if nested else (),
        bins=("",) * 3,
        tuned=(),
    )
    return models, truth


@pytest.mark.parametrize("nested", [False, True])
def test_a_folds_own_rows_do_not_choose_its_weights(nested):
    models, truth = fold_models(nested=nested)
    before = stack_labels(models, truth, np.ones(4, bool))
    held = models.folds == 0
    changed_raw, changed_truth = models.raw.copy(), truth.copy()
    changed_raw[held] *= -1
    changed_truth[held] = ~truth[held]
    after = stack_labels(replace(models, raw=changed_raw), changed_truth, np.ones(4, bool))
    np.testing.assert_array_equal(after.members[0].stack, before.members[0].stack)
    assert (after.members[1].stack != before.members[1].stack).any()


def test_inner_scores_are_weighed_like_the_folds():
    models, truth = fold_models(nested=True)
    found = stack_labels(models, truth, np.ones(4, bool))
    for fold, (inner, before) in enumerate(zip(found.inner, models.inner)):
        weights = found.members[fold].stack
        np.testing.assert_allclose(
            inner.raw[inner.rows], stacked(before.raw[before.rows], weights, ALL)
        )
        assert np.isnan(inner.raw[models.folds == fold]).all()
        held = models.folds == fold
        np.testing.assert_allclose(found.raw[held], stacked(models.raw[held], weights, ALL))


def test_a_label_alone_has_nobody_to_look_at():
    models, truth = fold_models(nested=True)
    assert stack_labels(models, truth, np.arange(4) == 2) is models
