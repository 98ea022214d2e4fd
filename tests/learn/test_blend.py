from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from hpa_features.learn.blend import ALONE, blend_weights, blended
from hpa_features.learn.fold_models import FoldModel
from hpa_features.learn.inputs import Inputs
from hpa_features.learn.smooth import Smooth


def made_scores(noise=(1.0, 1.0, 1.0), rows=400, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.random(rows) < 0.3
    raw = 2.0 * (truth[:, None] - 0.5) + rng.normal(size=(rows, len(noise))) * noise
    return raw, truth


def test_equally_good_learners_weigh_about_the_same():
    weights = blend_weights(*made_scores())
    assert weights[:3].max() < 1.35 * weights[:3].min()


def test_a_learner_that_tells_nothing_is_left_out():
    scores, truth = made_scores()
    scores[:, 1] = -scores[:, 1]
    scores[:, 2] = np.random.default_rng(5).normal(size=len(scores))
    weights = blend_weights(scores, truth)
    assert weights[1] == 0
    assert weights[2] < 0.15 * weights[0]


def test_much_evidence_gives_logistic_regression():
    scores, truth = made_scores((0.8, 1.2, 2.0), rows=20_000)
    weights = blend_weights(scores, truth)
    free = LogisticRegression(C=np.inf).fit(scores, truth)
    np.testing.assert_allclose(weights[:3], free.coef_[0], rtol=0.02)
    assert weights[3] == pytest.approx(free.intercept_[0], rel=0.02)


def test_a_label_ranked_without_a_fault_gets_finite_weights():
    truth = np.arange(20) < 6
    scores = np.where(truth, 5.0, -5.0)[:, None] * np.ones(3)
    weights = blend_weights(scores, truth)
    assert np.isfinite(weights).all()
    assert blended(scores[:, None], weights[None])[truth].min() > 0


@given(st.integers(1, 3), st.booleans())
def test_scores_without_any_spread_give_the_share(learners, sign):
    truth = np.arange(12) % 3 == 0
    weights = blend_weights(np.full((12, learners), 2.0 if sign else -2.0), truth)
    raw = blended(np.full((1, 1, learners), 2.0 if sign else -2.0), weights[None])[0, 0]
    share = (4 * 5 / 6 + 8 / 10) / 12
    assert raw == pytest.approx(np.log(share / (1 - share)), abs=1e-2)


def test_a_learner_of_one_score_does_not_disturb_the_others():
    scores, truth = made_scores()
    scores[:, 0] = 0
    wanted = blend_weights(scores, truth)[1:3]
    scores[:, 0] = -0.7
    assert scores.std(axis=0)[0] > 0  # by rounding
    np.testing.assert_allclose(blend_weights(scores, truth)[1:3], wanted, rtol=1e-3)


def test_the_order_of_rows_does_not_matter():
    scores, truth = made_scores()
    order = np.random.default_rng(1).permutation(len(truth))
    np.testing.assert_allclose(
        blend_weights(scores, truth), blend_weights(scores[order], truth[order]), rtol=1e-3
    )


def test_alone_is_boosting():
    scores = np.random.default_rng(0).normal(size=(5, 2, 3))
    np.testing.assert_array_equal(blended(scores, np.array([ALONE, ALONE])), scores[:, :, 0])


def test_a_label_that_is_not_kept_leaves_nothing_behind():
    inputs = Inputs(np.zeros((3, 2)), np.ones(2))
    smooth = Smooth(inputs, np.ones((4, 2)), np.ones((5, 2)), np.ones((3, 2)))
    model = FoldModel(("tree", "tree"), smooth, np.full((2, 4), 0.5))
    left = model.of_labels(np.array([True, False]))
    assert left.texts == ("tree", "")
    assert not left.smooth.kernel[:, 1].any()
    assert not left.smooth.linear[:, 1].any()
    np.testing.assert_array_equal(left.weights, [[0.5] * 4, ALONE])
