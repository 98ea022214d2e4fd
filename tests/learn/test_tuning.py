from __future__ import annotations

import logging
import sys

import numpy as np
import pytest
from made_training import made_training

from hpa_features.core.errors import MissingExtra
from hpa_features.learn.boosting import learner
from hpa_features.learn.stage import Stage
from hpa_features.learn.tasks import Split
from hpa_features.learn.tuning import Tuned, check_optuna, tune

DATA = made_training(groups=40, rows_a_group=3, shares=(0.5, 0.3))
ALL = np.arange(120)
TRAIN, HELD = ALL[DATA.groups % 4 > 0], ALL[DATA.groups % 4 == 0]
SPLIT = Split("part.bin", TRAIN, TRAIN, HELD)
GOOD = learner(120, 12, seed=0, threads=1)
# A leaf must hold two thirds of the rows: no split is possible.
BAD = GOOD | {"min_data_in_leaf": 60}


@pytest.fixture
def stage(tmp_path):
    made = Stage(str(tmp_path))
    made.lay_out(DATA.values, DATA.truth)
    made.write_bins("part.bin", TRAIN, GOOD)
    return made


def search(stage, parameters=GOOD, trials=4, labels=(0, 1)):
    return tune(stage, SPLIT, DATA.groups[TRAIN], labels, parameters, trials)


def test_better_parameters_than_bad_defaults_are_found(stage):
    found = search(stage, BAD, trials=8)
    assert found.changed["min_data_in_leaf"] < 40
    assert found.loss < found.default_loss - 0.1


def test_the_defaults_are_the_first_trial(stage):
    found = search(stage, trials=1)
    assert found == Tuned({}, found.default_loss, found.default_loss)
    assert search(stage, BAD, trials=1).default_loss > found.loss + 0.1


def test_a_search_never_ends_worse_than_the_defaults_and_says_what_differs(stage):
    found = search(stage)
    assert found.loss <= found.default_loss
    assert set(found.changed) <= set(GOOD) - {"max_bin", "learning_rate"}
    assert all(value != GOOD[name] for name, value in found.changed.items())


def test_the_same_seed_finds_the_same(stage):
    assert search(stage) == search(stage)
    other = GOOD | {"seed": 1}
    assert search(stage, other).changed != search(stage).changed


def test_held_rows_take_no_part(stage, tmp_path):
    found = search(stage)
    values, truth = DATA.values.copy(), DATA.truth.copy()
    values[HELD], truth[HELD] = 1000, ~truth[HELD]
    stage.lay_out(values, truth)
    assert search(stage) == found


def test_labels_that_nothing_can_be_learned_of_change_nothing(stage):
    truth = stage.truth()
    truth[:, 1] = False
    stage.lay_out(DATA.values, truth)
    assert search(stage, labels=(0, 1)) == search(stage, labels=(0,))
    nothing = search(stage, labels=(1,))
    assert nothing.changed == {}
    assert np.isnan([nothing.loss, nothing.default_loss]).all()


def test_optuna_says_nothing_and_keeps_the_verbosity_it_had(stage, capfd):
    import optuna

    before = optuna.logging.get_verbosity()
    search(stage, trials=2)
    assert capfd.readouterr() == ("", "")
    assert optuna.logging.get_verbosity() == before == logging.INFO


def test_without_optuna_the_pip_command_is_named(monkeypatch):
    check_optuna()
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtra, match=r"pip install '\.\[tune\]'"):
        check_optuna()
