"""Which sets of columns an ablation trains on."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hpa_features.core.embedding_names import is_embedding_block
from hpa_features.core.tables import Column

EVERYTHING, CLASSICAL, NETWORKS = "everything", "classical", "embedding"
_LEFT_OUT = "without {}"
_TIMES = " × "


@dataclass(frozen=True, slots=True)
class ColumnSet:
    """Columns that one model is trained on.

    Attributes
    ----------
    name
        ``everything``, ``classical``, ``embedding`` or ``without <family>``.
    columns
        Their places.
    excluded
        The blocks that it lacks.
    """

    name: str
    columns: tuple[int, ...]
    excluded: tuple[str, ...]

    @property
    def folder(self) -> str:
        """Name of the set's model."""
        return re.sub(r"\W+", "-", self.name).strip("-")


def column_sets(
    columns: Sequence[Column], joined: Collection[str], *, families: bool
) -> tuple[ColumnSet, ...]:
    """Return the sets, all columns first.

    Parameters
    ----------
    columns
        Of the table.
    joined
        Blocks that were joined: vectors or scores of networks, as far as an ablation goes.
    families
        Whether each family of features is excluded in turn; of a table that is not ours, each
        block.
    """
    network = [is_embedding_block(each.block) or each.block in joined for each in columns]
    sets = [_set(EVERYTHING, columns, [True] * len(columns))]
    if any(network) and not all(network):
        sets += [
            _set(CLASSICAL, columns, [not each for each in network]),
            _set(NETWORKS, columns, network),
        ]
    if families:
        names = [
            "" if of_network else each.block.split(_TIMES)[-1]
            for each, of_network in zip(columns, network)
        ]
        for name in sorted({*names} - {""}):
            kept = [each != name for each in names]
            if any(kept):
                sets.append(_set(_LEFT_OUT.format(name), columns, kept))
    # Without its only family, a table of networks and classical columns is the networks alone.
    unique = {each.columns: each for each in reversed(sets)}
    return tuple(each for each in sets if unique[each.columns] is each)


def _set(name: str, columns: Sequence[Column], kept: Sequence[bool]) -> ColumnSet:
    places = tuple(at for at, keep in enumerate(kept) if keep)
    present = {columns[at].block for at in places}
    blocks = dict.fromkeys(each.block for each in columns)
    return ColumnSet(name, places, tuple(each for each in blocks if each not in present))
