"""Fields through processes into a store: done ones recorded as they come, failed ones as rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from hpa_features.core.errors import DataError
from hpa_features.core.failures import Failure
from hpa_features.core.progress import Progress
from hpa_features.core.settings import FieldSettings
from hpa_features.core.types import FieldSource
from hpa_features.io.atomic import writing_shard
from hpa_features.io.store.folder import Store, open_store
from hpa_features.io.store.journal import Entry, Inputs, WrittenFile
from hpa_features.io.store.run_file import write_schema
from hpa_features.pipeline.input_fields import InputFields
from hpa_features.pipeline.kept_settings import as_kept_now
from hpa_features.running.executor import Executor, Lost, Monitor
from hpa_features.running.isolation import run_isolated
from hpa_features.running.kernel_cache import prepare_kernel_cache
from hpa_features.running.parts import cut

Part = tuple[FieldSource, ...]
FieldWork = Callable[[Part, Monitor], tuple[Entry, ...]]
"""Does a part, writes its results, and returns an entry per field, whose inputs are added here.

It is pickled into worker processes and names each field to the monitor before work on it begins.
"""
_INPUTS_COME_LATER = Inputs(())
_NAMED = 5  # ids in a sentence
BLEEDING_FILES = "colour files with more than 10 % of their light in other colours"
"""Name of the count that is told as a warning (DESIGN.md §3, Reading)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done to which fields.

    Attributes
    ----------
    fields
        The fields.
    settings
        How to run.
    run
        `describe_run` of this run.
    work
        What is done to a part.
    prepare
        Called in each process before its first part, first in one, so that the others find
        compiled kernels; None where there is nothing to prepare.
    do_again
        Whether a field that is done, by its entry, is done again.
    schemas
        The tables that come of it; none when it makes other files.
    """

    fields: InputFields
    settings: FieldSettings
    run: Mapping[str, Any]
    work: FieldWork
    prepare: Callable[[], None] | None = None
    do_again: Callable[[Entry], bool] = lambda _: False
    schemas: Mapping[str, pa.Schema] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunResult:
    """What became of the fields asked for, in this run or an earlier one.

    Attributes
    ----------
    done
        Entries of fields with results, in manifest order.
    failed
        Failures, those of finding first.
    """

    done: tuple[Entry, ...]
    failed: tuple[Failure, ...]

    @property
    def cells(self) -> int:
        """Number of cells over all fields."""
        return sum(entry.cells for entry in self.done)


def done_entry(
    field_id: str,
    outputs: Sequence[WrittenFile],
    cells: int,
    notes: Mapping[str, int],
    sharing: int = 1,
) -> Entry:
    """Return the entry of a field whose results the worker has written."""
    return Entry(field_id, _INPUTS_COME_LATER, tuple(outputs), sharing, cells, dict(notes))


def map_fields(
    part: Part, do: Callable[[FieldSource], Any], monitor: Monitor
) -> tuple[dict[str, Any], tuple[Entry, ...]]:
    """Do every field of a part; return results by id, and entries of the fields that failed."""
    done: dict[str, Any] = {}
    failed = []
    for source in part:
        monitor.begin(source.id)
        outcome = run_isolated(source.id, partial(do, source))
        if isinstance(outcome, Failure):
            failed.append(Entry(source.id, _INPUTS_COME_LATER, failure=outcome))
        else:
            done[source.id] = outcome
        monitor.done()
    return done, tuple(failed)


def run_fields(
    plan: Plan,
    folder: Path,
    progress: Progress,
    executor: Executor,
    *,
    lasting: bool = True,
) -> RunResult:
    """Do what `folder` lacks of `plan`, and return what became of all its fields.

    `lasting` says whether the folder outlives this run, so that an interrupt loses little.

    Raises
    ------
    UsageError
        The folder was made with other settings.
    DataError
        No field could be done, or another run holds the folder.
    """
    prepare_kernel_cache(progress)
    fields, settings = plan.fields, plan.settings
    kept = partial(as_kept_now, kind=type(settings))
    run = {**plan.run, "run": {"jobs": executor.slots}}
    with open_store(folder, run, kept, overwrite=settings.overwrite) as store:
        if plan.schemas:  # before the first part, which cannot be understood without it
            write_schema(folder, plan.schemas)
        inputs = fields.inputs(settings)
        left = set(store.reconcile(inputs, retry_failed=settings.retry_failed))
        known = [store.entries[each] for each in fields.ids if each not in left]
        left |= {each.id for each in known if each.failure is None and plan.do_again(each)}
        if len(left) < len(fields.ids):
            progress.note(
                f"{len(fields.ids) - len(left):,} of {_fields(len(fields.ids))} were done before"
            )
        sources = [source for source in fields.sources if source.id in left]
        try:
            _Run(plan, store, inputs, executor, progress).run(sources)
        except KeyboardInterrupt:
            if lasting:
                count = len(store.entries)
                verb = "is" if count == 1 else "are"
                progress.warn(
                    f"{_fields(count)} {verb} kept in {folder}; the same command continues from "
                    "there."
                )
            raise
        finally:
            store.write_failures(fields.failures)
        entries = [store.entries[each] for each in fields.ids]
    failed = [entry.failure for entry in entries if entry.failure is not None]
    result = RunResult(
        tuple(entry for entry in entries if entry.failure is None), (*fields.failures, *failed)
    )
    _refuse_nothing(result)
    _tell_notes(result, progress)
    return result


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
class _Run:
    """Fields on their way through an executor into a store."""

    plan: Plan
    store: Store
    inputs: Mapping[str, Inputs]
    executor: Executor
    progress: Progress

    def run(self, sources: Sequence[FieldSource]) -> None:
        """Do `sources` in parts and record each part when it is done.

        A field that takes too long fails, and the rest of its part is done again. A part whose
        process is killed is done again field by field, each with the whole machine; a field that
        is lost again becomes a failure.
        """
        bar = _Bar(self.progress, len(sources), preparing=self.plan.prepare is not None)
        killed: list[tuple[Part, Lost]] = []
        parts, any_lost = cut(sources, self.executor.slots), False
        while parts:
            lost = self._do(parts, bar.step)
            any_lost = any_lost or bool(lost)
            killed += [each for each in lost if not _is_timeout(each[1])]
            parts = [_without(part, how.items) for part, how in lost if _is_timeout(how)]
            parts = [part for part in parts if part]
        if killed:
            alone = [(source,) for part, _ in killed for source in part]
            self.progress.warn(
                f"on {_fields(len(alone))}, {killed[0][1].reason}; they are done again one at a "
                "time. Fewer --jobs need less memory."
            )
            for (source,), how in self._do(alone, bar.step, alone=True):
                self._record_lost(source.id, how)
        if any_lost:
            self.store.sweep()  # a killed process may have written a part that nobody knows
        self.progress.finish()

    def _do(
        self, parts: Sequence[Part], step: Callable[[int], None], *, alone: bool = False
    ) -> list[tuple[Part, Lost]]:
        """Do parts and record them, also fields that took too long; return the lost parts."""
        lost = []
        tasks = self.executor.run(
            _OfShard(self.plan.work, self.store.shard),
            parts,
            step=step,
            prepare=self.plan.prepare,
            alone=alone,
        )
        with closing(tasks):
            for part, outcome in tasks:
                if not isinstance(outcome, Lost):
                    entries = [replace(each, inputs=self.inputs[each.id]) for each in outcome]
                    self.store.record(entries)
                    continue
                lost.append((part, outcome))
                if _is_timeout(outcome):
                    self._record_lost(outcome.items[0], outcome)
        return lost

    def _record_lost(self, field_id: str, lost: Lost) -> None:
        if lost.timed_out:
            stage, hint = "timeout", "Check its files, or allow more time: --field-timeout."
        else:
            stage = "internal"
            hint = "Leave it out, or try --jobs 1 --retry-failed on a machine with more memory."
        failure = Failure(field_id, "", stage, lost.reason, hint)
        self.store.record([Entry(field_id, self.inputs[field_id], failure=failure)])


def _is_timeout(lost: Lost) -> bool:
    """Whether the one field in progress took too long."""
    return lost.timed_out and len(lost.items) == 1


def _without(part: Part, ids: Sequence[str]) -> Part:
    return tuple(source for source in part if source.id not in ids)


def _tell_notes(result: RunResult, progress: Progress) -> None:
    """Tell what the fields' notes add up to, and which fields have no cells."""
    totals: Counter[str] = Counter()
    fields: Counter[str] = Counter()
    for entry in result.done:
        totals.update(entry.notes)
        fields.update(name for name, count in entry.notes.items() if count)
    for name, count in totals.items():
        if count:
            tell = progress.warn if name == BLEEDING_FILES else progress.note
            tell(f"{name}: {count:,} (in {_fields(fields[name])})")
    empty = [entry.id for entry in result.done if entry.cells == 0]
    if empty:
        named = ", ".join(empty[:_NAMED]) + (", …" if len(empty) > _NAMED else "")
        progress.warn(f"no cells in {_fields(len(empty))}, whose features are empty: {named}")


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count:,} fields"


def _refuse_nothing(result: RunResult) -> None:
    if result.done or not result.failed:
        return
    first = result.failed[0]
    file = f" ({first.file})" if first.file else ""
    raise DataError(
        f"none of {_fields(len(result.failed))} could be done. "
        f"The first, {first.id}, failed at {first.stage}{file}: {first.error}",
        hint=first.hint,
    )
