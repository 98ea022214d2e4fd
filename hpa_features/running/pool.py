"""An executor that runs tasks in processes on this machine.

`concurrent.futures` would end all tasks when one process is killed, without naming the task, and
cannot stop a task that takes too long.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing.connection import wait
from typing import Any, Generic, TypeVar

from hpa_features.running.executor import Lost, Work
from hpa_features.running.memory import keep_freed_memory
from hpa_features.running.threads import single_threaded, single_threaded_children
from hpa_features.running.worker import Worker

T = TypeVar("T")
R = TypeVar("R")
_KILLED = 9  # SIGKILL, which Windows has no name for
_TICK_S = 10.0  # most that a pause of the whole run (Ctrl-Z) counts


@dataclass(frozen=True, slots=True)
class LocalExecutor:
    """An `Executor` that uses processes on this machine.

    Attributes
    ----------
    jobs
        Processes at once. One job or a single task runs in this process where no limit applies.
    item_limit_s
        Seconds that an item of timed tasks may take, several at once that many times as long; then
        its process is killed and its task is lost. None: no limit.
    """

    jobs: int = 1
    item_limit_s: float | None = None

    @property
    def slots(self) -> int:
        """How many tasks run at once."""
        return self.jobs

    def run(
        self,
        work: Work[T, R],
        tasks: Iterable[T],
        *,
        step: Callable[[int], None] = lambda _: None,
        prepare: Callable[[], None] | None = None,
        timed: bool = False,
        alone: bool = False,
    ) -> Generator[tuple[T, R | Lost]]:
        """Yield each task with its result; see `Executor.run`."""
        tasks = iter(tasks)
        first = list(islice(tasks, 2))
        tasks = chain(first, tasks)
        few = self.jobs == 1 or len(first) < 2
        limit_s = self.item_limit_s if timed else None
        if few and limit_s is None and not alone:
            step(0)
            keep_freed_memory()
            with single_threaded():
                for task in tasks:
                    yield task, work(task, _Here(step))
            return
        with single_threaded_children():
            pool = _Pool(work, prepare, limit_s, jobs=1 if alone else self.jobs)
            try:
                yield from pool.run(tasks, step)
            finally:
                pool.stop()


HERE = LocalExecutor()
"""One task at a time in this process."""


@dataclass(frozen=True, slots=True)
class _Here:
    """A `Monitor` of work in this process, which has no time limit."""

    step: Callable[[int], None]

    def begin(self, *items: str) -> None:
        del items

    def done(self, count: int = 1) -> None:
        self.step(count)


class _Slot(Generic[T]):
    """A worker with its current task and what is in progress.

    It imports what the work needs from the start, and does no more before `begin`.
    """

    def __init__(self, work: Any, task: T) -> None:
        self.worker = Worker()
        self.worker.send(work)
        self.begun = False
        self.task = task
        self.items: tuple[str, ...] = ()
        self.deadline = math.inf

    def begin(self, prepare: Callable[[], None] | None) -> None:
        self.begun = True
        self.worker.send(prepare)
        self.give(self.task)

    def give(self, task: T) -> None:
        self.task = task
        self.items = ()
        self.deadline = math.inf
        self.worker.send(task)


class _Pool(Generic[T, R]):
    def __init__(
        self,
        work: Work[T, R],
        prepare: Callable[[], None] | None,
        limit_s: float | None,
        *,
        jobs: int,
    ) -> None:
        self.limit_s = limit_s or math.inf
        self.work = work
        self.prepare = prepare
        self.jobs = jobs
        self.prepared = prepare is None
        self.slots: list[_Slot[T]] = []
        self.clock_s = 0.0  # time spent waiting for workers

    def run(self, tasks: Iterator[T], step: Callable[[int], None]) -> Iterator[tuple[T, R | Lost]]:
        self._fill(tasks)
        while self.slots:
            for slot, kind, content in self._events():
                if kind == "ready":
                    self.prepared = True
                    step(0)
                elif kind == "begin":
                    slot.items = content
                    slot.deadline = self.clock_s + self.limit_s * len(content)
                elif kind == "done":
                    slot.items, slot.deadline = (), math.inf
                    step(content)
                else:
                    task = slot.task
                    self._next(slot, tasks, usable=kind == "result")
                    if kind == "error":
                        raise content
                    yield task, content
            self._fill(tasks)

    def _fill(self, tasks: Iterator[T]) -> None:
        """Start processes while there are tasks; the first one prepares before the others begin."""
        for task in islice(tasks, self.jobs - len(self.slots)):
            self.slots.append(_Slot(self.work, task))
        for slot in self.slots:
            first = not any(each.begun for each in self.slots)
            if not slot.begun and (self.prepared or first):
                slot.begin(self.prepare)

    def _next(self, slot: _Slot[T], tasks: Iterator[T], *, usable: bool) -> None:
        """Give the slot's process its next task, or end it."""
        if usable:
            for task in islice(tasks, 1):
                slot.give(task)
                return
        self.slots.remove(slot)
        slot.worker.stop()

    def _events(self) -> Iterator[tuple[_Slot[T], str, Any]]:
        """Wait, then yield the report of each process, or that it has reached its deadline."""
        ready = self._wait()
        for slot in list(self.slots):
            if slot.worker.pipe in ready:
                try:
                    yield slot, *slot.worker.receive()
                except EOFError:
                    yield slot, "lost", Lost(_how_it_ended(slot.worker.exit_code()), slot.items)
            elif slot.deadline <= self.clock_s:
                reason = f"took longer than {self.limit_s * len(slot.items):g} s"
                yield slot, "lost", Lost(reason, slot.items, timed_out=True)

    def _wait(self) -> list[Any]:
        """Return the pipes that hold a report, none when the next deadline has passed."""
        pipes = [slot.worker.pipe for slot in self.slots]
        left = min(slot.deadline for slot in self.slots) - self.clock_s
        if math.isinf(left):
            return wait(pipes)
        asked, began = min(_TICK_S, left), time.monotonic()
        ready = wait(pipes, asked)
        self.clock_s += min(asked, time.monotonic() - began)
        return ready

    def stop(self) -> None:
        for slot in self.slots:
            slot.worker.stop()
        self.slots.clear()


def _how_it_ended(exit_code: int | None) -> str:
    if exit_code is None or exit_code >= 0:
        how = f"ended with exit code {exit_code}"
    elif exit_code == -_KILLED:
        how = f"was killed (signal {_KILLED}); you may have run out of memory"
    else:
        how = f"was ended by signal {-exit_code} ({signal.strsignal(-exit_code)})"
    return f"the process at work on it {how}"
