"""Reasons add up to the prediction, and are the Shapley values of the whole model's log-odds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_bundle import fresh_rows
from oracles.shapley import shapley
from scipy.special import logit

from hpa_features.learn.explain.field import Explainer, percentile
from hpa_features.learn.own_scores import OwnScores
from hpa_features.learn.packing import unpack

BLOCKS = 3


@pytest.fixture(scope="module", params=["three learners", "and own scores"])
def model(bundle, request):
    """The model, also with a fourth learner that looks at a column or two of each label."""
    model = unpack(bundle)
    if request.param == "three learners":
        return model
    weights = np.zeros((10, 4))
    weights[[0, 4, 1, 8, 2], [0, 0, 1, 1, 2]] = 1.5, -0.4, 1.1, 0.3, 0.9
    weights[-1] = -0.2
    own = OwnScores(np.full(9, 0.1), weights)
    members = [
        replace(each, own=own, weights=np.insert(each.weights, -1, 0.7, axis=1))
        for each in model.members
    ]
    return replace(model, members=tuple(members))


@pytest.fixture(scope="module")
def reasons(model):
    row = fresh_rows(1, 9)[0]
    row[:BLOCKS] = 2.5, -1.5, 3.0  # the columns that tell the labels
    probabilities = model.predict(row[None]).probabilities[0]
    return row, Explainer.of(model).field("new", [row] * model.folds, probabilities)


def test_values_add_up_to_the_log_odds_of_the_prediction(model, reasons):
    row, found = reasons
    probabilities = model.predict(row[None]).probabilities[0]
    for label, probability in zip(found.labels, probabilities, strict=True):
        assert label.probability == probability
        if label.supported:
            total = label.base + label.values.sum()
            assert total == pytest.approx(logit(probability), abs=1e-9)
    assert [each.supported for each in found.labels] == [True, True, True, False]
    assert not found.labels[3].values.any()
    assert found.labels[3].columns == ()


def test_values_are_those_of_the_definition(model, reasons):
    row, found = reasons
    rows = model.background.rows[0]
    block_of = np.array([column.block for column in model.seen])

    def value(coalition):
        mixed = np.where(np.isin(block_of, list(coalition)), row, rows)
        return logit(model.predict(mixed).probabilities[:, :3]).mean(axis=0)

    wanted = shapley(value, found.blocks)
    got = np.array([each.values for each in found.labels[:3]]).T
    error = np.array([each.error for each in found.labels[:3]]).T
    # Three blocks have six orders, so 256 walks leave little to chance.
    assert np.all(np.abs(got - wanted) <= 6 * error + 3e-3)
    assert np.all(error <= 0.1 * np.abs(got).max())


def test_the_columns_that_were_planted_move_their_labels(reasons):
    _, found = reasons
    for at, label in enumerate(found.labels[:3]):
        first = label.columns[0]
        assert first.block == "abc"[at]
        assert first.column == f"{first.block}_{at}"
        assert first.percentile < 25 if at == 1 else first.percentile > 75


def test_percentiles_count_half_of_the_equal_ones():
    quantiles = np.array([0.0, 0.0, 0.0, 1.0, 2.0])
    assert percentile(-1, quantiles) == 0
    assert percentile(3, quantiles) == 100
    assert percentile(0, quantiles) == 25
    assert percentile(1, quantiles) == 75
    assert np.isnan(percentile(np.nan, quantiles))
