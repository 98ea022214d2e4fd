"""An executor that runs tasks on the workers of a Dask cluster."""

from __future__ import annotations

import logging
import math
import pickle
import queue
import secrets
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from hpa_features import __version__
from hpa_features.core.errors import DataError, MissingExtra
from hpa_features.running.dask_tasks import DaskTask, run_task
from hpa_features.running.executor import Lost, Work
from hpa_features.running.isolation import Caught

T = TypeVar("T")
R = TypeVar("R")

# A task that ends its worker takes down what waits there too: with `retries=0` one such task of
# twelve cost eleven results.
_RETRIES = 3
_AHEAD = 2  # tasks a thread at the scheduler: one runs, the next is there when it ends
_CONNECT_S = 30.0
_LOOK_S = 5.0  # between two looks at the scheduler: whether it is there, and its workers
_ENDED = ("finished", "error", "cancelled")
_RESUMES = "Run the same command again when it is back; finished fields are kept."


@dataclass(frozen=True, slots=True)
class DaskExecutor:
    """An `Executor` that uses the workers of a Dask scheduler.

    Attributes
    ----------
    scheduler
        Its address (``tcp://host:8786``) or the path of its scheduler file; empty: a cluster of
        processes on this machine.
    jobs
        Processes of such a cluster.
    item_limit_s
        As for `LocalExecutor`; the worker process ends that works on an item for longer.
    """

    scheduler: str = ""
    jobs: int = 1
    item_limit_s: float | None = None

    @property
    def slots(self) -> int:
        """How many tasks run at once, with the workers that are there now."""
        threads: dict[str, int] = _client(self.scheduler, self.jobs).nthreads()
        return max(sum(threads.values()), 1)

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
        """Yield each task with its result; see `Executor.run`.

        Raises
        ------
        DataError
            The scheduler cannot be reached or is lost, or a worker cannot do this work.
        """
        run = _Run(
            client=_client(self.scheduler, self.jobs),
            work=pickle.dumps((work, prepare)),
            limit_s=self.item_limit_s if timed else None,
            step=step,
        )
        from distributed.comm.core import CommClosedError

        try:
            yield from run.results(iter(tasks), (lambda: 1) if alone else self._room)
        except (CommClosedError, CancelledError) as error:
            raise _lost_scheduler() from error
        finally:
            run.stop()

    def _room(self) -> int:
        """Return how many tasks the scheduler may hold."""
        return _AHEAD * self.slots


