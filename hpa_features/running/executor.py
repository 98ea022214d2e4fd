"""The protocol by which verbs run their tasks, whether here or on a cluster.

`running.pool` implements it with processes on this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

from hpa_features.core.errors import DataError

T = TypeVar("T")
R = TypeVar("R")


class Monitor(Protocol):
    """What work reports while it runs."""

    def begin(self, *items: str) -> None:
        """Work on these items begins, all at once; the executor's time limit counts from here."""

    def done(self, count: int = 1) -> None:
        """`count` more items are done, and none is in progress."""


Work: TypeAlias = Callable[[T, Monitor], R]
"""A picklable function of a task; what it raises ends the run."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A task without a result, because its process was killed or ended.

    Attributes
    ----------
    reason
        Why, in words that follow the name of a task.
    items
        What was in progress, as far as the task has reported it.
    timed_out
        Whether the executor ended the process because of its time limit.
    """

    reason: str
    items: tuple[str, ...] = ()
    timed_out: bool = False


class Executor(Protocol):
    """Runs independent tasks."""

    @property
    def slots(self) -> int:
        """How many tasks run at once."""

    def run(
        self,
        work: Work[T, R],
        tasks: Iterable[T],
        *,
        step: Callable[[int], None] = ...,
        prepare: Callable[[], None] | None = None,
        timed: bool = False,
        alone: bool = False,
    ) -> Generator[tuple[T, R | Lost]]:
        """Yield each task with its result, in the order in which they finish.

        A task that is lost is yielded with the reason, and others continue. Closing the generator
        ends the tasks that are running.

        Parameters
        ----------
        work
            Called with every task.
        tasks
            Picklable; taken in order, and only when they can run.
        step
            Called here with the count of each `Monitor.done`, and with 0 when work can start.
        prepare
            Picklable; called once in each process that is started for the work, before its first
            task. The other processes wait for the first one and reuse what it has compiled.
        timed
            Whether the executor's time limit applies to the items that the work names.
        alone
            Run one task at a time in a process of its own, so that a task that needs much memory
            has all of it, and running out of it ends nothing else.
        """


def map_tasks(executor: Executor, function: Callable[[T], R], tasks: Sequence[T]) -> list[R]:
    """Return `function` of every task, in the order of the tasks.

    Raises
    ------
    DataError
        A task was lost.
    """
    results: dict[int, R] = {}
    with closing(executor.run(_Numbered(function), enumerate(tasks))) as outcomes:
        for (index, _), result in outcomes:
            if isinstance(result, Lost):
                raise DataError(f"Task {index + 1} of {len(tasks)} failed: {result.reason}.")
            results[index] = result
    return [results[index] for index in range(len(tasks))]


@dataclass(frozen=True, slots=True)
class _Numbered(Generic[T, R]):
    function: Callable[[T], R]

    def __call__(self, task: tuple[int, T], _monitor: Monitor) -> R:
        return self.function(task[1])
