"""What the networks of a model see, in the words of its other columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hpa_features.core.embedding_names import is_embedding_block

if TYPE_CHECKING:
    from hpa_features.core.tables import FeatureTable
    from hpa_features.io.oof import OutOfFold
    from hpa_features.learn.model import Model
    from hpa_features.learn.network_words import Direction


def describe_networks(
    learned: Model, oof: OutOfFold, table: FeatureTable, joined: Sequence[str]
) -> tuple[Direction, ...]:
    """Return each label's direction in each network's numbers.

    Parameters
    ----------
    learned, oof
        A model and its out-of-fold table, whose folds are used again.
    table
        The features that it was trained on.
    joined
        Paths of joined tables, which count as networks.

    Returns
    -------
    tuple of Direction
        Empty where the model has no network, or no column with a meaning in words.
    """
    import numpy as np

    from hpa_features.io.array_files import block_name
    from hpa_features.learn.importance import blocks_of
    from hpa_features.learn.network_words import directions

    of_networks = {block_name(path) for path in joined}
    networks = {
        block: places
        for block, places in blocks_of(learned.columns).items()
        if is_embedding_block(block) or block in of_networks
    }
    taken = {place for places in networks.values() for place in places.tolist()}
    named = [at for at, column in enumerate(learned.columns) if column.meaning and at not in taken]
    row_of = {each: row for row, each in enumerate(table.ids)}
    kept = [at for at, each in enumerate(oof.ids) if each in row_of]
    if not networks or not named:
        return ()
    values = learned.align(table)[[row_of[oof.ids[at]] for at in kept]]
    columns = [learned.columns[at] for at in named]
    return tuple(
        each
        for block, places in networks.items()
        for each in directions(
            block,
            values[:, places],
            np.ascontiguousarray(values[:, named]),
            columns,
            oof.truth[kept],
            oof.folds[kept],
        )
    )
