"""What benchmarks share, and that the names which they import exist."""

from __future__ import annotations

import ast
import importlib
from functools import partial
from pathlib import Path

import pytest
from made_training import made_training

from hpa_features.core.progress import SILENT
from hpa_features.core.train_settings import TrainSettings
from hpa_features.learn.stage import Stage
from hpa_features.learn.train import train

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def helpers():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield importlib.import_module("bench_helpers")


def test_a_training_whose_tasks_are_called_in_turn_is_complete(helpers, tmp_path):
    data = made_training(groups=12, shares=(0.5,))
    trained = train(data, TrainSettings(bootstrap=2), Stage(str(tmp_path)), helpers.in_turn, SILENT)
    assert trained.oof.prob.shape == data.truth.shape


def test_results_have_the_order_of_their_tasks(helpers):
    tasks = [partial(pow, 2, number) for number in range(4)]
    assert helpers.in_turn(tasks, "powers", more=3) == [1, 2, 4, 8]


def test_work_is_timed_by_its_fastest_repetition(helpers, monkeypatch):
    clock = iter([0.0, 5.0, 6.0, 8.0, 10.0, 13.0])
    monkeypatch.setattr(helpers.time, "process_time", lambda: next(clock))
    calls = []
    assert helpers.least_seconds(lambda: calls.append(1), repeats=3) == 2.0
    assert len(calls) == 3


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8")).body


TREES = {path.stem: parsed(path) for path in BENCHMARKS.glob("*.py")}


def defines(module, name):
    """Return whether a module has a name; one of benchmarks is not run, only read.

    Packages that it imports may be missing. Modules of other packages are taken to have any name.
    """
    if module.startswith("hpa_features"):
        return hasattr(importlib.import_module(module), name)
    if module not in TREES:
        return True
    assigned = {
        each.id
        for statement in TREES[module]
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for each in ast.walk(statement)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }
    return name in assigned | {getattr(each, "name", None) for each in TREES[module]}


@pytest.mark.parametrize("name", sorted(TREES))
def test_a_benchmark_imports_names_that_exist(name):
    imports = [node for node in TREES[name] if isinstance(node, ast.ImportFrom)]
    names = [(node.module, each.name) for node in imports for each in node.names]
    assert names
    assert [each for each in names if not defines(*each)] == []
