from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_cells import CELLS, made_cells
from made_training import serial
from oracles.cell_summaries import summaries

from hpa_features.core.errors import DataError
from hpa_features.core.progress import SILENT
from hpa_features.core.tables import Column
from hpa_features.core.train_settings import TrainSettings
from hpa_features.learn.boosting import learner
from hpa_features.learn.cell_scores import PARTS, fit_part, score_cells, score_columns, summarized
from hpa_features.learn.folds import stratified_folds
from hpa_features.learn.splits import outer_splits
from hpa_features.learn.stage import Stage
from hpa_features.learn.train import train

SHARES = (0.4, 0.3)
PARAMETERS = learner(120, 12, seed=0, threads=1)


@given(
    st.lists(st.lists(st.floats(-9, 9, width=16), max_size=45), min_size=1, max_size=4),
    st.floats(-5, 5, width=16),
)
@settings(max_examples=40)
def test_summaries_are_those_of_the_formula(images, cut):
    counts = [len(each) for each in images]
    scores = np.array([score for each in images for score in each])
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
    told = summarized(np.stack([scores, -scores]), starts, np.array([cut, -cut]))
    for image, each in enumerate(images):
        np.testing.assert_allclose(told[image, 0], summaries(each, cut), atol=1e-12)
        np.testing.assert_allclose(
            told[image, 1], summaries([-score for score in each], -cut), atol=1e-12
        )


def test_a_cell_alone_is_its_own_mean_and_top():
    told = summarized(np.array([[2.0]]), np.array([0, 1]), np.array([2.0]))
    np.testing.assert_array_equal(told, [[[2.0, 2.0, 0.0]]])


def scored(data, folder, run=serial):
    folder.mkdir()
    stage = Stage(str(folder))
    stage.lay_out(data.values, data.truth)
    folds = stratified_folds(data.truth, data.groups, 4, 0)
    outer = outer_splits(folds)
    scorers = score_cells(data, data.cells, outer, stage, run, PARAMETERS)
    return outer, scorers, [stage.values(split.bins) for split in outer]


def test_part_tables_hold_the_table_and_what_cells_say(tmp_path):
    data = made_cells(shares=SHARES, signal=3.0)
    outer, scorers, tables = scored(data, tmp_path / "a")
    names = [column.name for column in score_columns(data.labels)]
    assert names[:3] == [f"CellScores_label0_{each}" for each in ("Mean", "Top", "Share")]
    for split, scorer, table in zip(outer, scorers, tables):
        assert table.shape == (len(data.ids), data.values.shape[1] + len(names))
        np.testing.assert_array_equal(table[:, : data.values.shape[1]], data.values)
        again = scorer.columns(data.cells.of(split.held))
        np.testing.assert_array_equal(again, table[split.held, data.values.shape[1] :])
        assert len(scorer.models) == PARTS
        for label in range(len(data.labels)):
            top = table[split.held, data.values.shape[1] + 3 * label + 1]
            truth = data.truth[split.held, label]
            assert top[truth].mean() > top[~truth].mean() + 0.3


def test_no_cell_is_scored_by_a_model_of_its_image_or_group(tmp_path):
    data = made_cells(shares=SHARES)
    parts = []

    def watched(tasks, *_, **__):
        parts.extend(task.args[1] for task in tasks)
        return serial(tasks)

    outer, _, _ = scored(data, tmp_path / "a", watched)
    assert len(parts) == len(outer) * PARTS
    for at, split in enumerate(outer):
        own = parts[at * PARTS : (at + 1) * PARTS]
        left_out = np.concatenate([part.left_out for part in own])
        np.testing.assert_array_equal(np.sort(left_out), split.train)
        for part in own:
            learned_on = data.groups[part.train]
            assert not np.isin(learned_on, data.groups[part.held]).any()
            assert not np.isin(part.train, split.held).any()
            np.testing.assert_array_equal(
                np.sort(np.concatenate([part.train, part.held])), np.arange(len(data.ids))
            )


