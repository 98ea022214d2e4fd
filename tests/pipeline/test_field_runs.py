from __future__ import annotations

import pytest
from killed_work import KilledOn
from listener import Listener

from hpa_features.core.settings import ExtractSettings
from hpa_features.core.types import CHANNELS, Channel, FieldSource
from hpa_features.io.store.failures import read_failures
from hpa_features.io.store.run_file import describe_run
from hpa_features.pipeline.field_runs import Plan, carry_out
from hpa_features.pipeline.input_fields import InputFields

IDS = "abcdefghij"


def plan(folder, field_id: str, *, always: bool) -> Plan:
    sources = tuple(FieldSource(each, {Channel.DNA: f"{each}.png"}) for each in IDS)
    return Plan(
        InputFields(sources, (), CHANNELS),
        ExtractSettings(jobs=2),
        describe_run("test", {}),
        KilledOn(folder, field_id, always),
        compile_kernels=lambda: None,
    )


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_a_process_killed_once_costs_no_field(out):
    warned = Listener()
    result = carry_out(plan(out, "e", always=False), out, warned)
    assert "".join(entry.id for entry in result.done) == IDS
    assert result.failed == ()
    assert "memory" in warned.warnings[0]
    assert "one at a time" in warned.warnings[0]
    assert not (out / "failures.csv").exists()


def test_a_field_that_kills_its_process_again_is_a_failure_of_its_own(out):
    result = carry_out(plan(out, "e", always=True), out, Listener())
    assert "".join(entry.id for entry in result.done) == IDS.replace("e", "")
    [failure] = read_failures(out / "failures.csv")
    assert (failure.id, failure.stage) == ("e", "internal")
    assert "memory" in failure.error
    assert "--retry-failed" in failure.hint
    assert result.failed == (failure,)
