from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.decisions import best_f1_by_counting, f1_of_cut

from hpa_features.learn.thresholds import (
    ALWAYS,
    NEVER,
    best_f1,
    half_best_f1,
    prevalence_cut,
)

rows = st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=40).filter(
    lambda pairs: any(true for true, _ in pairs)
)


@given(rows)
def test_best_f1_is_that_of_trying_every_cut(pairs):
    truth = np.array([true for true, _ in pairs])
    probability = np.array([score for _, score in pairs]) / 20
    assert best_f1(truth, probability) == pytest.approx(best_f1_by_counting(truth, probability))


def test_half_the_best_f1_is_the_best_cut_of_calibrated_probabilities():
    rng = np.random.default_rng(0)
    probability = rng.beta(0.6, 2, 200_000)
    truth = rng.random(200_000) < probability
    cut = half_best_f1(truth, probability)
    at_cut = f1_of_cut(truth, probability, cut)
    assert at_cut == pytest.approx(best_f1(truth, probability), abs=1e-3)
    assert 0 < cut < 0.5


@pytest.mark.parametrize(
    ("prevalence", "cut"),
    [(1.0, ALWAYS), (0.5, ALWAYS), (0.112, ALWAYS), (0.11, NEVER), (0.0, NEVER)],
)
def test_a_label_without_support_floods_only_where_that_scores(prevalence, cut):
    assert prevalence_cut(prevalence) == cut
