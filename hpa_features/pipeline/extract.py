"""extract: images → cell and image tables, in a folder, one file, a stream or memory."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from hpa_features.core.errors import UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.settings import ExtractSettings, Level
from hpa_features.core.stored_settings import result_settings
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    import pyarrow as pa

    from hpa_features.io.store.output import Output
    from hpa_features.pipeline.field_runs import Plan, RunResult

_FOLDER_OF_LEVEL = {
    Level.CELLS: "cells",
    Level.IMAGE: "images",
    Level.EMBEDDINGS: "embeddings",
}


@dataclass(frozen=True, slots=True)
class ExtractSummary:
    """What `extract` did, this run and earlier ones into the same folder together.

    Attributes
    ----------
    fields, cells
        How many were measured.
    cells_used
        How many of these cells image statistics are made of; None where a folder was begun
        before this was counted.
    features
        Columns of the table that was asked for, without ``Metadata_``.
    failures
        How many fields failed.
    seconds
        Time it took.
    output
        Folder or file, ``-`` for a stream.
    failed
        A row for each field that failed.
    """

    fields: int
    cells: int
    cells_used: int | None
    features: int
    failures: int
    seconds: float
    output: str
    failed: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class ExtractedTable:
    """One table in memory.

    Attributes
    ----------
    table
        Rows in manifest order; what each column is stands in its field's metadata.
    failed
        A row for each field that failed.
    cell_count, cells_used
        How many cells were measured, and how many of them image statistics are made of.
    cells
        The table of cells, if it is wanted in addition to `table`.
    """

    table: pa.Table
    failed: tuple[Failure, ...]
    cell_count: int
    cells_used: int | None
    cells: pa.Table | None = None


def extract(
    where: str,
    output: str | Output,
    settings: ExtractSettings | None = None,
    progress: Progress = SILENT,
    *,
    executor: Executor = HERE,
    level: Level = Level.IMAGE,
    stdin: BinaryIO | None = None,
    stdout: BinaryIO | None = None,
) -> ExtractSummary:
    """Measure the cells of every field.

    Parameters
    ----------
    where
        Images, as `io.manifest.find_fields` takes them.
    output
        A folder, which gets both tables and is gone on with; a file (.parquet, .csv, .csv.gz,
        .arrow); or ``-``, `stdout`.
    settings
        How to read, segment, measure and run.
    progress
        Receives progress.
    executor
        Where the work runs.
    level
        Which table a file or `stdout` gets.
    stdin
        Read when `where` is ``-``.
    stdout
        Written when `output` is ``-``.

    Raises
    ------
    UsageError
        The command cannot start: options, what is at the output, other settings.
    DataError
        No field was found, or none could be done.
    """
    from hpa_features.io.store.output import parse_output

    began = time.monotonic()
    target = parse_output(output) if isinstance(output, str) else output
    settings = settings or ExtractSettings()
    _refuse_early(where, target, settings, stdout)
    if level is Level.EMBEDDINGS and settings.embedding is None:
        raise UsageError("--level embeddings needs a network.", hint="Add --embedding MODEL.onnx.")
    with _folder_of(target) as folder:
        lasting = target.path is not None
        plan = _plan(where, folder, settings, progress, executor, stdin)
        run = _run(plan, folder, progress, executor, lasting=lasting)
        if target.format is not None:
            run.write(target, level, stdout)
    failures = len(run.result.failed)
    return ExtractSummary(
        fields=len(run.result.done),
        cells=run.result.cells,
        cells_used=run.result.cells_used,
        features=run.count_features(level),
        failures=failures,
        seconds=time.monotonic() - began,
        output=str(target.path or "-"),
        failed=run.result.failed,
    )


def extract_table(
    where: str,
    settings: ExtractSettings | None = None,
    progress: Progress = SILENT,
    *,
    executor: Executor = HERE,
    level: Level = Level.IMAGE,
    cells: bool = False,
    check: Callable[[Mapping[str, Any]], None] = lambda _: None,
    stdin: BinaryIO | None = None,
    only: Sequence[str] = (),
) -> ExtractedTable:
    """Measure the cells of every field and return one table, or with `cells` both.

    `check` is called before any field is measured, with the settings that the table will keep.
    `only` names the fields to measure; none: all. Other parameters as for `extract`.
    """
    with tempfile.TemporaryDirectory(prefix="hpa-feat-") as folder:
        settings = settings or ExtractSettings()
        plan = _plan(where, Path(folder), settings, progress, executor, stdin, only)
        check(result_settings(plan.settings))
        run = _run(plan, Path(folder), progress, executor, lasting=False)
        beside = run.whole(Level.CELLS) if cells else None
        result = run.result
        return ExtractedTable(
            run.whole(level), result.failed, result.cells, result.cells_used, beside
        )


@dataclass(frozen=True, slots=True)
class _Run:
    """A run that has ended, its parts still in `folder`."""

    folder: Path
    schemas: Mapping[str, pa.Schema]
    result: RunResult

    def schema(self, level: Level) -> pa.Schema:
        """Return the schema of a table that leaves the folder."""
        from hpa_features.io.column_facts import TRAVELLING, keep_facts

        return keep_facts(self.schemas[_FOLDER_OF_LEVEL[level]], TRAVELLING)

    def count_features(self, level: Level) -> int:
        return sum(not name.startswith("Metadata_") for name in self.schema(level).names)

    def rows(self, level: Level) -> Iterator[pa.Table]:
        """Yield the rows of all fields that were done, in manifest order."""
        from hpa_features.io.store.ordered import rows_in_order

        entries = {entry.id: entry for entry in self.result.done}
        return rows_in_order(self.folder, _FOLDER_OF_LEVEL[level], entries, list(entries))

    def whole(self, level: Level) -> pa.Table:
        """Return a whole table."""
        import pyarrow as pa

        return pa.concat_tables([self.schema(level).empty_table(), *self.rows(level)])

    def write(self, target: Output, level: Level, stdout: BinaryIO | None) -> None:
        """Write one table to a file, with the failures next to it, or to `stdout`."""
        from hpa_features.io.store.failures import write_failures
        from hpa_features.io.store.writers import write_table_file, write_table_stream

        if target.format is None:
            return
        schema, rows = self.schema(level), self.rows(level)
        if target.path is not None:
            write_table_file(target.path, target.format, schema, rows)
            write_failures(failures_beside(target.path), self.result.failed)
        elif stdout is not None:
            write_table_stream(stdout, target.format, schema, rows)


def failures_beside(path: Path) -> Path:
    """Return where the failed fields of a single table are listed, when there are some."""
    return path.with_name(f"{path.name}.failures.csv")


def _plan(
    where: str,
    folder: Path,
    settings: ExtractSettings,
    progress: Progress,
    executor: Executor,
    stdin: BinaryIO | None,
    only: Sequence[str] = (),
) -> Plan:
    from hpa_features.pipeline.extract_fields import plan_extraction
    from hpa_features.pipeline.input_fields import find_input_fields, warn_of_coarse_fields

    fields = find_input_fields(where, settings, progress, stdin).only(only)
    sizes = [source.pixel_size_um or 0.0 for source in fields.sources]
    warn_of_coarse_fields(sizes, settings.grid_um, progress)
    plan = plan_extraction(fields, settings, folder, progress, executor)
    if len(plan.run["settings"]["channels"]) < len(fields.channels):
        progress.note(f"{folder} was started without yellow, so ER is ignored in these fields too.")
    return plan


def _run(
    plan: Plan,
    folder: Path,
    progress: Progress,
    executor: Executor,
    *,
    lasting: bool,
) -> _Run:
    from hpa_features.pipeline.field_runs import run_fields

    return _Run(folder, plan.schemas, run_fields(plan, folder, progress, executor, lasting=lasting))


@contextmanager
def _folder_of(target: Output) -> Iterator[Path]:
    """Yield where parts gather: the folder asked for, or one that is removed at the end.

    The one next to a file stays after a kill or a failure, so that the same command resumes.
    """
    if target.path is None:
        with tempfile.TemporaryDirectory(prefix="hpa-feat-") as temporary:
            yield Path(temporary)
    elif target.format is None:
        yield target.path
    else:
        folder = target.path.with_name(f".{target.path.name}.parts")
        yield folder
        shutil.rmtree(folder)


def _refuse_early(
    where: str, target: Output, settings: ExtractSettings, stdout: BinaryIO | None
) -> None:
    """Refuse outputs that could not be written, before any work."""
    from hpa_features.io.atomic import refuse_existing
    from hpa_features.io.store.writers import refuse_terminal

    if target.format is None:
        return
    if settings.keep_masks:
        raise UsageError(
            "--keep-masks needs a folder for -o.", hint="For example: -o features --keep-masks"
        )
    if settings.shard.number:
        raise UsageError("--shard needs a folder that all shards write to.", hint="-o features")
    if target.path is None:
        if stdout is None:
            raise UsageError("-o - needs a stream to write to.")
        refuse_terminal(stdout, target.format)
    else:
        refuse_existing(target.path, overwrite=settings.overwrite, inputs=(where,))
