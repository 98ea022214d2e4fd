from __future__ import annotations

import hashlib

import pytest
from listener import Listener
from made_bundle import write_tables

from hpa_features.core.errors import UsageError
from hpa_features.core.train_settings import TrainSettings
from hpa_features.pipeline.train import train, unfinished
from hpa_features.running.pool import LocalExecutor


class Counting(Listener):
    """Interrupts after `after` tasks of training, and counts them."""

    def __init__(self, after=10_000):
        super().__init__()
        self.after = after
        self.step, self.steps, self.totals = "", {}, {}

    @property
    def done(self):
        return sum(self.steps.values())

    def start(self, what, total, done=0):
        self.step = what if what.startswith("training, ") else ""
        if self.step:
            self.steps[what], self.totals[what] = done, total

    def advance(self, steps=1):
        if self.step:
            self.steps[self.step] += steps
            if self.done >= self.after:
                raise KeyboardInterrupt


def run(folder, said, out="model", *, jobs=1, overwrite=False, **settings):
    chosen = TrainSettings(**{"bootstrap": 20, "nested_rows": 1000} | settings)
    tables = str(folder / "features.parquet"), str(folder / "labels.csv")
    executor = LocalExecutor(jobs)
    return train(*tables, str(folder / out), chosen, said, executor=executor, overwrite=overwrite)


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def tables(tmp_path):
    # 30 groups: every label finds its own rounds, so that there are three calls of tasks.
    write_tables(tmp_path, groups=50, rows_a_group=2, shares=(0.6, 0.6, 0.6), columns=5)
    return tmp_path


def interrupt(folder, after, **settings):
    said = Counting(after)
    with pytest.raises(KeyboardInterrupt):
        run(folder, said, **settings)
    return said


def test_an_interrupted_training_goes_on_to_the_same_bytes(tables):
    whole = Counting()
    run(tables, whole, "whole")
    # 5 for the rounds, 20 for trees, 20 for the smooth learners, 6 for what is usual
    assert whole.done == 51
    trees = {"training, growing trees": 25}
    rest = {"training, fitting kernels and lines": 20, "training, measuring distances": 6}
    assert whole.steps == whole.totals == trees | rest
    for after in (3, 15, 35):
        said = interrupt(tables, after)
        # The last one was done, but the word of it came first.
        kept = len(list(unfinished(tables / "model").glob("task-*")))
        assert kept == after - 1
        assert said.warnings[-1].startswith(f"{kept} fits are kept in ")
        assert not (tables / "model").exists()
    said = Counting()
    summary = run(tables, said, jobs=2)
    assert "Continuing: 34 of 45 fits were done." in said.notes
    assert said.steps == said.totals == whole.steps
    assert digests(tables / "model") == digests(tables / "whole")
    assert summary.facts["warnings"] == []
    assert not unfinished(tables / "model").exists()


def test_other_data_or_settings_start_anew(tables):
    interrupt(tables, 4)
    said = interrupt(tables, 4, seed=1)
    assert any("of other data, settings or versions: starting again" in each for each in said.notes)
    write_tables(tables, groups=50, rows_a_group=2, shares=(0.6, 0.6, 0.6), columns=5, seed=2)
    said = interrupt(tables, 4, seed=1)
    assert any("starting again" in each for each in said.notes)
    assert not any("Continuing" in each for each in said.notes)


def test_a_forged_file_changes_nothing_and_is_not_in_the_model(tables):
    run(tables, Listener(), "whole", nested_rows=0)
    interrupt(tables, 6, nested_rows=0)
    for each in unfinished(tables / "model").glob("task-0-*"):
        each.write_bytes(b"cos\nsystem\n(S'touch forged'\ntR.")
    said = Counting()
    run(tables, said, nested_rows=0)
    assert sum("is not used" in each for each in said.warnings) == 5
    assert digests(tables / "model") == digests(tables / "whole")


def test_what_is_unfinished_neither_needs_nor_bars_overwrite(tables):
    run(tables, Listener(), nested_rows=0)
    before = digests(tables / "model")
    interrupt(tables, 4, overwrite=True, nested_rows=0, seed=1)
    with pytest.raises(UsageError, match="already holds a model"):
        run(tables, Listener(), nested_rows=0, seed=1)
    assert digests(tables / "model") == before
    said = Counting()
    run(tables, said, overwrite=True, nested_rows=0, seed=1)
    assert any(each.startswith("Continuing: 3 of ") for each in said.notes)
    assert digests(tables / "model") != before


def test_a_training_that_cannot_begin_leaves_nothing(tables):
    (tables / "labels.csv").write_text("Id,a\nrow0000,1\nrow0001,0\n")
    with pytest.raises(UsageError, match="at least 3 groups"):
        run(tables, Listener())
    assert sorted(path.name for path in tables.iterdir()) == ["features.parquet", "labels.csv"]
