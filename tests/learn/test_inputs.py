from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import QuantileTransformer

from hpa_features.learn.inputs import Inputs


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    truth = rng.random((150, 2)) < 0.4
    values = np.exp(rng.normal(size=(150, 4))).astype(np.float32)
    values[:, 0] *= np.where(truth[:, 0], 5, 1)
    values[:, 2] = np.round(values[:, 2])
    values[:, 3] = 7
    return values, truth


def test_columns_become_normal_by_their_ranks(table):
    values, truth = table
    inputs = Inputs.fit(values, truth)
    found = inputs.apply(values)[:, :3] / inputs.weights[:3]
    slow = QuantileTransformer(n_quantiles=100, output_distribution="normal")
    wanted = slow.fit_transform(values[:, :3].astype(float)).clip(-3, 3)
    np.testing.assert_allclose(found[:, :2], wanted[:, :2], atol=1e-9)
    inside = (values[:, 2] > values[:, 2].min()) & (values[:, 2] < values[:, 2].max())
    np.testing.assert_allclose(found[inside, 2], wanted[inside, 2], atol=1e-9)


def test_many_equal_lowest_values_stand_at_the_middle_of_their_ranks():
    values = np.repeat([0, 1], 50).astype(np.float32)[:, None]
    inputs = Inputs.fit(values, values > 0)
    np.testing.assert_allclose(inputs.apply(values)[[0, -1], 0], [-0.67, 0.67], atol=0.02)


def test_columns_that_tell_weigh_more_and_constant_ones_nothing(table):
    inputs = Inputs.fit(*table)
    assert inputs.weights[0] == inputs.weights.max()
    assert inputs.weights[3] == 0
    assert np.sum(inputs.weights**2) == pytest.approx(1)
    normal = inputs.apply(table[0]) / np.where(inputs.weights > 0, inputs.weights, 1)
    squared = [np.corrcoef(normal[:, 0], label)[0, 1] ** 2 for label in table[1].T]
    other = [np.corrcoef(normal[:, 1], label)[0, 1] ** 2 for label in table[1].T]
    ratio = (np.mean(squared) / np.mean(other)) ** 0.25
    assert inputs.weights[0] / inputs.weights[1] == pytest.approx(ratio)


@given(st.floats(0.1, 1000), st.floats(-100, 100))
def test_scale_and_offset_of_a_column_change_nothing(gain, offset):
    rng = np.random.default_rng(1)
    values = rng.integers(0, 40, size=(60, 3)).astype(np.float32)
    truth = rng.random((60, 1)) < 0.5
    there = (values * gain + offset).astype(np.float32)
    one, two = Inputs.fit(values, truth).apply(values), Inputs.fit(there, truth).apply(there)
    np.testing.assert_allclose(one, two, atol=2e-3)


def test_missing_values_stand_at_the_median_and_extremes_stop_at_three(table):
    values, truth = table
    inputs = Inputs.fit(values, truth)
    far = np.array([[np.nan, 1e9, -1e9, 0]], dtype=np.float32)
    np.testing.assert_allclose(
        inputs.apply(far)[0], [0, 3 * inputs.weights[1], -3 * inputs.weights[2], 0]
    )


def test_a_table_without_any_signal_or_value_gives_zeros():
    values = np.full((5, 2), np.nan, dtype=np.float32)
    inputs = Inputs.fit(values, np.ones((5, 1), dtype=bool))
    assert not inputs.weights.any()
    assert not inputs.apply(np.ones((3, 2), dtype=np.float32)).any()


def test_columns_of_networks_without_relevance_have_no_weight():
    """What chance gives a column that tells nothing does not count, what is more does."""
    rng = np.random.default_rng(0)
    truth = rng.random((300, 2)) < 0.5
    values = rng.normal(size=(300, 400)).astype(np.float32)
    values[:, 0] += truth[:, 0]
    values[:, 399] += truth[:, 1]
    plain = Inputs.fit(values, truth).weights
    above_chance = Inputs.fit(values, truth, np.arange(1, 400)).weights
    assert np.count_nonzero(plain) == 400
    assert plain[1:399] @ plain[1:399] > 0.9
    assert above_chance[1:399] @ above_chance[1:399] < 0.1
    assert min(above_chance[[0, 399]]) > 0.4
    np.testing.assert_array_equal(Inputs.fit(values, truth, np.arange(0)).weights, plain)
