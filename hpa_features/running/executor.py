"""Who carries out tasks: one protocol, so that verbs do not know where their work runs.

`running.pool` carries them out in processes of this machine.
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
    """Carries out independent tasks."""

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
        """Yield each task with its result, as they are done.

        A lost task is named like a result, and the others go on. Closing the generator ends what
        is running.

        Parameters
        ----------
        work
            What is done to every task.
        tasks
            Picklable; taken in order, and only as many as are running.
        step
            Called here with the count of each `Monitor.done`, and with 0 when work can start.
        prepare
            Picklable; called once in each process that was started for the work, before its first
            task. The others wait for the first one, and find what it has compiled.
        timed
            Whether the executor's time limit applies to the items that the work names.
        alone
            Run one task at a time, apart from this process, so that a task that takes too much
            memory has all of it and ends nothing else.
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
