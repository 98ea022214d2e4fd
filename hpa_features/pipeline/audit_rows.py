"""Rows of one or two sets side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hpa_features.core.errors import DataError
from hpa_features.core.tables import FeatureTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hpa_features.core.types import Channel, FieldSource
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