def test_labels_of_held_images_change_nothing_that_the_training_part_sees(tmp_path):
    data = made_cells(shares=SHARES)
    outer, scorers, tables = scored(data, tmp_path / "a")
    truth = data.truth.copy()
    truth[outer[0].held] = ~truth[outer[0].held]
    folder = tmp_path / "b"
    folder.mkdir()
    stage = Stage(str(folder))
    stage.lay_out(data.values, truth)
    (other,) = score_cells(
        replace(data, truth=truth), data.cells, outer[:1], stage, serial, PARAMETERS
    )
    np.testing.assert_array_equal(tables[0], stage.values(outer[0].bins))
    assert [each.texts for each in other.models] == [each.texts for each in scorers[0].models]


def test_cuts_leave_a_twentieth_of_other_images_cells_above(tmp_path):
    data = made_cells(shares=SHARES, groups=30)
    parts = []

    def watched(tasks, *_, **__):
        parts.extend(task.args[1] for task in tasks)
        return serial(tasks)

    scored(data, tmp_path / "a", watched)
    fits = fit_part(Stage(str(tmp_path / "a")), parts[0], (0, 1), PARAMETERS)
    inside = np.isin(parts[0].held, parts[0].left_out)
    for label in range(2):
        without = ~data.truth[parts[0].held, label] & inside
        above = fits.told[without, label, 2].mean()
        assert above == pytest.approx(0.05, abs=1 / (without.sum() * CELLS))


def test_images_without_cells_are_told_nothing(tmp_path):
    data = made_cells(shares=SHARES)
    counts = data.cells.counts.copy()
    counts[5] = 0
    kept = np.delete(np.arange(len(data.cells.values)), np.arange(5 * CELLS, 6 * CELLS))
    starts = np.concatenate([[0], np.cumsum(counts)])
    cells = replace(data.cells, values=data.cells.values[kept], starts=starts)
    _, _, tables = scored(replace(data, cells=cells), tmp_path / "a")
    lost = np.isnan(tables[0][:, data.values.shape[1] :])
    assert lost[5].all()
    assert not np.delete(lost, 5, axis=0).any()


def test_a_label_of_one_group_is_not_scored_and_none_at_all_is_refused(tmp_path):
    data = made_cells(shares=(0.4, 1))
    _, scorers, tables = scored(data, tmp_path / "a")
    assert scorers[0].labels == ("label0",)
    assert tables[0].shape[1] == data.values.shape[1] + 3
    with pytest.raises(DataError, match="cells cannot be scored"):
        scored(made_cells(shares=(1, 1)), tmp_path / "b")
    few = made_cells(groups=3, rows_a_group=20)
    outer = outer_splits(few.groups.astype(np.int16))
    with pytest.raises(DataError, match="2 groups"):
        score_cells(few, few.cells, outer, Stage(str(tmp_path / "a")), serial, PARAMETERS)


def learned(data, folder, **settings):
    folder.mkdir()
    chosen = TrainSettings(bootstrap=20, **settings)
    return train(data, chosen, Stage(str(folder)), serial, SILENT)


def image_table(data):
    """Return the data by each image's statistics of its cells, as the image table has them."""
    cells = data.cells.values.reshape(len(data.ids), CELLS, -1)
    quantiles = np.quantile(cells, (0.1, 0.5, 0.9), axis=1)
    values = np.concatenate([*quantiles, cells.max(axis=1)], axis=1).astype(np.float32)
    columns = tuple(Column(f"s_{at}", "s") for at in range(values.shape[1]))
    return replace(data, values=values, columns=columns)


def test_one_cell_in_twenty_decides_and_both_finds_it(tmp_path):
    data = image_table(made_cells(shares=SHARES, groups=150, rows_a_group=2))
    image = learned(replace(data, cells=None), tmp_path / "image", nested_rows=0)
    both = learned(data, tmp_path / "both", nested_rows=0)
    assert both.report.mean_ap > image.report.mean_ap + 0.05
    assert both.report.macro_f1 > image.report.macro_f1
    held = np.flatnonzero(both.oof.folds == 0)
    seen = both.model.members[0].transform(data.values[held], (), data.cells.of(held))
    said = both.model.fold_probabilities(0, seen)
    np.testing.assert_array_equal(said, both.oof.prob[held])
