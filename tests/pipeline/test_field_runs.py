from __future__ import annotations

import pytest
from hard_fields import HardFields
from listener import Listener

from hpa_features.core.settings import FieldSettings
from hpa_features.core.stored_settings import result_settings
from hpa_features.core.types import CHANNELS, Channel, FieldSource
from hpa_features.io.store.failures import read_failures
from hpa_features.io.store.run_file import describe_run, read_run
from hpa_features.pipeline.field_runs import Plan, run_fields
from hpa_features.pipeline.input_fields import InputFields
from hpa_features.running.pool import LocalExecutor

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


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_a_process_killed_once_costs_no_field(out):
    warned = Listener()
    result = run(out, listener=warned, kills_once="e")
    assert ids(result.done) == IDS
    assert result.failed == ()
    assert "memory" in warned.warnings[0]
    assert "one at a time" in warned.warnings[0]
    assert not (out / "failures.csv").exists()


def test_a_field_that_kills_its_process_again_is_a_failure_of_its_own(out):
    result = run(out, kills="e")
    assert ids(result.done) == IDS.replace("e", "")
    [failure] = read_failures(out / "failures.csv")
    assert (failure.id, failure.stage) == ("e", "internal")
    assert "memory" in failure.error
    assert "--retry-failed" in failure.hint
    assert result.failed == (failure,)


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


def test_hanging_killed_and_unreadable_fields_do_not_mask_one_another(out):
    result = run(out, LocalExecutor(2, LIMIT_S), hangs="a", kills="b", raises="j")
    assert ids(result.done) == "cdefghi"
    assert {failure.id: failure.stage for failure in result.failed} == {
        "a": "timeout",
        "b": "internal",
        "j": "read",
    }


def test_the_run_file_says_how_many_processes_there_were(out):
    run(out, LocalExecutor(3))
    assert read_run(out)["run"] == {"jobs": 3}
