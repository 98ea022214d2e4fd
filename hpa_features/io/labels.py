"""Label files → `LabelTable`: numbers of a challenge, names in ``Labels``, or a 0/1 column a label.

Numbers in ``Target`` and numbered 0/1 columns are those of the 2018 challenge, numbers in ``Label``
those of 2021's; the Human Protein Atlas's spellings mean its 28 locations; any other label set is
taken as it is named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.locations import LOCATIONS, LOCATIONS_2021, location_index
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.tables import LabelTable
from hpa_features.io.arrow import (
    GROUP_COLUMN,
    ID_COLUMNS,
    METADATA,
    ids_of,
    is_row_number,
    name_some,
    read_arrow,
    texts,
    words,
)
from hpa_features.io.label_words import (
    are_of_atlas,
    atlas_names,
    has_missing,
    is_numbers,
    names_of_2018,
    names_of_2021,
    one_line,
    plain_names,
)

_TARGET, _LABELS, _LABEL = "Target", "Labels", "Label"
_BITS = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False}


def read_labels(path: str, *, progress: Progress = SILENT) -> LabelTable:
    """Read which labels each row has.

    Parameters
    ----------
    path
        A CSV (also ``.gz``) or Parquet with ``Id`` and one of: ``Target`` (integers 0–27 of the
        2018 challenge between spaces), ``Labels`` (names between ``;`` or ``|``), ``Label``
        (integers 0–18 of the 2021 challenge between ``|``, or names), or one column of 0 and 1
        per label. They are looked for in this order, in any case. An empty text, ``NA``, ``nan``
        and the like in the first three mean no label.
    progress
        How numbers are read, how many rows hold ``NA``, and of label names that are none of
        the 28 locations where others are.

    Returns
    -------
    LabelTable
        Rows in the file's order. Labels: locations in their order, then others as they appear;
        of ``Target``, ``Labels`` and ``Label`` those that occur, of 0/1 columns all.

    Raises
    ------
    UsageError
        No such file, no ids or labels in it, duplicate ids, an unknown or misspelt label, a
        number where names are wanted, a value that is neither 0 nor 1; with the row.
    DataError
        The file is damaged, has no rows, or no row has a label.
    """
    return labels_of(read_arrow(path, text=None), path, progress=progress)


def labels_of(table: pa.Table, path: str, *, progress: Progress = SILENT) -> LabelTable:
    """Return which labels each row of an Arrow table called `path` has; see `read_labels`."""
    ids = ids_of(table, path)
    column = _label_column(table, path, progress)
    if not column:
        return _from_columns(table, ids, path, progress)
    cells = words(table, column)
    read = _reader(column.casefold(), cells)
    _note_missing(texts(table, column), column, path, progress)
    rows = _read_rows(cells, ids, path, read)
    if read is names_of_2021:
        progress.note(
            f"{path}: {column} holds numbers of the 2021 challenge, read with its names "
            "(0–18, where 18, Negative, means no label)."
        )
    return _from_names(rows, ids, path, progress)


def _label_column(table: pa.Table, path: str, progress: Progress) -> str:
    """Return which column names the labels; empty: they are columns of 0 and 1.

    Raises
    ------
    UsageError
        Two columns have its name in different cases.
    """
    wanted = [each.casefold() for each in (_TARGET, _LABELS, _LABEL)]
    found = [each for each in table.column_names if each.casefold() in wanted]
    found.sort(key=lambda each: wanted.index(each.casefold()))
    if not found:
        return ""
    column: str = found[0]
    others = found[1:]
    if others and others[0].casefold() == column.casefold():
        raise UsageError(
            f"{path} has the columns {column} and {others[0]}.", hint="Remove one of them."
        )
    if others:
        progress.note(f"{path}: labels are read from {column}; {name_some(others)} is ignored.")
    bits = _is_bits(words(table, column))
    if column.casefold() == _LABEL.casefold() and bits:
        progress.note(
            f"{path}: {column} contains only 0 and 1 and is read as one label of that name, not as "
            "numbers of the 2021 challenge."
        )
        return ""
    if column.casefold() == _TARGET.casefold() and bits:
        progress.note(
            f"{path}: {column} holds 0 and 1 only, read as numbers of the 2018 challenge: "
            f"{LOCATIONS[0]} and {LOCATIONS[1]}. A single 0/1 label needs a column of its name."
        )
    return column


def _reader(column: str, cells: Sequence[str]) -> Callable[[str], list[str]]:
    """Return what reads the cells of the column of that name in lower case."""
    if column == _TARGET.casefold():
        return names_of_2018
    if column == _LABEL.casefold() and any(is_numbers(cell) for cell in cells):
        return names_of_2021
    return atlas_names if are_of_atlas(cells) else plain_names


def _is_bits(cells: Sequence[str]) -> bool:
    """Whether a column ``Label`` is one of 0 and 1, as of a data set with one label."""
    return all(cell.casefold() in _BITS for cell in cells if cell)


def _note_missing(cells: Sequence[str], column: str, path: str, progress: Progress) -> None:
    missing = sum(has_missing(cell) for cell in cells)
    if missing:
        rows = "1 row holds" if missing == 1 else f"{missing:,} rows hold"
        progress.note(f"{path}: {rows} NA, nan or the like in {column}, which means no label.")


def _from_names(
    rows: Sequence[Sequence[str]], ids: tuple[str, ...], path: str, progress: Progress
) -> LabelTable:
    found = dict.fromkeys(name for row in rows for name in row)
    if not found:
        raise DataError(f"No row of {path} has a label.")
    labels = tuple(sorted(found, key=_position))
    others = [label for label in labels if label not in (*LOCATIONS, *LOCATIONS_2021)]
    if 0 < len(others) < len(labels):
        progress.warn(
            f"{path}: labels that are not among the 28 locations are kept as they are: "
            f"{name_some(others)}."
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
            rows.append(read(one_line(cell)))
        except ValueError as error:
            raise UsageError(f"{path}, data row {number} (Id {each}): {error}") from error
    return rows


def _position(label: str) -> int:
    return LOCATIONS.index(label) if label in LOCATIONS else len(LOCATIONS)


def _from_columns(
    table: pa.Table, ids: tuple[str, ...], path: str, progress: Progress
) -> LabelTable:
    columns = [
        name
        for name in table.column_names
        if name not in (*ID_COLUMNS, GROUP_COLUMN)
        and not name.startswith(METADATA)
        and not is_row_number(name)
    ]
    if not columns:
        raise UsageError(
            f"{path} has no label columns.",
            hint="Wanted a column Target (integers 0–27), Labels (names between ;), "
            "or one column of 0 and 1 per label.",
        )
    labels = _column_labels(columns, path, progress)
    twice = [label for label in labels if labels.count(label) > 1]
    if twice:
        same = [name for name, label in zip(columns, labels) if label == twice[0]]
        raise UsageError(f"{path}: the columns {' and '.join(same)} mean the same label.")
    truth = np.stack([_bits(table, name, ids, path) for name in columns], axis=1)
    if not truth.any():
        raise DataError(f"No row of {path} has a label.")
    return LabelTable(ids, tuple(labels), truth)


def _column_labels(columns: Sequence[str], path: str, progress: Progress) -> list[str]:
    """Return the label that each 0/1 column stands for.

    Numbers mean locations only where every numbered column is below 28: ``1``…``40`` is another
    label set. The columns 0–18 without others are as many as the classes of the 2021 challenge.

    Raises
    ------
    UsageError
        The numbers could be those of either challenge.
    """
    numbers = {int(name): name for name in columns if name.isdecimal()}
    if sorted(numbers) == list(range(len(LOCATIONS_2021) + 1)):
        raise UsageError(
            f"{path} has the columns 0–18, which are the numbers of the 2021 challenge; numbered "
            "columns are read as those of 2018.",
            hint="Name the columns by their labels, such as Nucleoplasm.",
        )
    if any(number >= len(LOCATIONS) for number in numbers):
        numbered = {name for name in columns if name.isdecimal()}
        return [name if name in numbered else _atlas_label(name) for name in columns]
    if numbers:
        meant = [f"{name} is {LOCATIONS[number]}" for number, name in numbers.items()]
        progress.note(f"{path}: columns are numbers of the 2018 challenge: {name_some(meant, 3)}.")
    return [_atlas_label(name) for name in columns]


def _atlas_label(name: str) -> str:
    index = location_index(name)
    return name if index is None else LOCATIONS[index]


def _bits(table: pa.Table, name: str, ids: Sequence[str], path: str) -> NDArray[np.bool_]:
    cells = texts(table, name)
    bits = [_BITS.get(cell.strip().casefold()) for cell in cells]
    if None in bits:
        row = bits.index(None)
        raise UsageError(
            f"{path}, data row {row + 1} (Id {ids[row]}): column {name} holds {cells[row]!r}, "
            "wanted 0 or 1.",
            hint=f"Every row needs 0 or 1 for every label. To give label names, use one column "
            f"Labels, separated by ;. Remove a column that is not a label, or name it {METADATA}….",
        )
    return np.array(bits, dtype=np.bool_)
