"""Rows of one or two sets side by side, and which of them belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hpa_features.core.errors import DataError
from hpa_features.core.progress import Progress
from hpa_features.core.settings import AuditSettings
from hpa_features.core.tables import FeatureTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hpa_features.core.types import Channel, FieldSource
    from hpa_features.pipeline.audit_copies import Copies
    from hpa_features.pipeline.audit_fields import Side


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of both sets, those of the input first.

    Attributes
    ----------
    table
        Ids, metadata, and the columns that both sets have.
    hashes
        Of the channels that both sets have, each (rows,) uint64; empty without any.
    sources
        (rows,) where each field's files lie; None for rows of a table.
    second
        (rows,) bool: rows of the other set.
    """

    table: FeatureTable
    hashes: Mapping[Channel, NDArray[np.uint64]]
    sources: tuple[FieldSource | None, ...]
    second: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Grouped:
    """Which rows belong together.

    Attributes
    ----------
    names
        (rows,) name of each row's group, known groups and near-duplicates joined.
    numbers
        (rows,) the same as numbers from 0.
    copies
        (rows,) groups of near-duplicates alone.
    source
        Where the known groups are from; ``none`` without any.
    known
        (rows,) name of the group that was known, the row's id where none was.
    """

    names: tuple[str, ...]
    numbers: NDArray[np.intp]
    copies: NDArray[np.intp]
    source: str
    known: tuple[str, ...]


def side_by_side(first: Side, second: Side | None) -> Rows:
    """Return the rows of both sets with what both have.

    Raises
    ------
    DataError
        They have no column in common.
    """
    import numpy as np

    if second is None:
        alone = np.zeros(len(first.table.ids), np.bool_)
        return Rows(first.table, first.hashes, first.sources, alone)
    one, two = first.table, second.table
    at = {column.name: place for place, column in enumerate(two.columns)}
    common = [place for place, column in enumerate(one.columns) if column.name in at]
    if not common:
        raise DataError(
            f"The two sets have no column in common: {one.names[0]} … against {two.names[0]} ….",
            hint="Give both as images, or both as feature tables of the same kind.",
        )
    columns = tuple(one.columns[place] for place in common)
    theirs = two.values[:, [at[column.name] for column in columns]]
    table = replace(
        one,
        ids=(*one.ids, *two.ids),
        columns=columns,
        values=np.vstack([one.values[:, common], theirs]),
        metadata={
            name: (*_texts(one, name), *_texts(two, name))
            for name in dict.fromkeys((*one.metadata, *two.metadata))
        },
    )
    hashes = {
        channel: np.concatenate([words, second.hashes[channel]])
        for channel, words in first.hashes.items()
        if channel in second.hashes
    }
    sources = (*first.sources, *second.sources)
    return Rows(table, hashes, sources, np.arange(len(table.ids)) >= len(one.ids))


def _texts(table: FeatureTable, name: str) -> tuple[str, ...]:
    return table.metadata.get(name, ("",) * len(table.ids))


def group_rows(rows: Rows, copies: Copies, settings: AuditSettings, progress: Progress) -> Grouped:
    """Return known groups joined by near-duplicates.

    A group is named after the known group of its first row, or after that row's id.

    Raises
    ------
    UsageError, DataError
        As `io.groups.choose_groups`.
    """
    import numpy as np

    from hpa_features.io.groups import AUTO, NONE, auto_column, choose_groups
    from hpa_features.learn.copies import joined_groups, numbered

    wanted = settings.group
    if wanted == AUTO and not auto_column(rows.table):
        wanted = NONE
        if not settings.groups_file:
            progress.note("No groups are known; only near-duplicates form groups.")
    known = choose_groups(rows.table, wanted, settings.groups_file, progress=progress)
    numbers = joined_groups(numbered(np.array(known.values)), copies.pairs)
    first = np.unique(numbers, return_index=True)[1]
    return Grouped(
        names=tuple(known.values[first[number]] for number in numbers),
        numbers=numbers,
        copies=joined_groups(np.arange(len(numbers)), copies.pairs),
        source=settings.groups_file or known.source,
        known=known.values,
    )


def differing(groups: Sequence[str], labels: Sequence[frozenset[str] | None]) -> frozenset[str]:
    """Return the groups whose rows have different labels; None stands for unknown labels."""
    sets: dict[str, set[frozenset[str]]] = {}
    for group, each in zip(groups, labels):
        if each is not None:
            sets.setdefault(group, set()).add(each)
    return frozenset(group for group, different in sets.items() if len(different) > 1)
