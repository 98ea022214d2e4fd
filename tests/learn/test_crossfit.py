from __future__ import annotations

import numpy as np
import pytest
from made_training import made_training, serial

from hpa_features.learn.boosting import best_rounds, learner
from hpa_features.learn.crossfit import FIXED_ROUNDS, fit_folds
from hpa_features.learn.folds import stratified_folds
from hpa_features.learn.stage import Stage

PARAMETERS = learner(120, 12, seed=0, threads=1)


def run_on(data, tmp_path, *, nested=True, run=serial, trained=None):
    folds = stratified_folds(data.truth, data.groups, 4, 0)
    able = np.ones(len(data.labels), dtype=bool) if trained is None else np.array(trained)
    stage = Stage(str(tmp_path))
    stage.lay_out(data.values, data.truth)
    return fit_folds(data, folds, able, PARAMETERS, stage, run, nested=nested)


def counting(rounds):
    """A mapper that answers the question for rounds from a list, in turn."""
    given = iter(rounds)

    def run(tasks, *_, **__):
        return [
            tuple(next(given) for _ in task.args[3]) if task.func is best_rounds else task()
            for task in tasks
        ]

    return run


def test_every_row_is_scored_by_a_model_that_had_not_seen_it(tmp_path):
    data = made_training(signal=3.0)
    models = run_on(data, tmp_path)
    assert np.isfinite(models.raw).all()
    assert [len(member.texts) for member in models.members] == [3] * 4
    for label in range(3):
        truth = data.truth[:, label]
        assert models.raw[truth, label].mean() > models.raw[~truth, label].mean() + 1


def test_inner_scores_cover_the_training_part_and_nothing_of_the_held_fold(tmp_path):
    models = run_on(made_training(), tmp_path)
    for fold, inner in enumerate(models.inner):
        np.testing.assert_array_equal(inner.rows, np.flatnonzero(models.folds != fold))
        assert np.isfinite(inner.raw[inner.rows]).all()
        assert np.isnan(inner.raw[models.folds == fold]).all()


def test_inner_models_also_score_the_held_fold_apart(tmp_path):
    models = run_on(made_training(signal=3.0), tmp_path)
    for fold, inner in enumerate(models.inner):
        held = models.raw[models.folds == fold]
        assert inner.outer_scores.shape == (3, *held.shape)
        # Other models of the same kind: alike, not equal.
        assert all(
            np.corrcoef(each.ravel(), held.ravel())[0, 1] > 0.7 for each in inner.outer_scores
        )
        assert (inner.outer_scores != held).any(axis=(1, 2)).all()


def test_nothing_of_the_held_fold_reaches_its_model_or_its_inner_scores(tmp_path):
    data = made_training()
    folds = stratified_folds(data.truth, data.groups, 4, 0)
    able = np.ones(3, dtype=bool)
    spoilt = made_training()
    spoilt.values[folds == 2] = 7.0
    spoilt.truth[folds == 2] ^= True
    both = []
    for name, each in (("a", data), ("b", spoilt)):
        (tmp_path / name).mkdir()
        stage = Stage(str(tmp_path / name))
        stage.lay_out(each.values, each.truth)
        both.append(fit_folds(each, folds, able, PARAMETERS, stage, serial, nested=True))
    assert both[0].members[2].texts == both[1].members[2].texts
    assert both[0].members[1].texts != both[1].members[1].texts
    np.testing.assert_array_equal(both[0].inner[2].raw, both[1].inner[2].raw)


def test_cross_fitted_runs_fit_no_inner_models(tmp_path):
    assert run_on(made_training(), tmp_path, nested=False).inner == ()


def test_few_well_known_labels_mean_fixed_rounds(tmp_path):
    data = made_training(shares=(0.5, 0.6, 0.1))
    models = run_on(data, tmp_path, run=counting([]))
    assert (models.rounds == FIXED_ROUNDS).all()


def test_a_rare_label_takes_the_median_rounds_of_the_others(tmp_path):
    data = made_training(groups=60, shares=(0.5, 0.6, 0.7, 0.1))
    models = run_on(data, tmp_path, run=counting([20, 40, 30] * 4))
    np.testing.assert_array_equal(models.rounds, [[20, 40, 30, 30]] * 4)


def test_labels_without_models_score_the_share_of_the_training_part(tmp_path):
    data = made_training()
    models = run_on(data, tmp_path, trained=[True, False, True])
    assert [member.texts[1] for member in models.members] == [""] * 4
    assert (models.rounds[:, 1] == 0).all()
    train = data.truth[models.folds != 0, 1]
    wanted = np.log((train.sum() + 0.5) / (len(train) - train.sum() + 0.5))
    assert models.raw[models.folds == 0, 1] == pytest.approx(wanted)
