"""Fields of a part in batches: read, processed together, and in halves where that fails."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, Generic, TypeVar

from hpa_features.core.failures import Failure
from hpa_features.core.types import Field, FieldSource
from hpa_features.io.store.journal import Entry
from hpa_features.pipeline.field_parts import Part, failed_entry
from hpa_features.running.ahead import one_ahead
from hpa_features.running.executor import Monitor
from hpa_features.running.isolation import Caught, catch, concerns_all, run_isolated

P = TypeVar("P")
T = TypeVar("T")
Read = Callable[[FieldSource], Field]
Outcomes = Iterator[tuple[Field, Any]]
"""Each field of a batch with its result or failure."""


@dataclass(frozen=True, slots=True)
class Ahead(Generic[P]):
    """The work on a batch in two steps: the first one is done while another batch is in its second.

    Attributes
    ----------
    prepare
        The first step, which takes the fields.
    finish
        The second, which takes what the first returns and returns a result for each field.
    readers
        Threads that read fields.
    """

    prepare: Callable[[Sequence[Field]], P]
    finish: Callable[[P], Sequence[Any]]
    readers: int


def pixels_of(field: Field) -> int:
    """Return the pixels of a plane."""
    return field.shape[0] * field.shape[1]


def map_batches(
    part: Part,
    read: Read,
    do: Callable[[Sequence[Field]], Sequence[Any]],
    monitor: Monitor,
    *,
    full: int,
    size: Callable[[Field], int] = pixels_of,
    ahead: Ahead[Any] | None = None,
) -> tuple[dict[str, Any], tuple[Entry, ...]]:
    """Read every field of a part and process them in batches.

    A batch is complete when the sizes of its fields are `full` together. A batch that fails is
    processed again in halves, so that only the bad fields fail, and memory that is too short for
    all may do for some.

    Returns
    -------
    tuple
        Results by id, and entries of the failed fields.

    Parameters
    ----------
    part, monitor
        The fields, and what gets reports of them.
    read
        Called with each.
    do
        The work on a batch; returns a result for each field.
    full, size
        When a batch is complete.
    ahead
        The same work in two steps, done so: the next batch is read and prepared meanwhile.
    """
    progress = _InProgress(monitor)
    done: dict[str, Any] = {}
    failed: list[Failure] = []
    fields = _read_all(part, read, progress, failed, ahead.readers if ahead else 0)
    batches = cut_batches(fields, size, full)
    worked = _in_turn(batches, do) if ahead is None else _overlapping(batches, do, ahead)
    # Closed here, not when they are collected as garbage: that may be in one of their own threads,
    # which cannot wait for itself.
    with closing(fields), closing(worked):
        for batch, outcomes in worked:
            for field, outcome in outcomes:
                if isinstance(outcome, Failure):
                    failed.append(outcome)
                else:
                    done[field.id] = outcome
            progress.done(*(field.id for field in batch))
    return done, tuple(map(failed_entry, failed))


class _InProgress:
    """Reports the fields in progress to a monitor: at times those of two batches."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._ids: dict[str, None] = {}
        self._lock = Lock()

    def begin(self, field_id: str) -> None:
        with self._lock:
            self._ids[field_id] = None
            self._monitor.begin(*self._ids)

    def done(self, *field_ids: str) -> None:
        with self._lock:
            for each in field_ids:
                del self._ids[each]
            self._monitor.done(len(field_ids))
            if self._ids:
                self._monitor.begin(*self._ids)


def _read_all(
    part: Part, read: Read, progress: _InProgress, failed: list[Failure], readers: int
) -> Generator[Field]:
    """Yield the fields that can be read, in order; read by so many threads, by this one for 0."""
    for source, found in _read_by(part, read, progress, readers):
        if isinstance(found, Failure):
            failed.append(found)
            progress.done(source.id)
        else:
            yield found


def _read_by(
    part: Part, read: Read, progress: _InProgress, readers: int
) -> Iterator[tuple[FieldSource, Field | Failure]]:
    if not readers:
        for source in part:
            progress.begin(source.id)
            yield source, run_isolated(source.id, partial(read, source))
        return
    coming: deque[tuple[FieldSource, Future[Field | Failure]]] = deque()
    with ThreadPoolExecutor(readers) as threads:
        for source in part:
            progress.begin(source.id)
            coming.append((source, threads.submit(run_isolated, source.id, partial(read, source))))
            if len(coming) == readers:
                yield _first(coming)
        while coming:
            yield _first(coming)


def _first(
    coming: deque[tuple[FieldSource, Future[Field | Failure]]],
) -> tuple[FieldSource, Field | Failure]:
    source, future = coming.popleft()
    return source, future.result()


def cut_batches(items: Iterable[T], size: Callable[[T], int], full: int) -> Iterator[list[T]]:
    """Yield batches, in order, that are complete when their sizes are `full` together."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if sum(map(size, batch)) >= full:
            yield batch
            batch = []
    if batch:
        yield batch


def _in_turn(
    batches: Iterator[list[Field]], do: Callable[[Sequence[Field]], Sequence[Any]]
) -> Generator[tuple[list[Field], Outcomes]]:
    for batch in batches:
        yield batch, _run_batch(batch, do)


def _overlapping(
    batches: Iterator[list[Field]],
    do: Callable[[Sequence[Field]], Sequence[Any]],
    ahead: Ahead[Any],
) -> Generator[tuple[list[Field], Outcomes]]:
    prepared = ((batch, catch(partial(ahead.prepare, batch))) for batch in batches)
    with one_ahead(prepared) as coming:
        for batch, ready in coming:
            yield batch, _finish(batch, ready, ahead, do)


def _finish(
    batch: Sequence[Field],
    ready: Any,
    ahead: Ahead[Any],
    do: Callable[[Sequence[Field]], Sequence[Any]],
) -> Outcomes:
    """Yield each field with its result or failure; what fails is done again without overlap."""
    outcome = ready if isinstance(ready, Caught) else catch(partial(ahead.finish, ready))
    if not isinstance(outcome, Caught):
        yield from zip(batch, outcome, strict=True)
    elif concerns_all(outcome.error):
        raise outcome.error
    else:
        yield from _run_batch(batch, do)


def _run_batch(batch: Sequence[Field], do: Callable[[Sequence[Field]], Sequence[Any]]) -> Outcomes:
    """Yield each field with its result or failure."""
    if len(batch) == 1:
        outcome = run_isolated(batch[0].id, partial(do, batch))
        yield batch[0], outcome if isinstance(outcome, Failure) else outcome[0]
        return
    together = catch(partial(do, batch))
    if not isinstance(together, Caught):
        yield from zip(batch, together, strict=True)
        return
    if concerns_all(together.error):
        raise together.error
    middle = len(batch) // 2
    for half in (batch[:middle], batch[middle:]):
        yield from _run_batch(half, do)
