"""The executor of a Dask cluster: a real scheduler and three worker processes on loopback."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from dask_cluster import dask_cluster
from running.pool_work import DieOnThree, HangOn, Prepared, note_preparation, refuse, square

from hpa_features.core.errors import DataError, UsageError
from hpa_features.running import dask_pool
from hpa_features.running.dask_pool import DaskExecutor
from hpa_features.running.executor import Lost, map_tasks

pytest.importorskip("distributed")
LIMIT_S = 1.0  # a task of these takes some milliseconds


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The file of a scheduler with three workers of one thread each."""
    with dask_cluster(tmp_path_factory.mktemp("dask")) as started:
        yield started.file


@pytest.fixture
def executor(cluster) -> DaskExecutor:
    return DaskExecutor(cluster)


def test_every_task_is_done_once_and_every_step_counted(executor):
    steps = []
    done = dict(executor.run(square, range(40), step=steps.append))
    assert done == {task: task * task for task in range(40)}
    assert sum(steps) == 40


def test_all_threads_of_the_cluster_are_slots(executor):
    assert executor.slots == 3


def test_only_a_few_tasks_are_at_the_scheduler_at_once(executor):
    taken = []

    def tasks():
        for task in range(30):
            taken.append(task)
            yield task

    with closing(executor.run(square, tasks())) as outcomes:
        next(outcomes)
        assert len(taken) <= 2 * executor.slots + 2
    assert len(map_tasks(executor, abs, range(-9, 0))) == 9  # the executor serves on


def test_a_task_that_kills_its_workers_is_lost_alone(executor):
    done = dict(executor.run(DieOnThree(), range(9)))
    lost = done.pop(3)
    assert isinstance(lost, Lost)
    assert "memory" in lost.reason
    assert not lost.timed_out
    assert done == {task: task * task for task in range(9) if task != 3}


def test_a_task_that_hangs_is_ended_and_names_what_was_in_progress(cluster):
    executor = DaskExecutor(cluster, item_limit_s=LIMIT_S)
    done = dict(executor.run(HangOn({2}), range(6), timed=True))
    assert done.pop(2) == Lost("took longer than 1 s", ("2",), timed_out=True)
    assert done == {task: task * task for task in (0, 1, 3, 4, 5)}


def test_what_work_raises_ends_the_run_and_is_not_tried_again(executor):
    with pytest.raises(UsageError, match=r"task \d is wrong") as caught:
        dict(executor.run(refuse, range(3)))
    assert caught.value.hint == "Say another."
    assert "Dask worker" in caught.value.__notes__[-1]


def test_each_worker_prepares_once_and_one_after_the_other(executor, tmp_path):
    work = Prepared(tmp_path)
    done = dict(executor.run(work, range(12), prepare=work.prepare))
    assert min(done.values()) >= 1
    processes = list(tmp_path.glob("process-*"))
    assert 1 <= len(processes) <= 3
    assert sorted(int(path.read_text()) for path in processes) == list(range(len(processes)))


def test_what_preparing_raises_ends_the_run(executor):
    with pytest.raises(UsageError, match="it lacks something"):
        dict(executor.run(square, range(3), prepare=note_preparation))


def test_one_task_at_a_time_where_each_must_be_alone(executor):
    done = dict(executor.run(square, range(4), alone=True))
    assert done == {task: task * task for task in range(4)}


def test_another_version_on_the_workers_is_refused(executor, monkeypatch):
    monkeypatch.setattr(dask_pool, "__version__", "0.0.1")
    with pytest.raises(DataError, match=r"the command 0\.0\.1") as caught:
        dict(executor.run(square, range(3)))
    assert "same version" in caught.value.hint


def test_a_folder_that_the_workers_do_not_see_is_refused(executor, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    gone = tmp_path / "gone"
    monkeypatch.setattr(Path, "cwd", lambda: gone)
    with pytest.raises(DataError, match="does not see"):
        dict(executor.run(square, range(3)))


def test_no_scheduler_is_one_clear_line(tmp_path, monkeypatch):
    monkeypatch.setattr(dask_pool, "_CONNECT_S", 0.2)
    monkeypatch.setattr(dask_pool, "_client", dask_pool._client.__wrapped__)
    with pytest.raises(DataError, match="does not exist"):
        dict(DaskExecutor(str(tmp_path / "scheduler.json")).run(square, range(3)))
    with pytest.raises(DataError, match="no Dask scheduler found at"):
        dict(DaskExecutor("tcp://127.0.0.1:9").run(square, range(3)))