@dataclass(slots=True)
class _Run:
    """The tasks of one call of `run`, of which the scheduler knows a few at a time."""

    client: Any
    work: bytes
    limit_s: float | None
    step: Callable[[int], None]
    name: str = field(default_factory=lambda: f"hpa-feat-{secrets.token_hex(4)}")
    events: queue.SimpleQueue[tuple[str, Any]] = field(default_factory=queue.SimpleQueue)
    futures: dict[str, Any] = field(default_factory=dict)
    tasks: dict[str, Any] = field(default_factory=dict)
    begun: bool = False
    count: int = 0

    def results(
        self, tasks: Iterator[T], room: Callable[[], int]
    ) -> Iterator[tuple[T, Any | Lost]]:
        self.client.subscribe_topic(self.name, self._hear)
        most, asked = room(), time.monotonic()
        while True:
            if time.monotonic() - asked > _LOOK_S:  # the scheduler is not asked at every event
                most, asked = room(), time.monotonic()
            for task in islice(tasks, max(most - len(self.futures), 0)):
                self._submit(task)
            if not self.futures:
                return
            for key, outcome in self._outcomes():
                self.futures.pop(key)
                task = self.tasks.pop(key)
                if isinstance(outcome, Caught):
                    raise outcome.error
                yield task, outcome

    def _submit(self, task: Any) -> None:
        self.count += 1
        key = f"{self.name}-{self.count}"
        about = DaskTask(
            key,
            self.name,
            str(Path.cwd()),
            __version__,
            self.work,
            pickle.dumps(task),
            self.limit_s,
        )
        future = self.client.submit(run_task, about, key=key, retries=_RETRIES, pure=False)
        self.futures[key], self.tasks[key] = future, task
        self._await(future)

    def _await(self, future: Any) -> None:
        future.add_done_callback(lambda future: self.events.put(("ended", future.key)))

    def _hear(self, event: tuple[float, Any]) -> None:
        """Take a report of a task; called by the client's own thread."""
        self.events.put(("report", event[1]))

    def _outcomes(self) -> Iterator[tuple[str, Any]]:
        """Wait for the next event and yield the task that it ends, if it ends one."""
        try:
            kind, content = self.events.get(timeout=_LOOK_S)
        except queue.Empty:
            self._refuse_lost_scheduler()
            return
        if kind == "report":
            yield from self._reported(content)
        elif content in self.futures:
            future = self.futures[content]
            if future.status in _ENDED:
                yield content, self._outcome(future)
            else:  # its worker ended before the result was fetched; it runs again
                self._await(future)

    def _reported(self, report: dict[str, Any]) -> Iterator[tuple[str, Lost]]:
        if not self.begun:
            self.begun = True
            self.step(0)
        if report["done"]:
            self.step(report["done"])
        key, items = report["key"], report.get("timed_out")
        if items is not None and key in self.futures:
            self.futures[key].cancel()
            took = f"took longer than {(self.limit_s or math.inf) * len(items):g} s"
            yield key, Lost(took, tuple(items), timed_out=True)

    def _outcome(self, future: Any) -> Any:
        """Return the result of a task that ended, what it raised, or that it is lost."""
        from distributed.scheduler import KilledWorker

        if future.status == "finished":
            return future.result()
        if future.status == "cancelled":
            self._refuse_lost_scheduler(certain=True)
        error = future.exception()
        if isinstance(error, KilledWorker):
            return Lost("the workers that it ran on ended; they may have run out of memory")
        return Caught(_unusable_worker(error))

    def _refuse_lost_scheduler(self, *, certain: bool = False) -> None:
        if certain or self.client.status != "running":
            raise _lost_scheduler()

    def stop(self) -> None:
        """Cancel what runs or waits; a worker stops before its next field."""
        with suppress(Exception):  # of a scheduler that is gone
            self.client.unsubscribe_topic(self.name)
            if self.futures:
                self.client.cancel(list(self.futures.values()))
        self.futures.clear()


def _lost_scheduler() -> DataError:
    return DataError("the connection to the Dask scheduler was lost.", hint=_RESUMES)


def _unusable_worker(error: BaseException) -> Exception:
    if isinstance(error, ImportError):
        return DataError(
            f"a Dask worker cannot import this package: {error}.",
            hint="Start the workers in an environment where hpa-feat is installed.",
        )
    return error if isinstance(error, Exception) else DataError(str(error))


@lru_cache(maxsize=1)
def _client(scheduler: str, jobs: int) -> Any:
    """Return the client of a scheduler; it stays connected as long as this process lives.

    Raises
    ------
    DataError
        There is no scheduler.
    MissingExtra
        Dask is not installed.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise MissingExtra("distributed", "dask") from error
    for name in ("distributed", "distributed.client"):  # what they report ends in our own line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if not scheduler:
        cluster = LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None)
        return Client(cluster)
    is_file = "://" not in scheduler
    if is_file and not Path(scheduler).is_file():
        raise DataError(
            f"the scheduler file {scheduler} does not exist.",
            hint="Start one with dask scheduler --scheduler-file FILE, or give tcp://HOST:PORT.",
        )
    try:
        where = {"scheduler_file": scheduler} if is_file else {"address": scheduler}
        return Client(**where, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:  # TimeoutError is an OSError
        raise DataError(
            f"no Dask scheduler found at {scheduler}.",
            hint="Start one with dask scheduler, and workers with dask worker ADDRESS.",
        ) from error
