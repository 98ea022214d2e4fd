"""Label files → `LabelTable`: Kaggle's ``Target``, names in ``Labels``, or a 0/1 column a label.

Integers 0–27 (also ``00``…``27``) and the Human Protein Atlas's spellings mean its 28 locations;
any other label set is taken as it is named.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.locations import LOCATIONS, location_index
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.tables import LabelTable
from hpa_features.io.arrow import ID_COLUMNS, METADATA, ids_of, name_some, read_arrow, texts
from hpa_features.io.tables import GROUP_COLUMN

_BITS = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False}
# "Nuclear body" and "Nuclear speckels" lie above, HPA's newer "Nucleoli rim" below.
_MISSPELT = 0.84


def read_labels(path: str, *, progress: Progress = SILENT) -> LabelTable:
    """Read which labels each row has.

    Parameters
    ----------
    path
        A CSV (also ``.gz``) or Parquet with ``Id`` and one of: ``Target`` (integers 0–27 between
        spaces; empty: no label), ``Labels`` (names between ``;`` or ``|``), or one column of 0
        and 1 per label. ``Target`` is taken before ``Labels``, and both before 0/1 columns.
    progress
        Told of label names that are none of the 28 locations beside some that are.

    Returns
    -------
    LabelTable
        Rows in the file's order. Labels: locations in their order, then others as they appear;
        of ``Target`` and ``Labels`` those that occur, of 0/1 columns all.

    Raises
    ------
    UsageError
        No such file, no ids or labels in it, duplicate ids, an unknown or misspelt label, a
        value that is neither 0 nor 1; with the row.
    DataError
        The file is damaged, has no rows, or no row has a label.
    """
    table = read_arrow(path, text=None)
    ids = ids_of(table, path)
    if "Target" in table.column_names:
        rows = _read_rows(texts(table, "Target"), ids, path, _integers)
    elif "Labels" in table.column_names:
        cells = texts(table, "Labels")
        of_atlas = any(location_index(name) is not None for cell in cells for name in _split(cell))
        rows = _read_rows(cells, ids, path, _atlas_names if of_atlas else _split)
    else:
        return _from_columns(table, ids, path)
    return _from_names(rows, ids, path, progress)


def _from_names(
    rows: Sequence[Sequence[str]], ids: tuple[str, ...], path: str, progress: Progress
) -> LabelTable:
    found = dict.fromkeys(name for row in rows for name in row)
    if not found:
        raise DataError(f"No row of {path} has a label.")
    labels = tuple(sorted(found, key=_position))
    others = [label for label in labels if label not in LOCATIONS]
    if 0 < len(others) < len(labels):
        progress.warn(
            f"{path}: not among the 28 locations, kept as labels of their own: {name_some(others)}."
        )
    column = {label: at for at, label in enumerate(labels)}
    truth = np.zeros((len(ids), len(labels)), dtype=np.bool_)
    for row, names in enumerate(rows):
        truth[row, [column[name] for name in names]] = True
    return LabelTable(ids, labels, truth)


def _read_rows(
    cells: Sequence[str],
    ids: Sequence[str],
    path: str,
    read: Callable[[str], list[str]],
) -> list[list[str]]:
    """Return the label names of each row; `read` raises ValueError with what is wrong."""
    rows = []
    for number, (cell, each) in enumerate(zip(cells, ids), 1):
        try:
            rows.append(read(cell))
        except ValueError as error:
            raise UsageError(f"{path}, data row {number} (Id {each}): {error}") from error
    return rows


def _integers(cell: str) -> list[str]:
    names = []
    for word in cell.split():
        if not word.isdecimal() or int(word) >= len(LOCATIONS):
            raise ValueError(
                f"unknown label {word!r} in Target; wanted integers 0–27 between spaces. "
                "Put names into a column Labels, between ; signs."
            )
        names.append(LOCATIONS[int(word)])
    return names


def _split(cell: str) -> list[str]:
    return [name for part in re.split("[;|]", cell) if (name := " ".join(part.split()))]


def _atlas_names(cell: str) -> list[str]:
    return [_atlas_name(name) for name in _split(cell)]


def _atlas_name(name: str) -> str:
    """Return the location that `name` means, or `name` itself where it resembles none."""
    index = location_index(name)
    if index is not None:
        return LOCATIONS[index]
    if name.isdecimal():
        raise ValueError(f"unknown label {name!r}; locations are numbered 0–27.")
    folded = {location.casefold(): location for location in LOCATIONS}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=_MISSPELT)
    if close:
        raise ValueError(f"unknown label {name!r}; did you mean {folded[close[0]]!r}?")
    return name


def _position(label: str) -> int:
    return LOCATIONS.index(label) if label in LOCATIONS else len(LOCATIONS)


def _from_columns(table: pa.Table, ids: tuple[str, ...], path: str) -> LabelTable:
    columns = [
        name
        for name in table.column_names
        if name not in (*ID_COLUMNS, GROUP_COLUMN) and not name.startswith(METADATA)
    ]
    if not columns:
        raise UsageError(
            f"{path} has no labels besides its ids.",
            hint="Wanted a column Target (integers 0–27), Labels (names between ;), "
            "or one column of 0 and 1 per label.",
        )
    labels = _column_labels(columns)
    twice = [label for label in labels if labels.count(label) > 1]
    if twice:
        same = [name for name, label in zip(columns, labels) if label == twice[0]]
        raise UsageError(f"{path}: the columns {' and '.join(same)} mean the same label.")
    truth = np.stack([_bits(table, name, ids, path) for name in columns], axis=1)
    if not truth.any():
        raise DataError(f"No row of {path} has a label.")
    return LabelTable(ids, tuple(labels), truth)


def _column_labels(columns: Sequence[str]) -> list[str]:
    """Return the label that each 0/1 column stands for.

    Numbers mean locations only where every numbered column is below 28: ``1``…``40`` is another
    label set.
    """
    numbered = [name for name in columns if name.isdecimal()]
    foreign = {name for name in numbered if any(int(each) >= len(LOCATIONS) for each in numbered)}
    indices = [None if name in foreign else location_index(name) for name in columns]
    return [name if index is None else LOCATIONS[index] for name, index in zip(columns, indices)]


def _bits(table: pa.Table, name: str, ids: Sequence[str], path: str) -> NDArray[np.bool_]:
    cells = texts(table, name)
    bits = [_BITS.get(cell.strip().casefold()) for cell in cells]
    if None in bits:
        row = bits.index(None)
        raise UsageError(
            f"{path}, data row {row + 1} (Id {ids[row]}): column {name} holds {cells[row]!r}, "
            "wanted 0 or 1.",
            hint="Names of labels go into one column Labels, between ;. A column that is no label "
            f"is left out, or named {METADATA}….",
        )
    return np.array(bits, dtype=np.bool_)
