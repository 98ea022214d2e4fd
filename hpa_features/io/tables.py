"""Feature tables: Parquet, CSV, Arrow or a store → `FeatureTable`.

Columns that `extract` wrote are described in their Arrow field metadata (key ``hpa_feat``), or
in the `schema.json` of their store. Any other table's columns are divided into blocks by name
(see `io.table_columns`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.tables import IN_TRAINING, Column, FeatureTable
from hpa_features.io.arrow import (
    GROUP_COLUMN,
    METADATA,
    ids_of,
    name_some,
    read_arrow,
    read_part,
    words,
)
from hpa_features.io.column_facts import KEY
from hpa_features.io.csv_table import has_decimal_commas
from hpa_features.io.store.parts import part_paths
from hpa_features.io.store.run_file import read_columns
from hpa_features.io.table_columns import numeric_columns

_RELEASE_EVERY = 64  # columns; Arrow would keep the memory of columns for later ones


def is_store(path: str) -> bool:
    """Whether `path` is a directory that `extract` wrote."""
    return any((Path(path) / "images").glob("part-*.parquet"))


def read_features(
    source: str | BinaryIO,
    *,
    known: Mapping[str, Column] | None = None,
    not_features: Sequence[str] = (),
    progress: Progress = SILENT,
) -> FeatureTable:
    """Read the numeric columns of a table by row id.

    Numbers and booleans are features, except ids, ``Metadata_`` columns and ``Group``. Columns
    with whole numbers beyond ±2^53 (times, hashes, barcodes) are excluded and noted. Text columns
    are not features; they are noted, and kept as metadata so that rows can be grouped by them.

    Parameters
    ----------
    source
        A file that `io.arrow.read_arrow` reads, a store directory, or a binary stream.
    known
        What hpa-feat's columns mean, for files that do not state it (CSV).
    not_features
        Further columns that are not features (the one to group by).
    progress
        Receives notes on ignored columns.

    Returns
    -------
    FeatureTable
        Rows in the file's order; of a store, whose parts depend on how it was run, by Id.

    Raises
    ------
    UsageError
        No such file, no id column, duplicate ids, an infinite value.
    DataError
        The file is damaged, or it has no rows or no numeric columns.
    """
    name = source if isinstance(source, str) else "standard input"
    store = isinstance(source, str) and Path(source).is_dir()
    if isinstance(source, str) and store:
        known = {**(known or {}), **read_columns(Path(source), "images")}
    # Nothing here holds the Arrow table while its numbers are copied and it is let go.
    return features_of(
        _read_store(Path(name))
        if store
        else read_arrow(source, text=(GROUP_COLUMN, *not_features)),
        name,
        known=known,
        not_features=not_features,
        progress=progress,
    )


def features_of(
    table: pa.Table,
    name: str,
    *,
    known: Mapping[str, Column] | None = None,
    not_features: Sequence[str] = (),
    progress: Progress = SILENT,
) -> FeatureTable:
    """Return the numeric columns of an Arrow table called `name`; see `read_features`."""
    ids = ids_of(table, name)
    if not ids:
        raise DataError(f"{name} has no rows.")
    excluded = {GROUP_COLUMN, IN_TRAINING, *not_features}
    columns, text, inexact = numeric_columns(table, name, excluded, known or {}, progress)
    _note_texts(table, [each for each in text if each not in not_features], name, progress)
    metadata = {
        each.removeprefix(METADATA): words(table, each)
        for each in sorted(text, key=lambda each: each.startswith(METADATA))
    }
    settings = _settings(table)
    numeric = [each.name for each in columns]
    numbers = [table.column(each) for each in numeric]
    del table
    values = _numbers(numbers, numeric, ids, name)
    found = FeatureTable(ids, columns, values, metadata, settings, inexact)
    if trained := sum(found.in_training):
        progress.warn(
            f"{name}: {trained:,} of {len(ids):,} rows are predictions of a model that was trained "
            "on these rows (InTraining); a model trained on them gets scores that are too high."
        )
    return found


def _read_store(folder: Path) -> pa.Table:
    parts = part_paths(folder, "images")
    if not parts:
        raise UsageError(
            f"{folder} has no feature table (images/part-*.parquet).",
            hint="For a folder of images run hpa-feat extract first.",
        )
    tables = [read_part(part) for part in parts]
    return pa.concat_tables(tables, promote_options="default").sort_by(f"{METADATA}Id")


def _note_texts(table: pa.Table, text: Sequence[str], name: str, progress: Progress) -> None:
    """Note the columns of text; numbers that are written as text are refused by name."""
    left_out = [each for each in text if not each.startswith(METADATA) and each != GROUP_COLUMN]
    commas = [each for each in left_out if has_decimal_commas(table.column(each))]
    if commas:
        raise UsageError(
            f"{name} has numbers with a comma in {name_some(commas)}.",
            hint="Write 1.5 for 1,5 and 1000 for 1,000, or name a column that is text Metadata_….",
        )
    if left_out:
        progress.note(
            f"{name}: text columns are not features and are ignored: {name_some(left_out)}."
        )


def _numbers(
    columns: list[pa.ChunkedArray], names: Sequence[str], ids: tuple[str, ...], where: str
) -> NDArray[np.float32]:
    """Return (rows, columns) numbers, and let go of each of `columns` once it is copied."""
    # Column by column, so that what is written grows as what was read is let go.
    values = np.empty((len(names), len(ids)), dtype=np.float32)
    infinite, first = [], len(ids)
    columns.reverse()
    for position, name in enumerate(names):
        column = columns.pop()
        if not pa.types.is_floating(column.type):
            column = column.cast(pa.float64())
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite: refused below
            values[position] = column.to_numpy()
        rows = np.flatnonzero(np.isinf(values[position]))
        if len(rows):
            infinite.append(name)
            first = min(first, int(rows[0]))
        if position % _RELEASE_EVERY == 0:
            pa.default_memory_pool().release_unused()
    if infinite:
        raise UsageError(
            f"{where} has infinite values (or beyond ±3.4e38) in {name_some(infinite)}; "
            f"first in row {ids[first]}.",
            hint="Leave such cells empty, or fix how they were computed.",
        )
    del column
    pa.default_memory_pool().release_unused()
    return np.ascontiguousarray(values.T)


def _settings(table: pa.Table) -> Mapping[str, object]:
    facts = json.loads((table.schema.metadata or {}).get(KEY, b"{}"))
    settings = facts.get("settings", {}) if isinstance(facts, dict) else {}
    return settings if isinstance(settings, dict) else {}
