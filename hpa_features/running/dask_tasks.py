"""A task as a Dask worker runs it: in the right folder, prepared once, with reports and a limit."""

from __future__ import annotations

import os
import pickle
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from hpa_features import __version__
from hpa_features.core.errors import DataError
from hpa_features.core.progress import SILENT
from hpa_features.running.isolation import Caught, catch
from hpa_features.running.kernel_cache import kernel_cache_folder, prepare_kernel_cache
from hpa_features.running.memory import keep_freed_memory
from hpa_features.running.threads import single_threaded

_QUIET_S = 1.0  # at least between two reports of a task: a scheduler has many to listen to
_LOOK_S = 0.5  # between two looks at the clock of a task with a limit
_FAREWELL_S = 2.0  # for the report of a task that ends its worker

_prepared: set[str] = set()
_preparing = threading.Lock()


@dataclass(frozen=True, slots=True)
class DaskTask:
    """What a worker needs to run one task.

    Attributes
    ----------
    key
        Its name at the scheduler.
    run
        Name of the run that it belongs to; the topic of its reports.
    folder
        Working folder of the command; relative paths mean the same there.
    version
        Version of this package that made the task.
    work
        Pickled: the work and what prepares for it. Unpickled only when kernels have their cache.
    task
        Pickled: the argument of the work.
    limit_s
        Seconds that one item may take; None: no limit.
    """

    key: str
    run: str
    folder: str
    version: str
    work: bytes
    task: bytes
    limit_s: float | None = None


def run_task(task: DaskTask) -> Any:
    """Run a task and return its result, or what it raised as `Caught`.

    Dask would run a task that raises again, and send the error without its notes.
    """
    outcome = catch(partial(_run, task))
    if isinstance(outcome, Caught):
        outcome.error.add_note(f"On the Dask worker on {socket.gethostname()}.")
    return outcome


def _run(task: DaskTask) -> Any:
    from distributed import get_worker

    if task.version != __version__:
        raise DataError(
            f"the Dask worker on {socket.gethostname()} has hpa-feat {__version__}, the command "
            f"{task.version}.",
            hint="Start the workers in an environment with the same version.",
        )
    try:
        os.chdir(task.folder)
    except OSError as error:
        raise DataError(
            f"the Dask worker on {socket.gethostname()} does not see {task.folder} "
            f"({error.strerror}).",
            hint="Run the command in a folder on a disk that all workers see under one path.",
        ) from error
    reports = _Reports(get_worker(), task.run, task.key, task.limit_s)
    with single_threaded(), reports:
        prepare_kernel_cache(SILENT)
        work, prepare = pickle.loads(task.work)  # noqa: S301  (ours, from the user's scheduler)
        _prepare_once(task.run, prepare)
        reports.send(ready=True)
        return work(pickle.loads(task.task), reports)  # noqa: S301


def _prepare_once(run: str, prepare: Callable[[], None] | None) -> None:
    """Prepare this process; of several on a machine the first compiles and the others load."""
    from filelock import FileLock

    with _preparing:
        if run in _prepared:
            return
        keep_freed_memory()
        if prepare is not None:
            folder = kernel_cache_folder()
            Path(folder).mkdir(parents=True, exist_ok=True)
            with FileLock(folder / ".compiling.lock"):
                prepare()
        _prepared.add(run)


@dataclass(slots=True)
class _Reports:
    """A `Monitor` that reports to the scheduler now and then, and ends what takes too long."""

    worker: Any
    topic: str
    key: str
    limit_s: float | None
    items: tuple[str, ...] = ()
    deadline: float | None = None
    unsent: int = 0
    sent: float = field(default_factory=time.monotonic)
    ended: threading.Event = field(default_factory=threading.Event)

    def begin(self, *items: str) -> None:
        self._refuse_when_cancelled()
        self.items = items
        if self.limit_s is not None:
            self.deadline = time.monotonic() + self.limit_s * len(items)

    def done(self, count: int = 1) -> None:
        self.items, self.deadline = (), None
        self.unsent += count
        if time.monotonic() - self.sent > _QUIET_S:
            self.send()

    def send(self, **facts: Any) -> None:
        """Report to all who listen to this run."""
        self.worker.log_event(self.topic, {"key": self.key, "done": self.unsent, **facts})
        self.unsent, self.sent = 0, time.monotonic()

    def __enter__(self) -> None:
        if self.limit_s is not None:
            threading.Thread(target=self._watch, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        if self.unsent:
            self.send()

    def _watch(self) -> None:
        """End this process when an item takes longer than allowed; nothing else can stop it."""
        while not self.ended.wait(_LOOK_S):
            deadline, items = self.deadline, self.items
            if deadline is not None and time.monotonic() > deadline:
                self.worker.log_event(self.topic, {"key": self.key, "done": 0, "timed_out": items})
                if not self.ended.wait(_FAREWELL_S):
                    os._exit(1)

    def _refuse_when_cancelled(self) -> None:
        """Stop a task that the command no longer waits for, as after Ctrl-C."""
        task = self.worker.state.tasks.get(self.key)
        if task is None or task.state == "cancelled":
            raise DataError("the command that started this task has ended.")
