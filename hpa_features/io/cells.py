"""Tables of cells: many rows an Id, gathered image by image into one file of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.tables import SIMULATED, Column, means_yes
from hpa_features.io.arrow import (
    METADATA,
    id_column,
    name_some,
    read_arrow,
    read_part,
    read_part_schema,
    texts,
    words,
)
from hpa_features.io.store.parts import part_paths
from hpa_features.io.store.run_file import read_columns
from hpa_features.io.table_columns import numeric_columns

_BORDER, _HAS_NUCLEUS = f"{METADATA}Border", f"{METADATA}HasNucleus"
_NUMBER = f"{METADATA}ObjectNumber"
_SIMULATED = f"{METADATA}{SIMULATED}"
_NO = {"false", "0", "0.0", "", "no"}


@dataclass(frozen=True, slots=True)
class CellTable:
    """A table of cells, read part by part.

    Attributes
    ----------
    name
        What to call it.
    columns
        Its features.
    id_name
        Column with the image of each cell.
    parts
        Files, or tables in memory; no image lies in two of them.
    inexact
        Columns that are excluded because floats would round their whole numbers.
    """

    name: str
    columns: tuple[Column, ...]
    id_name: str
    parts: tuple[Path | pa.Table, ...]
    inexact: tuple[str, ...] = ()

    def read(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """Yield the parts with these columns, the Id, and the marks of cells that they carry."""
        for part in self.parts:
            yield self.read_part(part, names)

    def simulated_ids(self) -> frozenset[str]:
        """Return the ids of images whose cells are of a simulated field."""
        marked = (part for part in self.parts if _SIMULATED in _names_in(part))
        return frozenset(
            each
            for part in (self.read_part(part, ()) for part in marked)
            for each, mark in zip(texts(part, self.id_name), texts(part, _SIMULATED))
            if means_yes(mark)
        )

    def read_part(self, part: Path | pa.Table, names: Sequence[str]) -> pa.Table:
        """Return a part with these columns, the Id, and the marks of cells that it carries."""
        wanted = self._wanted(_names_in(part), names)
        return read_part(part, wanted) if isinstance(part, Path) else part.select(wanted)

    def _wanted(self, known: Sequence[str], names: Sequence[str]) -> list[str]:
        flags = [each for each in (_BORDER, _HAS_NUCLEUS, _SIMULATED) if each in known]
        return [self.id_name, *flags, *names]


def _names_in(part: Path | pa.Table) -> Sequence[str]:
    """Return the columns of a part; of a file, its rows are not read."""
    schema = read_part_schema(part) if isinstance(part, Path) else part.schema
    names: Sequence[str] = schema.names
    return names


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Cells by image: `values` (cells, columns), `starts` (images + 1,) where each one's begin."""

    values: NDArray[np.float32]
    starts: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class FieldCells:
    """All cells of one field, those at the border too.

    Attributes
    ----------
    numbers
        (cells,) ``Metadata_ObjectNumber``, or 1…n where the table has none.
    usable
        (cells,) bool: inside the frame and with a nucleus, as statistics of fields want them.
    values
        (cells, columns).
    """

    numbers: NDArray[np.int64]
    usable: NDArray[np.bool_]
    values: NDArray[np.float32]


def cells_by_field(
    table: CellTable, ids: Sequence[str], names: Sequence[str]
) -> Iterator[tuple[str, FieldCells]]:
    """Yield the cells of each of these fields that has some, in the order of the table.

    `names` are the columns, in order. Raises as `gather`.
    """
    wanted = frozenset(ids)
    for part in table.parts:
        numbered = [_NUMBER] if _NUMBER in _names_in(part) else []
        rows = table.read_part(part, (*numbered, *names))
        owners = np.array(texts(rows, table.id_name))
        usable = ~_flag(rows, _BORDER, absent=False) & _flag(rows, _HAS_NUCLEUS, absent=True)
        for each in dict.fromkeys(owners.tolist()):
            if each not in wanted:
                continue
            at = np.flatnonzero(owners == each)
            cells = rows.take(pa.array(at))
            numbers = cells.column(_NUMBER).to_numpy() if numbered else np.arange(1, len(at) + 1)
            values = _numbers(cells, names, table)
            yield each, FieldCells(numbers.astype(np.int64), usable[at], values)


