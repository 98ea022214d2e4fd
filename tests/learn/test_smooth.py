from __future__ import annotations

import numpy as np
import pytest
from made_training import made_training
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import LogisticRegression

from hpa_features.learn import smooth
from hpa_features.learn.inputs import Inputs
from hpa_features.learn.smooth import closeness, fit_smooth
from hpa_features.learn.stage import Stage
from hpa_features.learn.tasks import Split

ALL = np.arange(120)
SPLIT = Split("", ALL, ALL[ALL % 4 > 0], ALL[ALL % 4 == 0])
LABELS = np.array([True, True, False])


@pytest.fixture
def stage(tmp_path):
    data = made_training()
    made = Stage(str(tmp_path))
    made.lay_out(data.values, data.truth)
    return made


def test_closeness_is_the_gaussian_kernel():
    rng = np.random.default_rng(0)
    rows, landmarks = rng.normal(size=(7, 3)), rng.normal(size=(4, 3))
    np.testing.assert_allclose(closeness(rows, landmarks), RBF(1.0)(rows, landmarks))


def test_the_lines_are_scikit_learns(stage):
    found = fit_smooth(stage, SPLIT, LABELS, 0, keep=True)
    data = made_training()
    inputs = Inputs.fit(data.values[SPLIT.train], data.truth[SPLIT.train][:, LABELS])
    curve = LogisticRegression(C=10.0)
    curve.fit(inputs.apply(data.values[SPLIT.train]), data.truth[SPLIT.train, 1])
    wanted = curve.decision_function(inputs.apply(data.values[SPLIT.held]))
    np.testing.assert_allclose(found.raw[:, 1, 1], wanted, rtol=1e-9)


def test_with_all_rows_as_landmarks_the_kernel_machine_is_exact(stage):
    """Kernel logistic regression by its own terms: least loss + aᵀKa / 2C at K·a."""
    found = fit_smooth(stage, SPLIT, LABELS, 0, keep=True)
    model = found.model
    kernel = closeness(model.landmarks, model.landmarks)
    weights, truth = model.kernel[:-1, 0], made_training().truth[SPLIT.train, 0]
    share = 1 / (1 + np.exp(-(kernel @ weights + model.kernel[-1, 0])))
    gradient = kernel @ (share - truth + weights / 100.0)
    assert np.abs(gradient).max() < 0.02
    assert (share - truth).sum() == pytest.approx(0, abs=0.02)


def test_both_learners_rank_rows_that_they_had_not_seen(stage):
    raw = fit_smooth(stage, SPLIT, LABELS, 0, keep=False).raw
    truth = made_training().truth[SPLIT.held]
    for learner in range(2):
        for label in range(2):
            scores = raw[:, label, learner]
            assert scores[truth[:, label]].mean() > scores[~truth[:, label]].mean() + 1
    assert not raw[:, 2].any()


def test_a_row_scores_exactly_the_same_alone_and_among_others(stage):
    model = fit_smooth(stage, SPLIT, LABELS, 0, keep=True).model
    rows = model.inputs.apply(np.random.default_rng(2).normal(size=(150, 12)).astype(np.float32))
    together = model.scores(rows)
    for at in (0, 63, 64, 149):
        np.testing.assert_array_equal(model.scores(rows[at : at + 1])[0], together[at])
    assert model.scores(rows[:0]).shape == (0, 3, 2)


def test_fewer_landmarks_come_close(stage, monkeypatch):
    whole = fit_smooth(stage, SPLIT, LABELS, 0, keep=False).raw
    monkeypatch.setattr(smooth, "MOST_LANDMARKS", 60)
    some = fit_smooth(stage, SPLIT, LABELS, 0, keep=True)
    assert some.model.landmarks.shape == (60, 12)
    assert np.corrcoef(some.raw[:, 0, 0], whole[:, 0, 0])[0, 1] > 0.8
    np.testing.assert_array_equal(some.raw[:, :, 1], whole[:, :, 1])


def test_rows_of_one_class_give_their_share(stage):
    truth = stage.truth()
    truth[SPLIT.train, 1] = False
    stage.lay_out(made_training().values, truth)
    raw = fit_smooth(stage, SPLIT, LABELS, 0, keep=False).raw
    np.testing.assert_allclose(raw[:, 1], np.log(0.5 / 90.5))
