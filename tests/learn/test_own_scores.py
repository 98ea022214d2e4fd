"""Which columns are a label's own scores, and the learner that sees them alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_training import made_training
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from hpa_features.core.errors import UsageError
from hpa_features.core.tables import Column
from hpa_features.learn.own_scores import fit_own, own_columns
from hpa_features.learn.stage import Stage
from hpa_features.learn.tasks import Split

LABELS = ("Nucleoli", "Nucleoli fibrillar center", "A.*")


def columns(*names, block="x"):
    return tuple(Column(name, block) for name in names)


@pytest.mark.parametrize(
    ("names", "pattern", "wanted"),
    [
        (["Nucleoli.net1", "nucleoli.net2", "A.*.net1"], "{label}.net*", ((0, 1), (), (2,))),
        (["net_02", "net_03", "net_04"], "net_{label}", ((0,), (1,), ())),
        # The longest label that fits has a column; a label's signs are no pattern's.
        (["Nucleoli fibrillar center p", "Nucleoli p", "Axy"], "{label}*", ((1,), (0,), ())),
        (["p_Nucleoli_fibrillar_center"], "p_{label}", ((), (0,), ())),
        (["anet9_02", "net9_02"], "net?_{label}", ((1,), (), ())),
        (["Nucleoli.net1"], "", ()),
    ],
)
def test_a_pattern_ascribes_columns_to_labels(names, pattern, wanted):
    assert own_columns(columns(*names), LABELS, pattern) == wanted


def test_a_joined_table_matches_with_and_without_its_name():
    joined = columns("cnn.Nucleoli.net1", "cnn.x", block="cnn")
    assert own_columns(joined, LABELS, "{label}.net*")[0] == (0,)
    assert own_columns(joined, LABELS, "cnn.{label}.*")[0] == (0,)


def test_patterns_without_a_label_or_a_match_are_refused():
    with pytest.raises(UsageError, match=r"lacks \{label\}, which marks"):
        own_columns(columns("net_02"), LABELS, "net_*")
    with pytest.raises(UsageError, match=r"matches no column .*called net_02, labels Nucleoli"):
        own_columns(columns("net_02"), LABELS, "{label}.net*")


def test_the_learner_is_scikit_learns_on_standardised_columns(tmp_path):
    """A gap counts as the mean of the training rows; a row scores the same alone."""
    data = made_training(columns=9, shares=(0.5, 0.3, 0.4))
    values = data.values.copy()
    values[::7, 1] = np.nan
    stage = Stage(str(tmp_path))
    stage.lay_out(values, data.truth)
    train, held = np.arange(0, 90), np.arange(90, 120)
    split = Split("bins", train, train, held)
    own = ((0, 4), (1, 5, 8), ())
    labels = np.array([True, True, True])
    fit = fit_own(stage, split, own, labels, keep=True)
    for label, places in enumerate(own[:2]):
        seen = values[:, places].astype(float)
        seen = np.where(np.isnan(seen), np.nanmean(seen[train], axis=0), seen)
        scaler = StandardScaler().fit(seen[train])
        curve = LogisticRegression(C=0.1).fit(
            scaler.transform(seen[train]), data.truth[train, label]
        )
        wanted = curve.decision_function(scaler.transform(seen[held]))
        assert fit.raw[:, label] == pytest.approx(wanted, abs=1e-3)
    positives = data.truth[train, 2].sum() + 0.5
    assert fit.raw[:, 2] == pytest.approx(np.log(positives / (91 - positives)))
    alone = np.vstack([fit.model.scores(values[[row]]) for row in held])
    np.testing.assert_array_equal(alone, fit.raw)
    assert fit.model.weighs(np.array([3, 4]))
    assert not fit.model.weighs(np.array([2, 3]))
    assert not fit.model.of_labels(np.array([False, True, True])).scores(values)[:, 0].any()
    without = replace(data, truth=np.zeros_like(data.truth))
    stage.lay_out(values, without.truth)
    assert np.ptp(fit_own(stage, split, own, labels, keep=False).raw) == 0
