"""Without a terminal, long work prints a line now and then."""

from __future__ import annotations

import threading

import pytest
from hpa_feat_cli import console as console_module
from hpa_feat_cli.console import Console
from hpa_feat_cli.heartbeat import Heartbeat


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def heart(clock):
    beating = Heartbeat(print, every_s=3600, clock=clock)
    yield beating
    beating.close()


@pytest.mark.parametrize(
    ("total", "before", "steps", "seconds", "line"),
    [
        (100, 0, 25, 60, "fields: 25 of 100 done, 60 s so far, about 3 min left in this step"),
        (1200, 0, 0, 31, "fields: 0 of 1,200 done, 31 s so far"),
        (None, 0, 7, 600, "fields: 10 min so far"),
        # What an earlier run did took no time now.
        (100, 50, 25, 60, "fields: 75 of 100 done, 60 s so far, about 60 s left in this step"),
        (4000, 0, 10, 100, "fields: 10 of 4,000 done, 2 min so far, about 11 h 5 min left"),
        (10, 0, 10, 45, "fields: 10 of 10 done, 45 s so far, about 0 s left in this step"),
    ],
)
def test_a_line_has_done_total_and_time_left(heart, clock, total, before, steps, seconds, line):
    heart.start("fields", total, before)
    heart.advance(steps)
    clock.now += seconds
    assert heart.line().startswith(line)


def test_between_stretches_there_is_no_line(heart):
    heart.start("fields", 3)
    heart.pause()
    assert heart.line() == ""


def test_lines_come_without_any_step_and_across_short_stretches():
    printed = threading.Semaphore(0)
    lines: list[str] = []

    def keep(line: str) -> None:
        lines.append(line)
        printed.release()

    heart = Heartbeat(keep, every_s=0.01)
    heart.start("training", 4)
    assert printed.acquire(timeout=30)
    heart.pause()
    heart.start("calibrating", None)
    while not lines[-1].startswith("calibrating"):
        assert printed.acquire(timeout=30)
    heart.close()
    assert lines[0].startswith("training: 0 of 4 done")


@pytest.mark.parametrize(("quiet", "beats"), [(False, True), (True, False)])
def test_the_console_prints_lines_where_there_is_no_terminal(monkeypatch, quiet, beats):
    made = []

    class Remembered(Heartbeat):
        def __init__(self, *arguments) -> None:
            super().__init__(*arguments)
            made.append(self)

    monkeypatch.setattr(console_module, "Heartbeat", Remembered)
    console = Console(quiet=quiet)
    console.start("fields", 10, 2)
    console.advance(3)
    assert bool(made) is beats
    if beats:
        assert made[0].line().startswith("fields: 5 of 10 done")
    console.close()
