"""Shuffling a block costs what the block is worth, on rows that the models had not seen."""

from __future__ import annotations

from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from hpa_features.core.tables import Column
from hpa_features.learn import importance
from hpa_features.learn.fold_models import FoldModel
from hpa_features.learn.stage import Stage

ROWS = 400


@pytest.fixture
def example(tmp_path):
    """Truth follows column 0 strongly and column 2 weakly; 1 is a copy of 0, 3 and 4 are noise."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(ROWS, 5)).astype(np.float32)
    values[:, 1] = values[:, 0]
    logit = 3 * values[:, 0] + 0.8 * values[:, 2]
    truth = np.stack([logit + rng.logistic(size=ROWS) > 0, np.zeros(ROWS, bool)], axis=1)
    folds = np.arange(ROWS, dtype=np.int16) % 4
    texts = []
    for fold in range(4):
        data = lgb.Dataset(values[folds != fold], label=truth[folds != fold, 0].astype(float))
        parameters = {"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": 0}
        texts.append(lgb.train(parameters, data, num_boost_round=20).model_to_string())
    stage = Stage(str(tmp_path))
    stage.lay_out(values, truth)
    return stage, values, truth, folds, texts


COLUMNS = [
    Column(f"c{at}", block) for at, block in enumerate(["strong"] * 2 + ["weak", "no", "no"])
]
BLOCKS = importance.blocks_of(COLUMNS)


def shuffled(example, texts=None, blocks=BLOCKS, **keywords):
    """Return whole log-odds, (labels,) precisions and (blocks, repeats, labels) shuffled ones."""
    stage, _, truth, folds, own = example
    settings = {"repeats": 4, "seed": 1} | keywords
    members = tuple(FoldModel.boosting((text, text)) for text in texts or own)
    shuffling = importance.Shuffling(stage, folds, members, **settings)
    raw = importance.whole_scores(shuffling)
    found = [
        importance.shuffled_precisions(shuffling, number, places)
        for number, places in enumerate(blocks.values())
    ]
    return raw, importance.precisions(truth, raw), np.array(found)


def test_blocks_are_their_columns_places():
    assert {name: at.tolist() for name, at in BLOCKS.items()} == {
        "no": [3, 4],
        "strong": [0, 1],
        "weak": [2],
    }


def test_scores_equal_the_slow_way(example):
    _, values, truth, folds, texts = example
    raw, precisions, found = shuffled(example)
    whole = np.empty(ROWS)
    slow = np.empty((3, 4, ROWS))
    for fold in range(4):
        booster = lgb.Booster(model_str=texts[fold])
        held = folds == fold
        whole[held] = booster.predict(values[held], raw_score=True)
        for number, places in enumerate(BLOCKS.values()):
            for repeat in range(4):
                table = values[held].copy()
                order = np.random.default_rng((1, fold, number, repeat)).permutation(len(table))
                table[:, places] = table[order][:, places]
                slow[number, repeat, held] = booster.predict(table, raw_score=True)
    np.testing.assert_allclose(raw, np.stack([whole, whole], axis=1))
    assert precisions[0] == pytest.approx(average_precision_score(truth[:, 0], whole))
    expected = [[average_precision_score(truth[:, 0], each) for each in of] for of in slow]
    np.testing.assert_allclose(found[:, :, 0], expected)


def test_the_strong_block_comes_first_though_its_columns_stand_in_for_each_other(example):
    _, whole, each = shuffled(example)
    ranked = importance.rank_blocks(BLOCKS, whole, each, np.array([0.5, 0.2, 0.2, 0.1, 0.0]))
    assert [each.block for each in ranked] == ["strong", "weak", "no"]
    strong, weak, none = ranked
    assert strong.drop > 5 * weak.drop
    assert weak.drop > 3 * weak.spread > 0
    assert abs(none.drop) < 0.03
    assert (strong.columns, strong.gain) == (2, pytest.approx(0.7))
    assert strong.label_drop[0] == pytest.approx(strong.drop)
    assert np.isnan(strong.label_drop[1])
    _, whole, alone = shuffled(example, blocks={"first": np.array([0])})
    assert (whole - alone.mean(axis=(0, 1)))[0] <= strong.drop


def test_a_block_that_no_tree_asks_for_is_worth_exactly_nothing(example):
    _, values, truth, _, _ = example
    wide = np.zeros_like(values)
    wide[:, 0] = values[:, 0]
    data = lgb.Dataset(wide, label=truth[:, 0].astype(float))
    text = lgb.train({"objective": "binary", "verbosity": -1}, data, 5).model_to_string()
    _, whole, found = shuffled(example, [text] * 4)
    number = list(BLOCKS).index("weak")
    assert (found[number, :, 0] == whole[0]).all()


def test_a_label_without_a_model_has_no_figures(example):
    stage, _, _, folds, texts = example
    members = tuple(FoldModel.boosting((text, "")) for text in texts)
    shuffling = importance.Shuffling(stage, folds, members, 2, 1)
    assert np.isnan(importance.whole_scores(shuffling)[:, 1]).all()
    found = importance.shuffled_precisions(shuffling, 0, BLOCKS["no"])
    assert np.isnan(found).tolist() == [[False, True]] * 2


def test_labels_that_look_at_one_another_share_a_loss(example):
    """Label 1 is answered by a model of nothing, but looks at label 0, and so at its block."""
    stage, values, truth, folds, texts = example
    nothing = lgb.Dataset(values[:, [3]] * np.eye(1, 5, 3, dtype=np.float32), truth[:, 0] * 1.0)
    parameters = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    text = lgb.train(parameters, nothing, 2).model_to_string()
    stack = np.array([[1.0, 1.0, 0.0, 0.0], [1.0, 0.0, -1.0, 0.0]])
    members = tuple(replace(FoldModel.boosting((own, text)), stack=stack) for own in texts)
    shuffling = importance.Shuffling(stage, folds, members, 2, 1)
    raw = importance.whole_scores(shuffling)
    np.testing.assert_allclose(raw[:, 1], -raw[:, 0])
    stage.lay_out(values, np.stack([truth[:, 0], ~truth[:, 0]], axis=1))
    found = importance.shuffled_precisions(shuffling, 0, BLOCKS["strong"])
    assert (found < importance.precisions(stage.truth(), raw) - 0.1).all()


def test_the_same_seed_gives_the_same_and_one_repeat_has_no_spread(example):
    _, whole, first = shuffled(example)
    np.testing.assert_array_equal(first, shuffled(example)[2])
    once = shuffled(example, repeats=1)[2]
    np.testing.assert_array_equal(once[:, 0], first[:, 0])
    assert importance.rank_blocks(BLOCKS, whole, once, np.zeros(5))[0].spread == 0


def test_a_label_without_positives_is_left_out_of_the_mean(example):
    _, whole, each = shuffled(example)
    assert np.isnan(whole[1])
    both = importance.rank_blocks(BLOCKS, whole, each, np.zeros(5))
    alone = importance.rank_blocks(BLOCKS, whole[:1], each[:, :, :1], np.zeros(5))
    assert [one.drop for one in both] == [one.drop for one in alone]
