from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

import pytest
from hard_fields import HardFields
from listener import Listener

from hpa_features.core.settings import FieldSettings
from hpa_features.core.stored_settings import result_settings
from hpa_features.core.types import CHANNELS, Channel, FieldSource
from hpa_features.io.store.failures import read_failures
from hpa_features.io.store.run_file import describe_run, read_run
from hpa_features.pipeline import field_parts
from hpa_features.pipeline.field_runs import Plan, run_fields
from hpa_features.pipeline.input_fields import InputFields
from hpa_features.running.executor import Lost
from hpa_features.running.pool import HERE, LocalExecutor

IDS = "abcdefghij"
LIMIT_S = 2.0  # a field of these takes some milliseconds


def run(folder, executor=None, listener=None, **hard):
    sources = tuple(FieldSource(each, {Channel.DNA: f"{each}.png"}) for each in IDS)
    plan = Plan(
        InputFields(sources, (), CHANNELS),
        FieldSettings(),
        describe_run("test", result_settings(FieldSettings())),
        HardFields(folder, **hard),
    )
    return run_fields(plan, folder, listener or Listener(), executor or LocalExecutor(2))


def ids(entries):
    return "".join(entry.id for entry in entries)


@pytest.fixture(autouse=True)
def _parts_of_two(monkeypatch):
    monkeypatch.setattr(
        field_parts, "cut", lambda items, _jobs: [items[at : at + 2] for at in range(0, 10, 2)]
    )


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_a_field_that_kills_its_process_again_is_a_failure_of_its_own(out):
    result = run(out, kills="e")
    assert ids(result.done) == IDS.replace("e", "")
    [failure] = read_failures(out / "failures.csv")
    assert (failure.id, failure.stage) == ("e", "internal")
    assert "memory" in failure.error
    assert "--retry-failed" in failure.hint
    assert result.failed == (failure,)
    assert not list(out.glob(".unfinished-*"))


@pytest.mark.parametrize("jobs", [1, 2])
def test_fields_that_never_end_fail_and_the_others_go_on(out, jobs):
    result = run(out, LocalExecutor(jobs, LIMIT_S), hangs="be", raises="c")
    assert ids(result.done) == "adfghij"
    failures = {failure.id: failure for failure in read_failures(out / "failures.csv")}
    assert {each: failures[each].stage for each in sorted(failures)} == {
        "b": "timeout",
        "c": "read",
        "e": "timeout",
    }
    assert failures["b"].error == "took longer than 2 s"
    assert "--field-timeout" in failures["b"].hint
    assert not list(out.glob(".unfinished-*"))
    again = run(out, LocalExecutor(jobs, LIMIT_S), raises="abcdefghij")
    assert ids(again.done) == "adfghij"  # nothing was done twice


@dataclass
class Unlucky:
    """An executor of another kind: it works here, two parts at a time, and loses some.

    `lost` gives for the fields of a part the reason; each is used once.
    """

    lost: dict[str, Lost]
    slots: int = 2
    tried: list[str] = field(default_factory=list)
    alone: list[str] = field(default_factory=list)

    def run(self, work, tasks, *, step=lambda _: None, prepare=None, timed=False, alone=False):
        assert timed
        for two in batched_in_reverse(tasks):
            for part in two:
                (self.alone if alone else self.tried).append(ids(part))
                if ids(part) in self.lost:
                    yield part, self.lost.pop(ids(part))
                else:
                    [(_, result)] = HERE.run(work, [part], step=step, prepare=prepare)
                    yield part, result


def batched_in_reverse(tasks):
    tasks = iter(tasks)
    while two := list(islice(tasks, 2)):
        yield two[::-1]


KILLED = Lost("its machine was switched off", ("a",))


def late(*items):
    return Lost("took longer than 9 s", items, timed_out=True)


def test_any_executor_will_do(out):
    executor = Unlucky({"ab": late("a"), "ef": KILLED})
    result = run(out, executor)
    assert executor.tried == ["cd", "ab", "gh", "ef", "ij", "b"]
    assert executor.alone == ["f", "e"]
    assert ids(result.done) == "bcdefghij"
    assert [(each.id, each.stage, each.error) for each in result.failed] == [
        ("a", "timeout", "took longer than 9 s")
    ]


def test_of_fields_measured_together_each_has_its_own_time(out):
    executor = Unlucky({"ab": late("a", "b"), "b": late("b"), "ef": late()})
    result = run(out, executor)
    assert executor.tried[5:] == ["b", "a", "f", "e"]
    assert executor.alone == []
    assert ids(result.done) == "acdefghij"
    assert ids(result.failed) == "b"


def test_a_field_that_is_lost_again_is_a_failure_of_its_own(out):
    warned = Listener()
    executor = Unlucky({"ef": KILLED, "e": KILLED, "f": late("f")})
    result = run(out, executor, warned)
    assert ids(result.done) == IDS.replace("e", "").replace("f", "")
    assert [(each.id, each.stage) for each in result.failed] == [
        ("e", "internal"),
        ("f", "timeout"),
    ]
    assert warned.warnings[0].startswith("on 2 fields, its machine was switched off; they are")


def test_the_run_file_says_how_many_tasks_run_at_once(out):
    run(out, Unlucky({}, slots=3))
    assert read_run(out)["run"] == {"jobs": 3}


def test_a_run_whose_run_file_is_lost_knows_its_files_as_its_own(out):
    run(out, HERE)
    (out / "run.json").unlink()
    warned = Listener()
    assert ids(run(out, HERE, warned).done) == IDS
    assert warned.warnings == []
