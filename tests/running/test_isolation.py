from __future__ import annotations

import errno

import pytest

from hpa_features.core.errors import FieldError, MissingExtra
from hpa_features.core.failures import Failure
from hpa_features.running.isolation import run_isolated


def raising(error: Exception):
    def work() -> None:
        raise error

    return work


def test_a_result_passes_through():
    assert run_isolated("a", lambda: 5) == 5


def test_a_field_error_keeps_its_stage_file_and_hint():
    error = FieldError("it is cut short.", stage="read", file="a_blue.png", hint="Fetch it again.")
    expected = Failure("a", "a_blue.png", "read", "it is cut short.", "Fetch it again.")
    assert run_isolated("a", raising(error)) == expected


def test_the_unexpected_is_internal_and_names_the_place():
    failure = run_isolated("a", raising(ValueError("two\nlines")))
    assert failure.stage == "internal"
    assert "ValueError" in failure.error
    assert "two lines" in failure.error
    assert ".py:" in failure.error


def test_no_memory_asks_for_fewer_jobs():
    assert "--jobs" in run_isolated("a", raising(MemoryError())).hint


def test_what_concerns_the_whole_run_is_raised():
    with pytest.raises(MissingExtra):
        run_isolated("a", raising(MissingExtra("cellpose", "cellpose")))


def test_a_full_disk_ends_the_run():
    def write():
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        run_isolated("a", write)