def open_cells(
    source: str | pa.Table,
    *,
    known: Mapping[str, Column],
    name: str = "",
    progress: Progress = SILENT,
) -> CellTable:
    """Return a table of cells without reading its numbers.

    Parameters
    ----------
    source
        A folder that ``extract`` made, a file that `io.arrow.read_arrow` reads, or a table.
    known
        What hpa-feat's columns mean, for tables that do not state it.
    name
        What to call a table in memory.
    progress
        Receives notes on excluded columns.

    Raises
    ------
    UsageError
        No such table; the folder holds no cells; no column names the image of a cell.
    DataError
        It is damaged, or has no numeric columns.
    """
    parts: tuple[Path | pa.Table, ...]
    if isinstance(source, str) and Path(source).is_dir():
        parts = part_paths(Path(source), "cells")
        if not parts:
            raise UsageError(
                f"{source} has no table of cells (cells/part-*.parquet).",
                hint="Create one with: hpa-feat extract IMAGES -o DIR",
            )
        known = {**known, **read_columns(Path(source), "cells")}
        first = read_part_schema(parts[0]).empty_table()
    else:
        first = read_arrow(source) if isinstance(source, str) else source
        parts = (first,)
    name = source if isinstance(source, str) else name
    columns, _, inexact = numeric_columns(first, name, set(), known, progress)
    return CellTable(name, columns, id_column(first, name), parts, inexact)


def gather(
    table: CellTable,
    ids: Sequence[str],
    names: Sequence[str],
    fewest: int,
    out: Path,
    *,
    need_some: bool = True,
) -> Gathered:
    """Write the cells of the images `ids`, image by image, and return them mapped from the file.

    Cells at the border or without nucleus are excluded where `fewest` others remain.

    Parameters
    ----------
    names
        Columns, in order.
    out
        A ``.npy`` file to make.
    need_some
        Whether one of the images must have a cell.

    Raises
    ------
    DataError
        None of the images has a cell, and some must.
    UsageError
        A value is infinite.
    """
    row_of = {each: row for row, each in enumerate(ids)}
    counts = np.zeros(len(ids), dtype=np.intp)
    for part in table.read(()):
        owner = counting_cells(part, table.id_name, row_of, fewest)
        counts += np.bincount(owner[owner >= 0], minlength=len(ids))
    starts = np.concatenate([[0], np.cumsum(counts)])
    if not starts[-1] and not need_some:
        return Gathered(np.empty((0, len(names)), dtype=np.float32), starts)
    if not starts[-1]:
        raise DataError(f"{table.name} has no cell of these images: {name_some(tuple(ids), 3)}.")
    shape = (int(starts[-1]), len(names))
    values = np.lib.format.open_memmap(out, mode="w+", dtype=np.float32, shape=shape)
    for part in table.read(names):
        owner = counting_cells(part, table.id_name, row_of, fewest)
        order = np.argsort(owner, kind="stable")[np.count_nonzero(owner < 0) :]
        sorted_owner = owner[order]
        first = np.searchsorted(sorted_owner, sorted_owner)
        place = starts[sorted_owner] + np.arange(len(order)) - first
        values[place] = _numbers(part, names, table)[order]
    values.flush()
    return Gathered(values, starts)


def counting_cells(
    part: pa.Table, id_name: str, row_of: Mapping[str, int], fewest: int
) -> NDArray[np.intp]:
    """Return (cells,) the number of each cell's image; −1 for cells that do not count.

    Parameters
    ----------
    part
        Cells; all of each image that has any.
    id_name
        Column with the image of a cell.
    row_of
        Number of each image.
    fewest
        Cells at the border or without nucleus count where fewer than these are left otherwise.
    """
    owner = np.array([row_of.get(each, -1) for each in texts(part, id_name)], dtype=np.intp)
    usable = ~_flag(part, _BORDER, absent=False) & _flag(part, _HAS_NUCLEUS, absent=True)
    count = np.bincount(owner[usable & (owner >= 0)], minlength=len(row_of))
    return np.where(usable | (count[owner] < fewest), owner, -1)


def _flag(part: pa.Table, name: str, *, absent: bool) -> NDArray[np.bool_]:
    if name not in part.column_names:
        return np.full(part.num_rows, absent)
    return np.array([each.lower() not in _NO for each in words(part, name)], dtype=np.bool_)


def _numbers(part: pa.Table, names: Sequence[str], table: CellTable) -> NDArray[np.float32]:
    values = np.empty((part.num_rows, len(names)), dtype=np.float32)
    for at, name in enumerate(names):
        column = part.column(name)
        if not pa.types.is_floating(column.type):
            column = column.cast(pa.float64())
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite: refused below
            values[:, at] = column.to_numpy()
    infinite = np.isinf(values).any(axis=0)
    if infinite.any():
        columns = [names[int(at)] for at in np.flatnonzero(infinite)]
        raise UsageError(
            f"{table.name} has infinite values (or beyond ±3.4e38) in {name_some(columns)}.",
            hint="Leave such cells empty, or fix how they were computed.",
        )
    return values
