"""What `train` is given besides features: labels and groups, in the shapes that notebooks have."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd
import pyarrow as pa

from hpa_features.api.fields import PathLike
from hpa_features.api.frames import ID, table_of
from hpa_features.core.errors import UsageError
from hpa_features.core.progress import Progress
from hpa_features.io.groups import AUTO
from hpa_features.io.labels import labels_of, read_labels

if TYPE_CHECKING:
    from hpa_features.core.tables import FeatureTable, LabelTable

LabelsInput: TypeAlias = (
    pd.DataFrame | pd.Series | Mapping[str, Sequence[str]] | Sequence[Sequence[str]] | PathLike
)
GroupsInput: TypeAlias = str | pd.Series | Mapping[str, Any] | Sequence[Any] | None
_SEPARATORS = ";|"


def label_table(labels: LabelsInput, ids: Sequence[str], progress: Progress) -> LabelTable:
    """Return which labels each row has; lists without ids are those of the rows `ids`.

    Raises
    ------
    UsageError
        Labels and rows differ in number, labels have no ids, or a label cannot be read.
    """
    if isinstance(labels, str | os.PathLike):
        return read_labels(os.fspath(labels), progress=progress)
    if isinstance(labels, pd.DataFrame):
        return labels_of(table_of(labels, "labels", text=None), "labels", progress=progress)
    if isinstance(labels, pd.Series):
        labels = dict(zip(_index_of(labels, ids), labels, strict=True))
    if not isinstance(labels, Mapping):
        rows = _in_order(labels, ids, "labels")
        labels = dict(zip(ids, rows, strict=True))
    named = {str(each): _names(value, str(each)) for each, value in labels.items()}
    table = pa.table({ID: list(named), _column(named.values()): [_text(v) for v in named.values()]})
    return labels_of(table, "labels", progress=progress)


def with_groups(table: FeatureTable, groups: GroupsInput) -> tuple[FeatureTable, str]:
    """Return the table with its groups as a column, and the name of that column.

    Raises
    ------
    UsageError
        Groups and rows differ in number.
    """
    if groups is None or isinstance(groups, str):
        return table, groups or AUTO
    name = "Group"
    if isinstance(groups, pd.Series):
        name = groups.name if isinstance(groups.name, str) and groups.name else name
        groups = dict(zip(_index_of(groups, table.ids), groups, strict=True))
    if not isinstance(groups, Mapping):
        groups = dict(zip(table.ids, _in_order(groups, table.ids, "groups"), strict=True))
    of_ids = {str(each): "" if pd.isna(value) else str(value) for each, value in groups.items()}
    if not any(each in of_ids for each in table.ids):
        raise UsageError(
            f"Groups and features have no id in common: groups have {next(iter(of_ids), 'none')}, "
            f"features have {table.ids[0]}."
        )
    name = name.removeprefix("Metadata_")
    values = tuple(of_ids.get(each, "") for each in table.ids)
    return replace(table, metadata={**table.metadata, name: values}), name


def _index_of(series: pd.Series, ids: Sequence[str]) -> list[str]:
    """Return the ids of a series; one that only counts its rows has those of the features."""
    if isinstance(series.index, pd.RangeIndex) and len(series) == len(ids):
        return list(ids)
    return [str(each) for each in series.index]


def _in_order(values: Iterable[Any], ids: Sequence[str], what: str) -> list[Any]:
    rows = list(values)
    if len(rows) != len(ids):
        raise UsageError(
            f"{len(rows):,} {what} were given for {len(ids):,} rows of features.",
            hint=f"Pass one for each row in its order, or a Series or dict of id and {what}.",
        )
    return rows


def _names(value: object, row: str) -> list[str]:
    """Return the labels of one row; a text may hold several, as in files."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Iterable):
        names = [str(each) for each in value]
        odd = [each for each in names if any(mark in each for mark in _SEPARATORS)]
        if odd:
            raise UsageError(
                f"labels, row {row}: {odd[0]!r} has a {_SEPARATORS[0]} or {_SEPARATORS[1]}, which "
                "separate labels.",
                hint="Rename the label.",
            )
        return names
    raise UsageError(
        f"labels, row {row}: expected a list of labels, got {value!r}.",
        hint='Pass a list for each row, empty for none: [["Nucleoplasm", "Cytosol"], []].',
    )


def _column(rows: Iterable[list[str]]) -> str:
    """Return how a file would name the column: ``Target`` for the integers of 2018."""
    found = [each for row in rows for each in row]
    return "Target" if found and all(each.isdecimal() for each in found) else "Labels"


def _text(names: list[str]) -> str:
    return (" " if all(each.isdecimal() for each in names) else ";").join(names)
