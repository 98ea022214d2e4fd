"""Tables that are joined to the features: what ``--block`` reads, or DataFrames."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from hpa_features.api.fields import PathLike
from hpa_features.api.python_words import PYTHON
from hpa_features.core.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from hpa_features.core.tables import FeatureTable

BlocksInput: TypeAlias = "Mapping[str, pd.DataFrame] | Sequence[PathLike]"
_NAME = re.compile(r"[\w -]+")


def block_names(blocks: BlocksInput) -> tuple[str, ...]:
    """Return the names of DataFrames, or the paths of files, as a model stores them.

    Raises
    ------
    UsageError
        It is something else, or a name has other signs than letters, digits, spaces, ``_`` and
        ``-``.
    """
    import pandas as pd

    if isinstance(blocks, Mapping):
        for frame in blocks.values():
            if not isinstance(frame, pd.DataFrame):
                raise _neither(frame)
        unfit = [each for each in blocks if not _NAME.fullmatch(str(each))]
        if unfit:
            raise UsageError(
                f"A block cannot be named {unfit[0]!r}.",
                hint="Use letters, digits, spaces, _ and -.",
            )
        return tuple(map(str, blocks))
    if isinstance(blocks, str | os.PathLike | pd.DataFrame):
        raise _neither(blocks)
    for each in blocks:
        if not isinstance(each, str | os.PathLike):
            raise _neither(each)
    return tuple(os.fspath(each) for each in blocks)


def _neither(given: object) -> UsageError:
    what = repr(given) if isinstance(given, str) else f"a {type(given).__name__}"
    return UsageError(
        f"blocks must be a list of paths or a dict of names and DataFrames, got {what}.",
        hint='Pass blocks=["scores.csv"] or blocks={"cnn": scores}.',
    )


def with_blocks(table: FeatureTable, blocks: BlocksInput) -> FeatureTable:
    """Return the features with these tables joined by id.

    Raises
    ------
    HpaFeatError
        As `block_names`; a table cannot be read, has no ids or none of those of the features.
    """
    from hpa_features.api.frames import table_of
    from hpa_features.io.blocks import join_blocks

    names = block_names(blocks)
    if isinstance(blocks, Mapping):
        frames = {str(name): table_of(frame, str(name)) for name, frame in blocks.items()}
        return join_blocks(table, frames, progress=PYTHON)
    return join_blocks(table, names, progress=PYTHON)
