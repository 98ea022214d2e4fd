from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
from made_training import made_training

from hpa_features.learn.boosting import (
    FEWEST_ROUNDS,
    MOST_ROUNDS,
    best_rounds,
    fit,
    learner,
    prior_log_odds,
)
from hpa_features.learn.stage import Stage
from hpa_features.learn.tasks import Split

ALL = np.arange(120)
TRAIN, HELD = ALL[ALL % 4 > 0], ALL[ALL % 4 == 0]


@pytest.fixture
def stage(tmp_path):
    made = Stage(str(tmp_path))
    data = made_training()
    made.lay_out(data.values, data.truth)
    made.write_bins("all.bin", ALL, parameters())
    return made


def test_rows_are_those_of_the_table_or_of_a_part_table(tmp_path):
    stage = Stage(str(tmp_path))
    table = np.arange(4200, dtype=np.float32).reshape(1400, 3)
    stage.lay_out(table, np.zeros((1400, 1), bool))
    stage.lay_out_part("fold-1.bin", -table)
    for rows in (np.arange(1400), np.array([3, 511, 512, 513, 1399]), np.array([], int)):
        np.testing.assert_array_equal(stage.rows(rows), table[rows])
        np.testing.assert_array_equal(stage.rows(rows, "fold-1.bin"), -table[rows])


def test_columns_that_are_kept_are_laid_out_alone(tmp_path):
    stage = Stage(str(tmp_path))
    table = np.arange(4200, dtype=np.float32).reshape(1400, 3)
    truth = np.zeros((1400, 1), bool)
    for columns in ([0, 2], [1], []):
        stage.lay_out(table, truth, columns)
        np.testing.assert_array_equal(stage.values(), table[:, columns])
    stage.lay_out(np.asfortranarray(table), truth)
    np.testing.assert_array_equal(stage.values(), table)
    np.testing.assert_array_equal(stage.truth(), truth)


def parameters():
    return learner(120, 12, seed=0, threads=1)


@pytest.mark.parametrize(
    ("rows", "bins", "leaves", "share"),
    [(300, 31, 15, 1.0), (1999, 31, 15, 1.0), (2000, 127, 31, 0.2), (31_072, 63, 31, 0.2)],
)
def test_parameters_follow_the_tables_shape(rows, bins, leaves, share):
    chosen = learner(rows, 1000, seed=3, threads=2)
    assert (chosen["max_bin"], chosen["num_leaves"]) == (bins, leaves)
    assert chosen["feature_fraction"] == share
    assert learner(rows, 10, seed=3, threads=2)["feature_fraction"] == max(share, 0.8)
    assert learner(rows, 3, seed=3, threads=2)["feature_fraction"] == 1.0


def test_the_shared_dataset_gives_each_label_the_model_of_its_own_dataset(stage):
    data = made_training()
    split = Split("all.bin", ALL, TRAIN, HELD)
    fits = fit(stage, split, (0, 1, 2), (12, 15, 9), parameters())
    whole = lgb.Dataset(data.values, label=np.zeros(120), params=parameters()).construct()
    for label, rounds in ((0, 12), (1, 15), (2, 9)):
        part = whole.subset(TRAIN.tolist(), params=parameters()).construct()
        part.set_label(data.truth[TRAIN, label].astype(float))
        own = lgb.train(parameters(), part, num_boost_round=rounds)
        wanted = own.predict(data.values[HELD], raw_score=True)
        np.testing.assert_array_equal(fits.raw[:, label], wanted)
        assert fits.texts[label] == own.model_to_string()


def test_bins_of_a_training_part_hold_only_its_rows(stage):
    stage.write_bins("part.bin", TRAIN, parameters())
    split = Split("part.bin", TRAIN, TRAIN[:60], TRAIN[60:])
    fits = fit(stage, split, (0,), (10,), parameters())
    assert fits.raw.shape == (30, 1)
    truth = made_training().truth[TRAIN[60:], 0]
    assert fits.raw[truth].mean() > fits.raw[~truth].mean()


def test_rows_of_one_class_give_their_share_and_no_model(stage):
    truth = stage.truth()
    truth[:, 1] = False
    stage.lay_out(made_training().values, truth)
    fits = fit(stage, Split("all.bin", ALL, TRAIN, HELD), (1,), (10,), parameters())
    assert fits.texts == ("",)
    np.testing.assert_array_equal(fits.raw, np.log(0.5 / 90.5))


def test_the_number_of_rounds_comes_from_a_part_of_the_training_rows_only(stage):
    split = Split("part.bin", TRAIN, TRAIN, HELD)
    stage.write_bins("part.bin", TRAIN, parameters())
    groups = made_training().groups[TRAIN]
    rounds = best_rounds(stage, split, groups, (0, 1), parameters())
    assert all(FEWEST_ROUNDS <= each < MOST_ROUNDS for each in rounds)
    values = made_training().values
    values[HELD] = 1000
    truth = stage.truth()
    truth[HELD] = ~truth[HELD]
    stage.lay_out(values, truth)
    stage.write_bins("part.bin", TRAIN, parameters())
    assert best_rounds(stage, split, groups, (0, 1), parameters()) == rounds


def test_prior_log_odds_add_half_a_row_to_both_sides():
    assert prior_log_odds(np.array([True, False, False])) == pytest.approx(np.log(1.5 / 2.5))
    assert np.isfinite(prior_log_odds(np.ones(5, dtype=bool)))
