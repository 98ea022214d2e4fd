"""Tasks over processes: each worker does one task at a time, and a killed one takes only its own.

Written here because `concurrent.futures` ends all tasks when one worker is killed, without
saying whose it was; memory running out on one large field is the most likely accident.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeAlias, TypeVar

from hpa_features.core.errors import DataError
from hpa_features.running.attempt import Caught, catch
from hpa_features.running.threads import single_threaded, single_threaded_children

T = TypeVar("T")
R = TypeVar("R")
Step: TypeAlias = Callable[[], None]
Work: TypeAlias = Callable[[T, Step], R]
"""`work(task, step)` does a task and calls `step` after each thing done, for the progress bar."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A task whose process ended under it; most often memory ran out."""

    exit_code: int | None

    @property
    def reason(self) -> str:
        """What happened, in words."""
        if self.exit_code is not None and self.exit_code < 0:
            how = f"was killed (signal {-self.exit_code}); you may have run out of memory"
        else:
            how = f"ended with exit code {self.exit_code}"
        return f"the process at work on it {how}"


def run_tasks(
    work: Work[T, R],
    tasks: Sequence[T],
    *,
    jobs: int,
    step: Step = lambda: None,
    isolated: bool = False,
) -> Generator[tuple[T, R | Lost]]:
    """Yield each task with its result, as they are done.

    Parameters
    ----------
    work
        A picklable function of a task and `step`; what it raises is raised here and ends the run.
    tasks
        Picklable; taken in order.
    jobs
        Processes at once. With one, the work is done in this process.
    step
        Called here once for every `step` that `work` calls.
    isolated
        Use a process even when `jobs` is 1, so that a kill hits only the task.
    """
    if jobs == 1 and not isolated:
        with single_threaded():
            for task in tasks:
                yield task, work(task, step)
        return
    with single_threaded_children():
        pool = _Pool(work, jobs)
        try:
            yield from pool.run(tasks, step)
        finally:
            pool.stop()


def map_tasks(function: Callable[[T], R], tasks: Sequence[T], *, jobs: int) -> list[R]:
    """Return `function` of every task, in the order of the tasks."""
    results: dict[int, R] = {}
    numbered = list(enumerate(tasks))
    for (index, _), result in run_tasks(_Numbered(function), numbered, jobs=jobs):
        if isinstance(result, Lost):
            raise DataError(f"Task {index + 1} of {len(tasks)} failed: {result.reason}.")
        results[index] = result
    return [results[index] for index in range(len(tasks))]


@dataclass(frozen=True, slots=True)
class _Numbered(Generic[T, R]):
    function: Callable[[T], R]

    def __call__(self, task: tuple[int, T], _step: Step) -> R:
        return self.function(task[1])


class _Worker(Generic[T]):
    """A process, our end of its pipe, and the task that it has."""

    def __init__(self, work: Any, task: T) -> None:
        # Spawned, not forked: a fork copies locks that threads of BLAS or numba may hold.
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(work, theirs), daemon=True)
        with _interrupts_ignored():
            self.process.start()
        theirs.close()
        self.give(task)

    def give(self, task: T) -> None:
        self.task = task
        try:
            self.pipe.send(task)
        except BrokenPipeError:  # it has died; reading from it will say so
            return

    def stop(self) -> None:
        self.process.terminate()
        self.process.join()
        self.pipe.close()


class _Pool(Generic[T, R]):
    def __init__(self, work: Work[T, R], jobs: int) -> None:
        self.work = work
        self.jobs = jobs
        self.workers: list[_Worker[T]] = []

    def run(self, tasks: Sequence[T], step: Step) -> Iterator[tuple[T, R | Lost]]:
        waiting = deque(tasks)
        while waiting or self.workers:
            while waiting and len(self.workers) < self.jobs:
                self.workers.append(_Worker(self.work, waiting.popleft()))
            ready = wait([worker.pipe for worker in self.workers])
            for worker in [each for each in self.workers if each.pipe in ready]:
                kind, content = self._receive(worker)
                if kind == "step":
                    step()
                    continue
                done = worker.task
                if waiting and kind == "done":
                    worker.give(waiting.popleft())
                else:
                    self.workers.remove(worker)
                    worker.stop()
                if kind == "error":
                    raise content
                yield done, content

    def stop(self) -> None:
        for worker in self.workers:
            worker.stop()
        self.workers.clear()

    @staticmethod
    def _receive(worker: _Worker[T]) -> tuple[str, Any]:
        try:
            kind, content = worker.pipe.recv()
        except (EOFError, ConnectionResetError):
            worker.process.join()
            return "lost", Lost(worker.process.exitcode)
        return kind, content


def _serve(work: Any, pipe: Connection) -> None:
    """Do tasks until the parent is gone; runs in the worker."""
    step = partial(pipe.send, ("step", None))
    with single_threaded():
        try:
            while True:
                task = pipe.recv()
                outcome = catch(partial(work, task, step))
                if isinstance(outcome, Caught):
                    trace = "".join(traceback.format_exception(outcome.error))
                    outcome.error.add_note(f"In a worker process:\n{trace}")
                    pipe.send(("error", outcome.error))
                else:
                    pipe.send(("done", outcome))
        except (EOFError, BrokenPipeError):
            return


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Let a process started in here ignore Ctrl-C, which is the parent's to handle."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
