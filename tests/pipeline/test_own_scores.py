"""Training with scores of other classifiers: each label's own count for themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hpa_features.core.errors import UsageError
from hpa_features.core.tables import Column
from hpa_features.core.train_settings import TrainSettings
from hpa_features.io.bundle import read_bundle
from hpa_features.learn.data import TrainingData
from hpa_features.learn.packing import unpack
from hpa_features.pipeline.importance import importance
from hpa_features.pipeline.score_columns import check_scores
from hpa_features.pipeline.train import train

LABELS, NETS, ROWS = 3, 4, 120
PATTERN = "{label}.net*"


class Heard:
    """Keeps what is said."""

    def __init__(self):
        self.notes, self.warnings = [], []
        self.note, self.warn = self.notes.append, self.warnings.append
        self.start = self.advance = self.finish = lambda *_, **__: None


def write_tables(folder):
    """Write scores of four poor networks for three labels, and a column that says nothing."""
    rng = np.random.default_rng(0)
    truth = rng.random((ROWS, LABELS)) < 0.3
    ids = [f"r{row:03d}" for row in range(ROWS)]
    scores = {"x": rng.normal(size=ROWS)}
    for net in range(NETS):
        raw = 1 / (1 + np.exp(-(1.2 * truth + rng.normal(size=truth.shape))))
        scores |= {f"l{label}.net{net}": raw[:, label] for label in range(LABELS)}
    index = pd.Index(ids, name="Id")
    pd.DataFrame(scores, index).to_parquet(folder / "scores.parquet")
    labels = pd.DataFrame(truth.astype(int), index, [f"l{at}" for at in range(LABELS)])
    labels.to_csv(folder / "labels.csv")
    return str(folder / "scores.parquet"), str(folder / "labels.csv")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    tables = write_tables(folder)
    settings = TrainSettings(group="none", bootstrap=10, own_label_columns=PATTERN, folds=3)
    train(*tables, str(folder / "own"), settings)
    return folder


def test_own_scores_are_a_learner_that_the_bundle_keeps_exactly(folder):
    bundle = read_bundle(folder / "own")
    model = unpack(bundle)
    shares = [label["learners"]["own scores"] for label in bundle.facts["labels"]]
    assert np.mean(shares) > 0.2
    table = pd.read_parquet(folder / "scores.parquet")
    names = [column.name for column in model.columns]
    for fold, member in enumerate(model.members):
        held = bundle.oof.folds == fold
        values = table.loc[list(np.array(bundle.oof.ids)[held]), names].to_numpy(np.float32)
        raw = member.log_odds(values, member.inputs(values))
        np.testing.assert_array_equal(raw, bundle.oof.raw[held])


def test_importance_shuffles_them_too(folder):
    found = importance(str(folder / "own"), str(folder / "scores.parquet"))
    drops = {each.block: each.drop for each in found.blocks}
    assert drops.pop("scores") == pytest.approx(0, abs=0.02)
    assert min(drops.values()) > 0.02


def test_more_rows_than_are_nested_are_refused(folder):
    settings = TrainSettings(group="none", own_label_columns=PATTERN, nested_rows=60)
    with pytest.raises(UsageError, match=r"needs a nested training.*--nested-rows 120"):
        train(str(folder / "scores.parquet"), str(folder / "labels.csv"), "no", settings)


def scores_of(values, truth):
    """Return a table of six columns named as one network's."""
    values = np.asarray(values, np.float32)
    return TrainingData(
        ids=tuple(f"r{row}" for row in range(len(values))),
        columns=tuple(Column(f"cnn.prob{at:02d}", "cnn") for at in range(values.shape[1])),
        values=values,
        labels=("a", "b"),
        truth=np.asarray(truth),
        groups=np.arange(len(values)),
        group_names=tuple(map(str, range(len(values)))),
        group_column="none",
    )


def test_scores_that_sum_to_one_draw_a_warning_where_rows_have_several_labels():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, size=(100, 6))
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    sigmoid = 1 / (1 + np.exp(-logits))
    twice = np.exp(sigmoid) / np.exp(sigmoid).sum(axis=1, keepdims=True)
    several, one = np.ones((100, 2), bool), np.tile([True, False], (100, 1))
    for values, truth, said in (
        (softmax, several, ["cnn.prob00 to cnn.prob05 sum to 1"]),
        (twice, several, ["already lay between 0 and 1"]),
        (softmax, one, []),
        (sigmoid, several, []),
        (np.vstack([softmax[:99], sigmoid[:1]]), several, []),
        (softmax[:, :3] / softmax[:, :3].sum(axis=1, keepdims=True), several, []),  # shares
    ):
        heard = Heard()
        check_scores(scores_of(values, truth), TrainSettings(), heard)
        assert len(heard.warnings) == len(said)
        assert all(words in text for words, text in zip(said, heard.warnings))
    assert "already lay" not in _warned(softmax, several)


def test_a_pattern_makes_one_networks_scores_of_columns_with_other_names():
    scores = scores_of(np.full((10, 6), 1 / 6), np.ones((10, 2), bool))
    names = [f"{label}.net" for label in "abcdef"]
    scores = replace(
        scores,
        labels=tuple("abcdef"),
        truth=np.ones((10, 6), bool),
        columns=tuple(Column(each, each) for each in names),
    )
    heard = Heard()
    check_scores(scores, TrainSettings(own_label_columns="{label}.net"), heard)
    assert "a.net to f.net sum to 1" in heard.warnings[0]
    lacking = replace(scores, columns=(*scores.columns[:5], Column("x", "x")))
    check_scores(lacking, TrainSettings(own_label_columns="{label}.net"), heard)
    assert heard.notes == ["No column is a score of f."]


def _warned(values, truth):
    heard = Heard()
    check_scores(scores_of(values, truth), TrainSettings(), heard)
    return heard.warnings[0]
