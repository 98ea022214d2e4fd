from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from made_bundle import write_tables

from hpa_features.core.errors import BundleError
from hpa_features.core.train_settings import TrainSettings
from hpa_features.io.bundle import read_bundle
from hpa_features.learn.packing import unpack
from hpa_features.pipeline.importance import importance
from hpa_features.pipeline.train import train


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blend")
    features, labels = write_tables(folder, groups=60, signal=1.5, shares=(0.5, 0.4, 2))
    train(features, labels, str(folder / "model"), TrainSettings(bootstrap=50))
    return folder


@pytest.fixture(scope="module")
def bundle(folder):
    return read_bundle(folder / "model")


def test_out_of_fold_scores_come_again_from_the_bundle_exactly(folder, bundle):
    model = unpack(bundle)
    table = pq.read_table(folder / "features.parquet").to_pandas().set_index("Id")
    for fold in range(5):
        held = bundle.oof.folds == fold
        ids = [each for each, own in zip(bundle.oof.ids, held) if own]
        values = table.loc[ids, [column.name for column in model.columns]].to_numpy(np.float32)
        member = model.members[fold]
        raw = member.log_odds(values, member.inputs(values))
        np.testing.assert_array_equal(raw, bundle.oof.raw[held][:, :2])
        np.testing.assert_array_equal(model.fold_probabilities(fold, values), bundle.oof.prob[held])


def test_the_model_says_what_each_learner_weighs(folder, bundle):
    for label in bundle.facts["labels"][:2]:
        assert set(label["learners"]) == {"boosting", "kernel", "linear"}
        assert sum(label["learners"].values()) == pytest.approx(1)
        assert label["learners"]["linear"] > 0.2
    assert bundle.facts["labels"][2]["learners"] == {}
    assert "linear " in (folder / "model" / "card.md").read_text()


def test_importance_knows_the_whole_blend(folder):
    """Its scores are those of the training, and blocks that lines use cost something."""
    found = importance(str(folder / "model"), str(folder / "features.parquet"))
    assert [each.block for each in found.blocks][-1] == "c"
    assert found.blocks[0].drop > 0.05


@pytest.mark.parametrize(
    ("name", "forged", "message"),
    [
        ("linear_fold_1", np.zeros((3, 3)), "'linear_fold_1' must have 13 × 3 numbers"),
        ("linear_fold_1", None, "'linear_fold_1' must have 13 × 3"),
        ("landmarks_fold_0", np.zeros((0, 12)), "must have any × 12"),
        ("kernel_fold_2", np.full((145, 3), np.inf), "'kernel_fold_2' must be finite"),
        ("quantiles_fold_0", -np.arange(24.0).reshape(2, 12), "'quantiles_fold_0' must rise"),
    ],
)
def test_forged_numbers_are_refused(bundle, name, forged, message):
    numbers = dict(bundle.numbers)
    if forged is None:
        del numbers[name]
    elif np.isinf(forged).any():
        numbers[name] = np.full_like(numbers[name], np.inf)
    else:
        numbers[name] = forged
    with pytest.raises(BundleError, match=message):
        unpack(replace(bundle, numbers=numbers))


def test_rows_alone_and_together_get_the_same_answers(bundle):
    model = unpack(bundle)
    values = np.random.default_rng(3).normal(size=(70, 12)).astype(np.float32)
    whole = model.predict(values).probabilities
    np.testing.assert_array_equal(model.predict(values[66:67]).probabilities[0], whole[66])
