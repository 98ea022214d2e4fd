"""Tasks of one training, each done once however often the training is begun."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, TypeAlias

from hpa_features.core.errors import DataError
from hpa_features.core.progress import Progress
from hpa_features.running.executor import Executor, Lost, Monitor
from hpa_features.running.kept_results import KeptResults

Task: TypeAlias = Callable[[], Any]


class Tasks:
    """Has an executor call tasks, reports how far it is, and keeps every result.

    Tasks must be picklable; a kept result is used while the task, its place and the place of the
    call among the calls stay the same.
    """

    def __init__(self, kept: KeptResults, executor: Executor, progress: Progress) -> None:
        self._kept = kept
        self._executor = executor
        self._progress = progress
        self._calls = 0
        self._before = 0
        self._told = False
        self._step = ""
        self._of_step = 0

    def __call__(self, tasks: Sequence[Task], what: str, *, more: int = 0) -> list[Any]:
        """Return the results in the order of the tasks; `more` follow later in the step `what`.

        Raises
        ------
        DataError
            A process was killed at its task.
        """
        keys = [self._key(place, task) for place, task in enumerate(tasks)]
        self._calls += 1
        results = self._kept.get(keys)
        self._tell(len(results), len(tasks))
        self._start(what, len(tasks), len(results), more)
        left = [(place, task) for place, task in enumerate(tasks) if place not in results]
        with closing(self._executor.run(_call, left, step=self._progress.advance)) as outcomes:
            for (place, _), result in outcomes:
                if isinstance(result, Lost):
                    raise DataError(
                        f"Training failed: {result.reason}.", hint="Use fewer --jobs or less data."
                    )
                results[place] = self._kept.put(keys[place], result)
        if not more:
            self._progress.finish()
        return [results[place] for place in range(len(tasks))]

    def _start(self, what: str, tasks: int, known: int, more: int) -> None:
        """Report a step, and again only where kept results would distort the time left."""
        before = self._of_step if what == self._step else 0
        if known or not before:
            self._progress.start(f"training, {what}", before + tasks + more, before + known)
        self._step, self._of_step = what, before + tasks

    def _key(self, place: int, task: Task) -> str:
        import joblib

        return f"{self._calls}-{place}-{joblib.hash(task, hash_name='sha1')}"

    def _tell(self, known: int, total: int) -> None:
        """Report once, when work is resumed, what was done before."""
        if known < total and not self._told:
            self._told = True
            if self._before + known:
                self._progress.note(
                    f"Continuing: {self._before + known:,} of {self._before + total:,} fits were "
                    "done."
                )
        self._before += known


def _call(task: tuple[int, Task], monitor: Monitor) -> Any:
    result = task[1]()
    monitor.done()
    return result
