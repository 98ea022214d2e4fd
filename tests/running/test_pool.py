from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from running import pool_work
from running.pool_work import (
    DieOnThree,
    HangOn,
    Prepared,
    note_preparation,
    refuse,
    square,
    surroundings,
    touch,
)

from hpa_features.core.errors import DataError, UsageError
from hpa_features.running import pool
from hpa_features.running.executor import Lost, map_tasks
from hpa_features.running.pool import HERE, LocalExecutor
from hpa_features.running.threads import usable_cores

EXECUTORS = {
    "this process": HERE,
    "two processes": LocalExecutor(2),
    "a limit": LocalExecutor(1, 60.0),
}
any_executor = pytest.mark.parametrize("executor", EXECUTORS.values(), ids=EXECUTORS)
LIMIT_S = 1.0  # a task of these takes some milliseconds


@any_executor
def test_every_task_is_done_once_and_every_step_counted(executor):
    steps = []
    done = dict(executor.run(square, range(7), step=steps.append, timed=True))
    assert done == {task: task * task for task in range(7)}
    assert sum(steps) == 7


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_process_takes_only_its_own_task(jobs):
    done = dict(LocalExecutor(jobs, 60.0).run(DieOnThree(), range(6), timed=True))
    lost = done.pop(3)
    assert isinstance(lost, Lost)
    assert "memory" in lost.reason
    assert lost.items == ("3",)
    assert not lost.timed_out
    assert done == {task: task * task for task in (0, 1, 2, 4, 5)}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_task_that_hangs_is_ended_and_names_what_was_in_progress(jobs):
    done = dict(LocalExecutor(jobs, LIMIT_S).run(HangOn({2, 5}), range(6), timed=True))
    for task in (2, 5):
        assert done.pop(task) == Lost("took longer than 1 s", (str(task),), timed_out=True)
    assert done == {task: task * task for task in (0, 1, 3, 4)}


def test_several_items_at_once_have_their_limits_together():
    began = time.monotonic()
    [(_, lost)] = LocalExecutor(1, 0.2).run(pool_work.hang_on_all, ["abc"], timed=True)
    assert lost == Lost("took longer than 0.6 s", ("a", "b", "c"), timed_out=True)
    assert time.monotonic() - began > 0.6


def test_a_pause_of_the_whole_run_is_nobodys_time(monkeypatch):
    """As after Ctrl-Z: the clock has gone on by an hour while nothing ran."""
    hours = iter(range(1_000_000))
    monkeypatch.setattr(pool.time, "monotonic", lambda: 3600.0 * next(hours))
    executor = LocalExecutor(1, 60.0)
    assert dict(executor.run(square, range(3), timed=True)) == {0: 0, 1: 1, 2: 4}


@any_executor
def test_what_the_work_raises_ends_the_run(executor):
    with pytest.raises(UsageError, match="is wrong") as caught:
        list(executor.run(refuse, [1, 2], timed=True))
    assert caught.value.hint == "Say another."


def test_results_and_tasks_that_cannot_travel_end_the_run_with_the_reason():
    executor = LocalExecutor(2)
    with pytest.raises(TypeError, match="pickle"):
        list(executor.run(pool_work.unpicklable, [1, 2]))
    with pytest.raises(RuntimeError, match="not here"):
        list(executor.run(square, [pool_work.NotHere(), 2]))


def test_map_keeps_the_order_and_names_the_lost_task():
    assert map_tasks(LocalExecutor(2), abs, [-3, 2, -1]) == [3, 2, 1]
    with pytest.raises(DataError, match=r"Task \d of 2 failed"):
        map_tasks(LocalExecutor(2), os._exit, [7, 8])


def test_workers_have_one_thread_and_leave_interrupts_to_the_parent():
    before = os.environ.get("OMP_NUM_THREADS")
    [(threads, pid, ignored), _] = map_tasks(LocalExecutor(2), surroundings, [0, 1])
    assert threads == "1"
    assert pid != os.getpid()
    assert ignored
    assert os.environ.get("OMP_NUM_THREADS") == before


def test_the_first_process_prepares_before_the_others_do(tmp_path):
    """Each process writes what it finds; only the first one may find nothing."""
    executor = LocalExecutor(2)
    work = Prepared(tmp_path)
    results = dict(executor.run(work, range(4), prepare=work.prepare))
    assert set(results.values()) <= {1, 2}
    found = sorted(int(path.read_text()) for path in tmp_path.glob("process-*"))
    assert found[0] == 0
    assert all(found[1:])


def test_another_process_prepares_where_the_first_is_killed(tmp_path):
    work = Prepared(tmp_path, deadly=True)
    results = dict(LocalExecutor(2).run(work, range(4), prepare=work.prepare))
    assert sum(isinstance(each, Lost) for each in results.values()) == 1
    found = sorted(int(path.read_text()) for path in tmp_path.glob("process-*"))
    assert found[0] == 0
    assert all(found[1:])


def test_what_preparing_raises_ends_the_run():
    with pytest.raises(UsageError, match="lacks"):
        list(LocalExecutor(2).run(square, range(4), prepare=note_preparation))


def test_no_tasks_start_no_process():
    assert list(LocalExecutor(4, 60.0).run(square, [], timed=True)) == []


def test_only_tasks_that_run_are_taken():
    taken = []

    def tasks():
        for task in range(100):
            taken.append(task)
            yield task

    results = LocalExecutor(2).run(square, tasks())
    next(results)
    assert len(taken) <= 4
    results.close()


def test_leaving_early_ends_the_workers(tmp_path):
    results = HERE.run(touch, [tmp_path / str(n) for n in range(3)], alone=True)
    first, _ = next(results)
    results.close()
    assert first.exists()


KILLED = """
import os, signal
from running.pool_work import announce
from hpa_features.running.pool import LocalExecutor

if __name__ == "__main__":
    # Each worker prints its number and then waits for ever; two numbers, and the parent is killed.
    executor = LocalExecutor(2)
    steps = []
    def step(count):
        steps.append(count)
        if len(steps) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
    list(executor.run(announce, range(2), step=step))
"""


def test_workers_leave_in_silence_when_their_parent_is_killed(tmp_path):
    """They hold the pipes of the run: both end only when every process is gone."""
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    path = os.pathsep.join(each for each in sys.path if each)
    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == -9
    assert done.stdout == "waiting\nwaiting\n"
    assert done.stderr == ""


def test_usable_cores_are_those_of_this_process():
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)
