from __future__ import annotations

from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest
from made_bundle import fresh_rows, train_small, write_tables

from hpa_features.core.errors import BundleError
from hpa_features.core.tables import FeatureTable
from hpa_features.io.bundle import read_bundle
from hpa_features.learn.packing import unpack


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("model")
    write_tables(made, groups=60, signal=3.0, shares=(0.5, 0.4, 2))
    train_small(made)
    return made / "model"


@pytest.fixture(scope="module")
def bundle(folder):
    return read_bundle(folder)


def test_probabilities_are_the_mean_of_the_calibrated_fold_models(bundle):
    model, values = unpack(bundle), fresh_rows()
    wanted = np.zeros(len(values))
    for fold in range(5):
        raw, other = (
            lgb.Booster(
                model_str=bundle.boosters[f"boosters/label-00{label}-fold-{fold}.txt"]
            ).predict(values, raw_score=True)
            for label in (1, 0)
        )
        stack = bundle.numbers[f"stack_fold_{fold}"]
        (other_scale, *_), (scale, own, others, constant) = stack[:2]
        raw = own * scale * raw + others * other_scale * other + constant
        facts = bundle.facts["labels"][1]["calibration"]
        wanted += 1 / (1 + np.exp(-(facts["slope"] * raw + facts["intercept"]))) / 5
    prediction = model.predict(values)
    np.testing.assert_allclose(prediction.probabilities[:, 1], wanted, rtol=1e-12)
    threshold = bundle.facts["labels"][1]["threshold"]
    np.testing.assert_array_equal(prediction.decisions[:, 1], wanted >= threshold)


def test_out_of_fold_probabilities_come_from_the_fold_that_held_the_row_out(folder, bundle):
    model = unpack(bundle)
    import pyarrow.parquet as pq

    table = pq.read_table(folder.parent / "features.parquet").to_pandas().set_index("Id")
    for fold in range(5):
        ids = [each for each, own in zip(bundle.oof.ids, bundle.oof.folds) if own == fold]
        values = table.loc[ids, [column.name for column in model.columns]].to_numpy(np.float32)
        again = model.fold_probabilities(fold, values)
        np.testing.assert_allclose(again, bundle.oof.prob[bundle.oof.folds == fold], rtol=1e-12)


def test_a_label_that_cannot_be_learned_has_no_booster_and_answers_its_share(bundle):
    label = bundle.facts["labels"][2]
    assert not label["supported"]
    assert label["boosters"] == []
    assert label["rule"] == "never"
    prediction = unpack(bundle).predict(fresh_rows())
    np.testing.assert_array_equal(prediction.probabilities[:, 2], label["prevalence"])
    assert not prediction.decisions[:, 2].any()


def test_rows_unlike_the_training_data_are_said_to_be_so(bundle):
    model = unpack(bundle)
    assert not model.predict(np.zeros((3, 12), np.float32)).novel.any()
    far = model.predict(np.full((3, 12), 1000, np.float32))
    assert far.novel.all()
    assert (far.novelty > 1).all()
    assert set(far.block) <= {"a", "b"}


def test_gain_lies_on_the_columns_that_tell(bundle):
    gains = unpack(bundle).gains()
    assert gains[0].argmax() == 0
    assert gains[1].argmax() == 1
    assert gains[2].sum() == 0
    np.testing.assert_allclose(gains[:2].sum(axis=1), 1)


def test_columns_are_taken_by_name_and_missing_ones_are_named(bundle):
    model = unpack(bundle)
    values = fresh_rows()
    table = FeatureTable(tuple("abcde"), tuple(reversed(model.columns)), values[:, ::-1].copy())
    np.testing.assert_array_equal(model.align(table), values)
    with pytest.raises(BundleError, match=r"lacks 2 of the 12 columns .*: b_10, c_11\."):
        model.align(replace(table, columns=table.columns[2:], values=table.values[:, 2:]))


def test_numbers_that_are_not_finite_are_named_with_label_and_rows(bundle):
    prediction = unpack(bundle).predict(fresh_rows())
    labels, ids = ("Cytosol", "Nucleoli", "Vesicles"), tuple("abcde")
    assert prediction.not_finite(labels, ids) == ""
    prediction.probabilities[[1, 3], 1] = np.nan, np.inf
    found = prediction.not_finite(labels, ids)
    assert found == "Nucleoli is not a finite number in 2 rows (b, d)"
    novelty = replace(unpack(bundle).predict(fresh_rows()), novelty=np.array([0, 1, np.nan, 2, 3]))
    assert novelty.not_finite(labels, ids) == "Novelty is not a finite number in 1 rows (c)"


def test_no_rows_give_no_answers(bundle):
    prediction = unpack(bundle).predict(np.empty((0, 12), np.float32))
    assert prediction.probabilities.shape == (0, 3)
    assert prediction.block == ()
