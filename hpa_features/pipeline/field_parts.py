"""Parts of fields: how a worker processes one, and how an executor's results enter a store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from hpa_features.core.failures import Failure
from hpa_features.core.progress import Progress
from hpa_features.core.types import FieldSource
from hpa_features.io.atomic import writing_shard
from hpa_features.io.store.folder import Store
from hpa_features.io.store.journal import Entry, Inputs, WrittenFile
from hpa_features.running.executor import Executor, Lost, Monitor
from hpa_features.running.isolation import run_isolated
from hpa_features.running.parts import cut

Part = tuple[FieldSource, ...]
FieldWork = Callable[[Part, Monitor], tuple[Entry, ...]]
"""Processes a part, writes its results, and returns an entry per field; inputs are added here.

It is pickled into worker processes and names each field to the monitor before work on it begins.
"""
_INPUTS_COME_LATER = Inputs(())


def done_entry(
    field_id: str,
    outputs: Sequence[WrittenFile],
    cells: int,
    notes: Mapping[str, int],
    sharing: int = 1,
    used: int | None = None,
) -> Entry:
    """Return the entry of a field whose results the worker has written."""
    return Entry(field_id, _INPUTS_COME_LATER, tuple(outputs), sharing, cells, used, dict(notes))


def failed_entry(failure: Failure) -> Entry:
    """Return the entry of a field that failed."""
    return Entry(failure.id, _INPUTS_COME_LATER, failure=failure)


def map_fields(
    part: Part, do: Callable[[FieldSource], Any], monitor: Monitor
) -> tuple[dict[str, Any], tuple[Entry, ...]]:
    """Process every field of a part; return results by id, and entries of the failed fields."""
    done: dict[str, Any] = {}
    failed = []
    for source in part:
        monitor.begin(source.id)
        outcome = run_isolated(source.id, partial(do, source))
        if isinstance(outcome, Failure):
            failed.append(failed_entry(outcome))
        else:
            done[source.id] = outcome
        monitor.done()
    return done, tuple(failed)


@dataclass(frozen=True, slots=True)
class _OfShard:
    """Work whose files carry the number of the shard that they belong to."""

    work: FieldWork
    shard: int

    def __call__(self, part: Part, monitor: Monitor) -> tuple[Entry, ...]:
        with writing_shard(self.shard):
            return self.work(part, monitor)


class _Bar:
    """The progress bar of the fields, which starts when the first process is prepared."""

    def __init__(self, progress: Progress, fields: int, *, preparing: bool) -> None:
        self._progress, self._fields, self._preparing = progress, fields, preparing
        progress.start(*(("compiling kernels", None) if preparing else ("fields", fields)))

    def step(self, count: int) -> None:
        """Move the bar."""
        if self._preparing:
            self._preparing = False
            self._progress.start("fields", self._fields)
        self._progress.advance(count)


@dataclass(frozen=True, slots=True)
class PartRun:
    """Runs fields through an executor into a store.

    Attributes
    ----------
    work, prepare
        As those of a `Plan`.
    store
        Where each part is recorded when it is done.
    inputs
        Inputs of each field, by id.
    executor
        Where the work runs.
    progress
        Gets the number of finished fields.
    """

    work: FieldWork
    prepare: Callable[[], None] | None
    store: Store
    inputs: Mapping[str, Inputs]
    executor: Executor
    progress: Progress

    def run(self, sources: Sequence[FieldSource]) -> None:
        """Process `sources` in parts and record each part when it is finished.

        A field that takes too long fails, and the rest of its part is processed again; where
        several were in progress, each becomes a part of its own. The fields of a part whose
        process was killed are tried again one at a time; a field that is lost again fails.
        """
        bar = _Bar(self.progress, len(sources), preparing=self.prepare is not None)
        killed: list[tuple[Part, Lost]] = []
        parts, any_lost = cut(sources, self.executor.slots), False
        while parts:
            lost = self._do(parts, bar.step)
            any_lost = any_lost or bool(lost)
            killed += [each for each in lost if not each[1].timed_out]
            parts = [rest for part, how in lost if how.timed_out for rest in _rest(part, how)]
        if killed:
            alone = [(source,) for part, _ in killed for source in part]
            self.progress.warn(
                f"on {_count(alone)}, {killed[0][1].reason}; they are tried again one at a time. "
                "Fewer --jobs need less memory."
            )
            for (source,), how in self._do(alone, bar.step, alone=True):
                if not how.timed_out:
                    self._fail(source, how)
        if any_lost:
            self.store.sweep()  # a killed process may have written a part that is in no entry
        self.progress.finish()

    def _do(
        self, parts: Sequence[Part], step: Callable[[int], None], *, alone: bool = False
    ) -> list[tuple[Part, Lost]]:
        """Record finished parts and fields that took too long; return the lost parts."""
        lost = []
        tasks = self.executor.run(
            _OfShard(self.work, self.store.shard.number),
            parts,
            step=step,
            prepare=self.prepare,
            timed=True,
            alone=alone,
        )
        with closing(tasks):
            for part, outcome in tasks:
                if not isinstance(outcome, Lost):
                    entries = [replace(each, inputs=self.inputs[each.id]) for each in outcome]
                    self.store.record(entries)
                    continue
                lost.append((part, outcome))
                if outcome.timed_out and len(hung := _hung(part, outcome)) == 1:
                    self._fail(hung[0], outcome)
        return lost

    def _fail(self, source: FieldSource, lost: Lost) -> None:
        if lost.timed_out:
            stage, hint = "timeout", "Check its files, or allow more time: --field-timeout."
        else:
            stage = "internal"
            hint = "Remove it, or try --jobs 1 --retry-failed on a machine with more memory."
        failure = Failure(source.id, "", stage, lost.reason, hint)
        self.store.record([Entry(source.id, self.inputs[source.id], failure=failure)])


def _hung(part: Part, lost: Lost) -> Part:
    """Return the fields of a part of which one took too long."""
    return tuple(source for source in part if source.id in lost.items) or part


def _rest(part: Part, lost: Lost) -> list[Part]:
    """Return what must be processed again of a part in which a field took too long."""
    hung = _hung(part, lost)
    if len(hung) > 1:
        return [(source,) for source in part]
    rest = tuple(source for source in part if source not in hung)
    return [rest] if rest else []


def _count(parts: Sequence[Part]) -> str:
    return "1 field" if len(parts) == 1 else f"{len(parts):,} fields"
