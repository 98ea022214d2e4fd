"""Rows of an evaluation by the values of a column, for figures of each value."""

from __future__ import annotations

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.progress import Progress


def parts_by(ids: tuple[str, ...], by: str, progress: Progress) -> dict[str, list[int]]:
    """Return the positions of rows by value of ``FILE:COLUMN``, values in order.

    Raises
    ------
    UsageError
        The file or the column does not exist.
    DataError
        None of the rows has a value.
    """
    from hpa_features.io.arrow import column_named, ids_of, name_some, read_arrow, words

    if not by:
        return {}
    path, _, column = by.rpartition(":")
    if not path or not column:
        raise UsageError(f"--by {by}: wanted FILE:COLUMN, such as tiles.csv:kind.")
    table = read_arrow(path, text=None)
    named = column_named(table, column)
    if not named:
        raise UsageError(
            f"--by {by}: {path} has no column {column}; it has {name_some(table.column_names)}."
        )
    value_of = dict(zip(ids_of(table, path), words(table, named)))
    parts: dict[str, list[int]] = {}
    for row, each in enumerate(ids):
        parts.setdefault(value_of.get(each, ""), []).append(row)
    without = parts.pop("", [])
    if not parts:
        raise DataError(f"--by {by}: none of the scored ids has a value there.")
    if without:
        lone = [ids[row] for row in without]
        progress.warn(f"--by {by}: {len(lone):,} ids have no value: {name_some(lone, 3)}.")
    return dict(sorted(parts.items()))
