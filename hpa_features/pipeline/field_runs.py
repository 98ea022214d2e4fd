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
from hpa_features.io.store.folder import Store, open_store
from hpa_features.io.store.journal import Entry, Inputs, WrittenFile
from hpa_features.io.store.run_file import write_schema
from hpa_features.pipeline.input_fields import InputFields
from hpa_features.pipeline.kept_settings import as_kept_now
from hpa_features.running.attempt import attempt
from hpa_features.running.kernel_cache import prepare_kernel_cache
from hpa_features.running.parts import cut
from hpa_features.running.pool import Lost, Step, run_tasks

Part = tuple[FieldSource, ...]
FieldWork = Callable[[Part, Step], tuple[Entry, ...]]
"""Does a part, writes its results, and returns an entry per field, whose inputs are added here.

It is pickled into worker processes and calls its second argument after each field.
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
    compile_kernels
        Called once before processes start, so that they find compiled kernels; None where the
        work has none.
    do_again
        Whether a field that is done, by its entry, is done again.
    schemas
        The tables that come of it; none when it makes other files.
    """

    fields: InputFields
    settings: FieldSettings
    run: Mapping[str, Any]
    work: FieldWork
    compile_kernels: Callable[[], None] | None = None
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


def each_field(
    part: Part, do: Callable[[FieldSource], Any], step: Step
) -> tuple[dict[str, Any], tuple[Entry, ...]]:
    """Do every field of a part; return results by id, and entries of the fields that failed."""
    done: dict[str, Any] = {}
    failed = []
    for source in part:
        outcome = attempt(source.id, partial(do, source))
        if isinstance(outcome, Failure):
            failed.append(Entry(source.id, _INPUTS_COME_LATER, failure=outcome))
        else:
            done[source.id] = outcome
        step()
    return done, tuple(failed)


def carry_out(plan: Plan, folder: Path, progress: Progress, *, lasting: bool = True) -> RunResult:
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
    with open_store(folder, plan.run, kept, overwrite=settings.overwrite) as store:
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
            _run_all(plan, sources, store, inputs, progress)
        except KeyboardInterrupt:
            if lasting:
                progress.warn(
                    f"{_fields(len(store.entries))} are kept in {folder}; the same command goes "
                    "on from there."
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


def _run_all(
    plan: Plan,
    sources: Sequence[FieldSource],
    store: Store,
    inputs: Mapping[str, Inputs],
    progress: Progress,
) -> None:
    """Do `sources` in parts and record each part when it is done.

    A part whose process is killed is done again field by field, each in a process of its own;
    a field whose process is killed again becomes a failure.
    """
    jobs = min(plan.settings.jobs, max(1, len(sources)))
    if jobs > 1 and plan.compile_kernels is not None:
        progress.start("compiling kernels", None)
        plan.compile_kernels()
        progress.finish()

    def run(parts: Sequence[Part], *, isolated: bool) -> list[tuple[Part, Lost]]:
        lost = []
        tasks = run_tasks(
            plan.work,
            parts,
            jobs=1 if isolated else jobs,
            step=progress.advance,
            isolated=isolated,
        )
        with closing(tasks):
            for part, outcome in tasks:
                if isinstance(outcome, Lost):
                    lost.append((part, outcome))
                else:
                    store.record([replace(each, inputs=inputs[each.id]) for each in outcome])
        return lost

    progress.start("fields", len(sources))
    lost = run(cut(sources, jobs), isolated=False)
    if lost:
        alone = [(source,) for part, _ in lost for source in part]
        progress.warn(
            f"on {_fields(len(alone))}, {lost[0][1].reason}; they are done again one at a time. "
            "Fewer --jobs need less memory."
        )
        store.sweep()  # the killed process may have written a part that nobody knows
        lost = run(alone, isolated=True)
        store.record([_lost_entry(source, inputs, how) for (source,), how in lost])
    progress.finish()


def _lost_entry(source: FieldSource, inputs: Mapping[str, Inputs], lost: Lost) -> Entry:
    failure = Failure(
        source.id,
        "",
        "internal",
        lost.reason,
        "Leave it out, or try --jobs 1 --retry-failed on a machine with more memory.",
    )
    return Entry(source.id, inputs[source.id], failure=failure)


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
