"""Metrics against scikit-learn's, and at their limits."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score

from hpa_features.learn import metrics

SHAPES = st.tuples(st.integers(1, 30), st.integers(1, 5))


@given(st.data())
@settings(max_examples=60)
def test_f1_precision_recall_equal_scikit_learns(data):
    shape = data.draw(SHAPES)
    truth = data.draw(hnp.arrays(bool, shape))
    decisions = data.draw(hnp.arrays(bool, shape))
    counts = metrics.count(truth, decisions)
    for ours, oracle in (
        (counts.f1, f1_score),
        (counts.precision, precision_score),
        (counts.recall, recall_score),
    ):
        for label in range(shape[1]):
            expected = oracle(truth[:, label], decisions[:, label], zero_division=0)
            assert ours[label] == pytest.approx(expected)
    assert (counts.support == truth.sum(axis=0)).all()


@given(st.data())
@settings(max_examples=80)
def test_average_precision_equals_scikit_learns_with_and_without_ties(data):
    rows = data.draw(st.integers(1, 40))
    truth = data.draw(hnp.arrays(bool, rows))
    grid = data.draw(st.sampled_from([2, 5, 1000]))
    scores = data.draw(hnp.arrays(np.int64, rows, elements=st.integers(0, grid))) / grid
    ours = metrics.average_precision(truth, scores)
    if not truth.any():
        assert np.isnan(ours)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns where all rows are positive
        assert ours == pytest.approx(average_precision_score(truth, scores))


def test_macro_f1_leaves_out_labels_without_positives_unless_told():
    truth = np.array([[1, 0, 1], [0, 0, 1]], dtype=bool)
    decisions = np.array([[1, 1, 0], [0, 0, 0]], dtype=bool)
    assert metrics.macro_f1(truth, decisions) == pytest.approx((1 + 0) / 2)
    assert metrics.macro_f1(truth, decisions, all_labels=True) == pytest.approx(1 / 3)


def test_macro_f1_over_all_labels_equals_scikit_learns():
    rng = np.random.default_rng(0)
    truth = rng.random((50, 7)) < 0.2
    truth[:, 3] = False
    decisions = rng.random((50, 7)) < 0.3
    expected = f1_score(truth, decisions, average="macro", zero_division=0)
    assert metrics.macro_f1(truth, decisions, all_labels=True) == pytest.approx(expected)


def test_no_positive_anywhere_has_no_mean():
    nothing = np.zeros((3, 2), dtype=bool)
    assert np.isnan(metrics.macro_f1(nothing, nothing))
    assert np.isnan(metrics.mean_average_precision(nothing, np.zeros((3, 2))))


def test_mean_average_precision_takes_labels_with_positives():
    truth = np.array([[1, 0], [0, 0], [1, 0]], dtype=bool)
    scores = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]])
    assert metrics.mean_average_precision(truth, scores) == pytest.approx((1 + 2 / 3) / 2)


def test_a_perfect_ranking_scores_one_and_a_constant_one_the_prevalence():
    truth = np.array([1, 1, 0, 0, 0], dtype=bool)
    assert metrics.average_precision(truth, np.array([5.0, 4, 3, 2, 1])) == 1.0
    assert metrics.average_precision(truth, np.zeros(5)) == pytest.approx(2 / 5)
