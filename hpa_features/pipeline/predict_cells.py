"""predict --level cells: a model and features or images → how much each cell speaks for labels."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.settings import PredictionForm, PredictSettings
from hpa_features.pipeline.predict import PredictSummary, check_output
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    from hpa_features.core.reasons import CellEvidence

_ID = "Metadata_Id"


def predict_cells(
    model: str,
    where: str,
    output: str,
    settings: PredictSettings | None = None,
    progress: Progress = SILENT,
    *,
    executor: Executor = HERE,
    stdin: BinaryIO | None = None,
    stdout: TextIO | None = None,
) -> PredictSummary:
    """Write a row for each cell: log-odds of each label, as `core.reasons.CellEvidence` has them.

    Parameters
    ----------
    output
        A .parquet or .csv file, or ``-``, `stdout`.
    model, where, settings, progress, executor, stdin
        As `predict` takes them; only the columns that the model reads of fields are needed.

    Raises
    ------
    UsageError
        The input has no cells, or the model cannot score them; as `predict`.
    BundleError, DataError
        As `predict`.
    """
    from hpa_features.io.bundle import read_bundle
    from hpa_features.learn.packing import unpack
    from hpa_features.pipeline.cell_evidence import evidence_of, why_no_cells
    from hpa_features.pipeline.predict_columns import compare
    from hpa_features.pipeline.predict_input import read_input
    from hpa_features.pipeline.simulated_training import warn_of_model

    began = time.monotonic()
    settings = settings or PredictSettings()
    reads = (where, settings.cells, *settings.blocks)
    check_output(output, PredictionForm.WIDE, overwrite=settings.overwrite, inputs=reads)
    bundle = read_bundle(Path(model))
    learned = unpack(bundle)
    simulated = warn_of_model(bundle.facts, progress)
    given = read_input(where, bundle.facts, settings, progress, executor, stdin, with_cells=True)
    reason = why_no_cells(learned, given)
    if reason:
        raise UsageError(
            f"--level cells: {reason}.",
            hint="Give images, the folder written by extract -o DIR, or --cells TABLE.",
        )
    compare(learned, given.table, bundle, progress)
    rows = range(len(given.table.ids))
    progress.start("predicting cells", len(rows))
    found = []
    for each in evidence_of(learned, given, rows, executor.slots):
        found.append(each)
        progress.advance()
    progress.finish()
    if not found:
        raise DataError("None of the fields has a cell.")
    _write(output, found, stdout)
    cells = sum(len(each.numbers) for _, each in found)
    known = frozenset(bundle.oof.ids)
    return PredictSummary(
        fields=len(found),
        features=len(learned.cell_columns or learned.columns),
        failures=len(given.failed),
        seconds=time.monotonic() - began,
        output=output,
        failed=given.failed,
        unlabelled=0,
        novel=0,
        prevalence={},
        simulated=simulated,
        in_training=sum(name in known for name, _ in found),
        cells=cells,
        cells_used=given.cells_used,
    )


def _write(
    output: str,
    found: list[tuple[str, CellEvidence]],
    stdout: TextIO | None,
) -> None:
    from hpa_features.io.atomic import replacing
    from hpa_features.io.row_files import write_csv

    header = [_ID, *_header(found)]
    if output == "-":
        if stdout is None:
            raise UsageError("-o - needs a stream to write to.")
        write_csv(stdout, header, _texts(found, header))
        stdout.flush()
        return
    with replacing(Path(output)) as temporary:
        if output.lower().endswith(".parquet"):
            _write_parquet(temporary, found, header)
        else:
            with temporary.open("w", encoding="utf-8", newline="") as file:
                write_csv(file, header, _texts(found, header))


def _header(found: list[tuple[str, CellEvidence]]) -> list[str]:
    """Return the columns of all fields, label by label; fields of many cells lack some."""
    tables = [list(each.table()) for _, each in found]
    return max(tables, key=len)


def _texts(found: list[tuple[str, CellEvidence]], header: list[str]) -> Iterator[list[str]]:
    for name, each in found:
        columns = each.table()
        for at in range(len(each.numbers)):
            values = (
                columns[column][at] if column in columns else math.nan for column in header[1:]
            )
            yield [name, *("" if math.isnan(value) else f"{value:.6g}" for value in values)]


def _write_parquet(path: Path, found: list[tuple[str, CellEvidence]], header: list[str]) -> None:
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    tables = [(each.table(), len(each.numbers)) for _, each in found]
    columns = {_ID: np.repeat([name for name, _ in found], [count for _, count in tables])}
    for column in header[1:]:
        parts = [table.get(column, np.full(count, np.nan)) for table, count in tables]
        columns[column] = np.concatenate(parts)
    parquet.write_table(pa.table(columns), path)
