from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_training import made_training, serial

from hpa_features.learn.boosting import learner
from hpa_features.learn.crossfit import fit_folds
from hpa_features.learn.evaluation import (
    choose,
    delivered_choices,
    is_supported,
    judged_answers,
    supported_labels,
)
from hpa_features.learn.folds import stratified_folds
from hpa_features.learn.metrics import average_precisions
from hpa_features.learn.stage import Stage
from hpa_features.learn.thresholds import ALWAYS, NEVER


def fitted(data, folder, *, nested):
    folds = stratified_folds(data.truth, data.groups, 5, 0)
    parameters = learner(len(data.ids), len(data.columns), seed=0, threads=1)
    able = np.ones(len(data.labels), dtype=bool)
    stage = Stage(str(folder))
    stage.lay_out(data.values, data.truth)
    return fit_folds(data, folds, able, parameters, stage, serial, nested=nested)


@pytest.mark.parametrize("nested", [True, False])
def test_answers_of_a_fold_do_not_depend_on_its_truth(tmp_path, nested):
    data = made_training()
    models = fitted(data, tmp_path, nested=nested)
    supported = np.ones(3, dtype=bool)
    before = judged_answers(data, models, supported)
    held = models.folds == 1
    truth = data.truth.copy()
    truth[held] ^= True
    after = judged_answers(replace(data, truth=truth), models, supported)
    np.testing.assert_array_equal(before.prob[held], after.prob[held])
    np.testing.assert_array_equal(before.decision[held], after.decision[held])


def test_noise_ranks_no_better_than_chance_when_judged(tmp_path):
    """Ten noise labels of groups whose rows look alike: what leaks through rows would show."""
    data = made_training(groups=50, rows_a_group=4, columns=30, shares=(0.3,) * 10, signal=0.0)
    look = np.random.default_rng(5).normal(size=(50, 30))[data.groups]
    data = replace(data, values=(look + 0.1 * data.values).astype(np.float32))
    models = fitted(data, tmp_path, nested=True)
    answers = judged_answers(data, models, np.ones(10, dtype=bool))
    gain = average_precisions(data.truth, answers.prob) - data.truth.mean(axis=0)
    assert abs(gain.mean()) < 0.06
    p_values = supported_labels(data, models, 0)
    assert is_supported(p_values).sum() <= 3


def test_signal_is_found_and_supported(tmp_path):
    data = made_training(groups=60, signal=3.0)
    models = fitted(data, tmp_path, nested=True)
    assert is_supported(supported_labels(data, models, 0)).all()
    answers = judged_answers(data, models, np.ones(3, dtype=bool))
    assert average_precisions(data.truth, answers.prob).min() > 0.8
    assert (answers.decision == data.truth).mean() > 0.85


@pytest.mark.parametrize(("share", "cut"), [(0.05, NEVER), (0.3, ALWAYS)])
def test_an_unsupported_label_answers_by_its_share(share, cut):
    truth = np.arange(100) < 100 * share
    choice = choose(np.zeros(100), truth, np.arange(100), supported=False)
    assert choice.threshold == cut
    np.testing.assert_array_equal(choice.probabilities(np.array([-9.0, 9.0])), share)
    assert ((choice.probabilities(np.zeros(3)) >= choice.threshold) == (cut == ALWAYS)).all()


def test_delivered_choices_use_all_rows(tmp_path):
    data = made_training()
    models = fitted(data, tmp_path, nested=False)
    for label, choice in enumerate(delivered_choices(data, models, np.ones(3, dtype=bool))):
        again = choose(models.raw[:, label], data.truth[:, label], data.groups, supported=True)
        assert choice == again
        assert choice.prevalence == data.truth[:, label].mean()
