"""Columns of networks that tell nothing of a label are not offered to its trees."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
from made_training import made_training
from scipy.stats import norm
from sklearn.preprocessing import QuantileTransformer

from hpa_features.learn.boosting import best_rounds, fit, learner
from hpa_features.learn.screen import related
from hpa_features.learn.stage import Stage
from hpa_features.learn.tasks import Split

ALL = np.arange(120)
TRAIN, HELD = ALL[ALL % 4 > 0], ALL[ALL % 4 == 0]
PLAIN, NETWORK = 12, 200
SEEN = 7  # the one of the network's columns that tells of label 1


def test_of_columns_that_tell_nothing_chance_admits_one_in_twenty_labels():
    rng = np.random.default_rng(0)
    truth = rng.random((300, 60)) < rng.uniform(0.1, 0.5, 60)
    values = rng.normal(size=(300, 1280)).astype(np.float32)
    admitted = related(values, truth).any(axis=0)
    assert 0 < admitted.sum() <= 9  # of 60: 3 expected, more than 9 in 1 of 1,000 such tables
    values[:, 5] += truth[:, 0]
    assert related(values, truth)[5, 0]


def test_a_column_tells_where_its_normal_scores_correlate():
    rng = np.random.default_rng(1)
    truth = rng.random((200, 3)) < 0.4
    values = (rng.normal(size=(200, 40)) ** 3 + np.linspace(0, 2, 40) * truth[:, :1]).astype("f4")
    normal = QuantileTransformer(n_quantiles=100, output_distribution="normal")
    scores = normal.fit_transform(values.astype(float)).clip(-3, 3)
    squares = np.corrcoef(scores.T, truth.T)[:40, 40:] ** 2
    np.testing.assert_array_equal(
        related(values, truth), np.sqrt(200 * squares) > norm.isf(0.05 / 40 / 2)
    )


@pytest.fixture(scope="module")
def made():
    """Return values whose network tells of label 1 by one column only, and truth."""
    data = made_training(columns=PLAIN, signal=1.0)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(120, NETWORK)) * 40
    vectors[:, SEEN] += 80 * data.truth[:, 1]
    return np.hstack([data.values, vectors]).astype(np.float32), data


def fits_of(folder, values, data, networks):
    stage, parameters = Stage(str(folder)), learner(120, values.shape[1], seed=0, threads=1)
    folder.mkdir()
    stage.lay_out(values, data.truth)
    stage.write_bins("part.bin", TRAIN, parameters)
    split = Split("part.bin", TRAIN, TRAIN, HELD, networks=networks)
    rounds = best_rounds(stage, split, data.groups[TRAIN], (0, 2), parameters)
    return fit(stage, split, (0, 1, 2), (30, 30, 30), parameters), rounds


def test_trees_do_without_them_as_if_they_were_not_there(made, tmp_path):
    values, data = made
    networks = tuple(range(PLAIN, PLAIN + NETWORK))
    found, rounds = fits_of(tmp_path / "screened", values, data, networks)
    without, rounds_without = fits_of(tmp_path / "without", data.values, data, ())
    np.testing.assert_array_equal(found.raw[:, [0, 2]], without.raw[:, [0, 2]])
    assert rounds == rounds_without
    splits = lgb.Booster(model_str=found.texts[1]).feature_importance("split")
    assert splits[PLAIN + SEEN] > 0
    assert splits[PLAIN:].sum() == splits[PLAIN + SEEN]


def test_without_a_network_all_columns_are_offered(made, tmp_path):
    values, data = made
    found, _ = fits_of(tmp_path / "all", values, data, ())
    splits = lgb.Booster(model_str=found.texts[0]).feature_importance("split")
    assert splits[PLAIN:].sum() > splits[:PLAIN].sum()
