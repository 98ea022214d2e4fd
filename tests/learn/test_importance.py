"""Shuffling a block costs what the block is worth, on rows that the models had not seen."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from hpa_features.core.tables import Column
from hpa_features.learn import importance
from hpa_features.learn.blend import FoldModel
from hpa_features.learn.boosting import Stage

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


def shuffling(example, **keywords):
    stage, _, _, folds, _ = example
    settings = {"repeats": 4, "seed": 1} | keywords
    return importance.Shuffling(stage, folds, tuple(BLOCKS.values()), **settings)


def trees(texts):
    return [FoldModel.boosting((text, text)) for text in texts]


def test_blocks_are_their_columns_places():
    assert {name: at.tolist() for name, at in BLOCKS.items()} == {
        "no": [3, 4],
        "strong": [0, 1],
        "weak": [2],
    }


def test_scores_equal_the_slow_way(example):
    _, values, truth, folds, texts = example
    found = importance.label_drops(shuffling(example), 0, trees(texts))
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
    np.testing.assert_allclose(found.raw, whole)
    assert found.whole == pytest.approx(average_precision_score(truth[:, 0], whole))
    expected = [[average_precision_score(truth[:, 0], each) for each in of] for of in slow]
    np.testing.assert_allclose(found.shuffled, expected)


def test_the_strong_block_comes_first_though_its_columns_stand_in_for_each_other(example):
    drops = [importance.label_drops(shuffling(example), 0, trees(example[4])), None]
    ranked = importance.rank_blocks(BLOCKS, drops, np.array([0.5, 0.2, 0.2, 0.1, 0.0]))
    assert [each.block for each in ranked] == ["strong", "weak", "no"]
    strong, weak, none = ranked
    assert strong.drop > 5 * weak.drop
    assert weak.drop > 3 * weak.spread > 0
    assert abs(none.drop) < 0.03
    assert (strong.columns, strong.gain) == (2, pytest.approx(0.7))
    assert strong.label_drop[0] == pytest.approx(strong.drop)
    assert np.isnan(strong.label_drop[1])
    alone = importance.Shuffling(example[0], example[3], (np.array([0]),), 4, 1)
    alone_drop = importance.label_drops(alone, 0, trees(example[4]))
    assert alone_drop.whole - alone_drop.shuffled.mean() <= strong.drop


def test_a_block_that_no_tree_asks_for_is_worth_exactly_nothing(example):
    _, values, truth, _, _ = example
    wide = np.zeros_like(values)
    wide[:, 0] = values[:, 0]
    data = lgb.Dataset(wide, label=truth[:, 0].astype(float))
    text = lgb.train({"objective": "binary", "verbosity": -1}, data, 5).model_to_string()
    found = importance.label_drops(shuffling(example), 0, trees([text] * 4))
    number = list(BLOCKS).index("weak")
    assert (found.shuffled[number] == found.whole).all()


def test_the_same_seed_gives_the_same_and_one_repeat_has_no_spread(example):
    first, again = (
        importance.label_drops(shuffling(example), 0, trees(example[4])) for _ in range(2)
    )
    np.testing.assert_array_equal(first.shuffled, again.shuffled)
    once = importance.label_drops(shuffling(example, repeats=1), 0, trees(example[4]))
    np.testing.assert_array_equal(once.shuffled[:, 0], first.shuffled[:, 0])
    assert importance.rank_blocks(BLOCKS, [once], np.zeros(5))[0].spread == 0


def test_a_label_without_positives_is_left_out_of_the_mean(example):
    real = importance.label_drops(shuffling(example), 0, trees(example[4]))
    empty = importance.label_drops(shuffling(example), 1, trees(example[4]))
    both = importance.rank_blocks(BLOCKS, [real, empty], np.zeros(5))
    alone = importance.rank_blocks(BLOCKS, [real], np.zeros(5))
    assert [each.drop for each in both] == [each.drop for each in alone]
