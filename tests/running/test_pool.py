from __future__ import annotations

import os

import pytest
from running.pool_work import die_on_three, refuse, square, surroundings, touch

from hpa_features.core.errors import DataError, UsageError
from hpa_features.running.pool import Lost, map_tasks, run_tasks
from hpa_features.running.threads import usable_cores


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_task_is_done_once_and_every_step_told(jobs):
    steps = []
    done = dict(run_tasks(square, range(7), jobs=jobs, step=lambda: steps.append(1)))
    assert done == {task: task * task for task in range(7)}
    assert len(steps) == 7


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_process_takes_only_its_own_task(jobs):
    done = dict(run_tasks(die_on_three, range(6), jobs=jobs, isolated=True))
    lost = done.pop(3)
    assert isinstance(lost, Lost)
    assert "memory" in lost.reason
    assert done == {task: task * task for task in (0, 1, 2, 4, 5)}


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_the_work_raises_ends_the_run(jobs):
    with pytest.raises(UsageError, match="is wrong") as caught:
        list(run_tasks(refuse, [1, 2], jobs=jobs))
    assert caught.value.hint == "Say another."


def test_map_keeps_the_order_and_names_the_lost_task():
    assert map_tasks(abs, [-3, 2, -1], jobs=2) == [3, 2, 1]
    with pytest.raises(DataError, match="Task 1 of 1 failed"):
        map_tasks(os._exit, [7], jobs=2)


def test_workers_have_one_thread_and_leave_interrupts_to_the_parent():
    before = os.environ.get("OMP_NUM_THREADS")
    [(threads, pid, ignored), _] = map_tasks(surroundings, [0, 1], jobs=2)
    assert threads == "1"
    assert pid != os.getpid()
    assert ignored
    assert os.environ.get("OMP_NUM_THREADS") == before


def test_no_tasks_start_no_process():
    assert list(run_tasks(square, [], jobs=4)) == []


def test_leaving_early_ends_the_workers(tmp_path):
    results = run_tasks(touch, [tmp_path / str(n) for n in range(3)], jobs=1, isolated=True)
    first, _ = next(results)
    results.close()
    assert first.exists()


def test_usable_cores_are_those_of_this_process():
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)
