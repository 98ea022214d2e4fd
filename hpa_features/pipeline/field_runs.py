"""A verb on fields: what a folder lacks is done, and reported with what it had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.progress import Progress
from hpa_features.core.settings import FieldSettings
from hpa_features.io.store.folder import FAILURES, Store
from hpa_features.io.store.job_file import job_now, write_job
from hpa_features.io.store.journal import Entry
from hpa_features.io.store.opening import open_store
from hpa_features.io.store.run_file import RUN, SCHEMA, write_schema
from hpa_features.pipeline.field_parts import FieldWork, PartRun
from hpa_features.pipeline.input_fields import InputFields
from hpa_features.pipeline.kept_settings import as_kept_now
from hpa_features.pipeline.other_files import has_a_run, note_other_files, refuse_to_replace
from hpa_features.running.executor import Executor
from hpa_features.running.kernel_cache import prepare_kernel_cache

_NAMED = 5  # ids in a sentence
BLEEDING_FILES = "colour files with more than 10 % of their signal in other colours"
SAME_CHANNELS = "pairs of channels with the same pixels"
"""Counts that are reported as warnings."""
NO_LABEL = "fields without a label"
UNLIKE_TRAINING = "fields unlike the training data"
TRAINED_ON = "fields that the model was trained on"
_COUNTED_ELSEWHERE = {NO_LABEL, UNLIKE_TRAINING, TRAINED_ON}
"""Counts that the verb itself reports."""


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

    @property
    def cells_used(self) -> int | None:
        """Number of cells that image statistics are made of; None: not known of every field."""
        used = [entry.used for entry in self.done if entry.used is not None]
        return sum(used) if len(used) == len(self.done) else None

    def count(self, note: str) -> int:
        """Return what the notes of that name add up to."""
        return sum(entry.notes.get(note, 0) for entry in self.done)


def run_fields(
    plan: Plan,
    folder: Path,
    progress: Progress,
    executor: Executor,
    *,
    lasting: bool = True,
) -> RunResult:
    """Do what `folder` lacks of `plan`, and return what became of all its fields.

    `lasting`: whether the folder outlives this run, so that an interrupt loses little.

    Raises
    ------
    UsageError
        The folder was made with other settings, or a file that no run wrote would be replaced.
    DataError
        No field could be done, results are missing at the end, or another run holds the folder.
    """
    settings = plan.settings
    if settings.shard.number and settings.overwrite:
        raise UsageError(
            "--overwrite with --shard would remove what other shards have done.",
            hint=f"Remove {folder} before the first shard starts.",
        )
    fields = plan.fields.of_shard(settings.shard)
    with opened(plan, folder, progress, executor.slots) as store:
        if lasting:
            write_job(folder, job_now(settings.shard, len(fields.ids), settings.command))
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
            PartRun(plan.work, plan.prepare, store, inputs, executor, progress).run(sources)
        except KeyboardInterrupt:
            if lasting:
                count = len(store.entries)
                verb = "is" if count == 1 else "are"
                progress.warn(
                    f"{_fields(count)} {verb} kept in {folder}; the same command resumes there."
                )
            raise
        finally:
            store.write_failures(plan.fields.failures)
        store.check(fields.ids, (RUN, SCHEMA) if plan.schemas else (RUN,))
        entries = [store.entries[each] for each in fields.ids]
    failed = [entry.failure for entry in entries if entry.failure is not None]
    result = RunResult(
        tuple(entry for entry in entries if entry.failure is None), (*fields.failures, *failed)
    )
    _refuse_nothing(result)
    tell_notes([(each.id, each.cells, each.notes) for each in result.done], progress)
    return result


@contextmanager
def opened(plan: Plan, folder: Path, progress: Progress, jobs: int) -> Iterator[Store]:
    """Hold `folder` for a run of `plan`, which it describes from then on.

    Raises
    ------
    UsageError, DataError
        As `run_fields`.
    """
    settings = plan.settings
    prepare_kernel_cache(progress)
    kept = partial(as_kept_now, kind=type(settings))
    run = {**plan.run, "run": {**plan.run["run"], "jobs": jobs}}
    if not has_a_run(folder):
        refuse_to_replace(folder, (SCHEMA, FAILURES), overwrite=settings.overwrite)
        note_other_files(folder, progress)
    with open_store(folder, run, kept, overwrite=settings.overwrite, shard=settings.shard) as store:
        if plan.schemas:  # before the first part, which cannot be understood without it
            write_schema(folder, plan.schemas)
        yield store


def tell_notes(done: Sequence[tuple[str, int, Mapping[str, int]]], progress: Progress) -> None:
    """Report what the notes of fields add up to, and which fields have no cells.

    `done` holds the id, the number of cells and the notes of each field.
    """
    totals: Counter[str] = Counter()
    fields: Counter[str] = Counter()
    for _, _, notes in done:
        totals.update(notes)
        fields.update(name for name, count in notes.items() if count)
    for name, count in totals.items():
        if count and name not in _COUNTED_ELSEWHERE:
            tell = progress.warn if name in {BLEEDING_FILES, SAME_CHANNELS} else progress.note
            tell(f"{name}: {count:,} (in {_fields(fields[name])})")
    empty = [each for each, cells, _ in done if cells == 0]
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
        f"none of {_fields(len(result.failed))} could be processed. The first, {first.id}, failed "
        f"at {first.stage}{file}: {first.error}",
        hint=first.hint,
    )
