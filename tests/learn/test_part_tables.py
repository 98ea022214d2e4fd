from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_training import made_training, serial

from hpa_features.core.progress import SILENT
from hpa_features.core.train_settings import TrainSettings
from hpa_features.learn.boosting import learner
from hpa_features.learn.crossfit import fit_folds
from hpa_features.learn.folds import stratified_folds
from hpa_features.learn.normalize import PlateScales
from hpa_features.learn.part_tables import PartTransform, write_part_tables
from hpa_features.learn.splits import outer_splits
from hpa_features.learn.stage import Stage
from hpa_features.learn.train import train

PLATES = 4


def made_plates(**shape):
    """Rows of every group on each of four plates; values are multiples of 2⁻¹⁰."""
    data = made_training(rows_a_group=PLATES, **shape)
    names = tuple(f"P{row % PLATES}" for row in range(len(data.ids)))
    values = np.round(data.values * 1024) / np.float32(1024)
    return replace(data, values=values, plates=names, plate_column="Plate")


def moved(data, gains, shifts):
    """Return the data with each plate's columns times its gains, plus its shifts."""
    plate = [int(each[1:]) for each in data.plates]
    return replace(data, values=data.values * gains[plate] + shifts[plate])


def some_shifts(columns=12, seed=3):
    """Return (plates, columns) gains and shifts that float32 carries without rounding."""
    rng = np.random.default_rng(seed)
    gains = 2.0 ** rng.integers(-2, 3, size=(PLATES, columns))
    return gains.astype(np.float32), rng.integers(-8, 9, size=gains.shape).astype(np.float32)


def folds_of(data, folder, *, nested):
    folds = stratified_folds(data.truth, data.groups, 4, 0)
    able = np.ones(len(data.labels), dtype=bool)
    parameters = learner(*data.values.shape, seed=0, threads=1)
    folder.mkdir()
    stage = Stage(str(folder))
    stage.lay_out(data.values, data.truth)
    return stage, fit_folds(data, folds, able, parameters, stage, serial, nested=nested)


@pytest.mark.parametrize("nested", [True, False])
def test_each_part_sees_the_table_by_its_own_rows(tmp_path, nested):
    data = made_plates()
    stage, models = folds_of(data, tmp_path / "a", nested=nested)
    assert models.bins == tuple(f"fold-{fold}.bin" for fold in range(4))
    for fold, (bins, member) in enumerate(zip(models.bins, models.members)):
        rows = np.flatnonzero(models.folds != fold)
        scales = PlateScales.fit(data.values, data.plates, "Plate", rows)
        np.testing.assert_array_equal(member.scales.medians, scales.medians)
        seen = stage.values(bins)
        np.testing.assert_array_equal(seen, scales.apply(data.values, data.plates))
        held = models.folds == fold
        raw = member.log_odds(seen[held], member.inputs(seen[held]))
        np.testing.assert_array_equal(raw, models.raw[held])


def test_without_plates_all_see_the_one_table(tmp_path):
    data = made_training(groups=25)
    stage, models = folds_of(data, tmp_path / "a", nested=True)
    assert not list((tmp_path / "a").glob("*.part.npy"))
    np.testing.assert_array_equal(stage.values(models.bins[0]), data.values)
    assert models.members[0].scales is None
    outer = outer_splits(models.folds)
    parameters = learner(*data.values.shape, seed=0, threads=1)
    assert write_part_tables(data, outer, parameters, stage, serial) == [PartTransform()] * 4


def test_held_out_values_change_nothing_that_the_training_part_sees():
    data = made_plates()
    train_rows = np.arange(len(data.ids) - 24)
    values = data.values.copy()
    values[-24:] *= 50
    one, two = (
        PlateScales.fit(each, data.plates, "Plate", train_rows).apply(each, data.plates)
        for each in (data.values, values)
    )
    np.testing.assert_array_equal(one[train_rows], two[train_rows])
    assert (one[-24:] != two[-24:]).any()


def learned(data, folder, **settings):
    folder.mkdir()
    chosen = TrainSettings(bootstrap=20, **settings)
    return train(data, chosen, Stage(str(folder)), serial, SILENT)


@pytest.mark.parametrize("nested_rows", [0, 1000])
def test_gains_and_shifts_of_plates_change_no_answer(tmp_path, nested_rows):
    data = made_plates(groups=25, shares=(0.5, 0.4))
    gains, shifts = some_shifts()
    one = learned(data, tmp_path / "a", nested_rows=nested_rows)
    two = learned(moved(data, gains, shifts), tmp_path / "b", nested_rows=nested_rows)
    np.testing.assert_array_equal(one.oof.prob, two.oof.prob)
    new = np.round(np.random.default_rng(8).normal(size=(8, 12)) * 64) / np.float32(64)
    new = new.astype(np.float32)
    said, again = (
        one.model.predict(new, data.plates[:8]),
        two.model.predict(
            new * gains[np.arange(8) % 4] + shifts[np.arange(8) % 4], data.plates[:8]
        ),
    )
    np.testing.assert_array_equal(said.probabilities, again.probabilities)
    np.testing.assert_array_equal(said.novelty, again.novelty)


def test_labels_are_found_on_plates_of_other_gain_and_offset(tmp_path):
    """Simulated: 12 plates of 25 rows, grouped by plate, so that all figures are of new plates."""
    rng = np.random.default_rng(5)
    data = made_training(groups=300, rows_a_group=1, shares=(0.5, 0.3), signal=1.5)
    plate = np.arange(300) % 12
    gains, shifts = np.exp(rng.normal(0, 0.5, size=(12, 12))), rng.normal(0, 2, size=(12, 12))
    shifted = replace(
        data,
        values=(data.values * gains[plate] + shifts[plate]).astype(np.float32),
        groups=plate,
        group_names=tuple(f"P{each:02d}" for each in range(12)),
    )
    plates = tuple(f"P{each:02d}" for each in plate)
    as_is = learned(shifted, tmp_path / "as-is", nested_rows=0)
    within = learned(
        replace(shifted, plates=plates, plate_column="Plate"), tmp_path / "within", nested_rows=0
    )
    assert within.report.mean_ap > as_is.report.mean_ap + 0.1
    assert within.report.macro_f1 > as_is.report.macro_f1 + 0.1


def test_a_new_plate_is_answered_by_its_own_rows_as_one_from_training(tmp_path):
    data = made_plates(groups=60, shares=(0.5, 0.4), signal=3.0)
    model = learned(data, tmp_path / "a", nested_rows=0).model
    new = made_plates(groups=60, shares=(0.5, 0.4), signal=3.0, seed=4)
    said = model.predict(new.values * 40 + 900, ("new",) * len(new.ids))
    assert (said.decisions == new.truth).mean() > 0.9
    assert said.novel.mean() < 0.05
