"""Feature tables as the verbs take them: ours with the registry's descriptions, or others'."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.tables import FeatureTable

if TYPE_CHECKING:
    import pyarrow as pa


def load_features(
    source: str | BinaryIO | pa.Table,
    blocks: Sequence[str] = (),
    *,
    not_features: Sequence[str] = (),
    progress: Progress = SILENT,
) -> FeatureTable:
    """Read a feature table and join blocks to it.

    Parameters
    ----------
    source
        A table, a store, an open binary stream, or an Arrow table, which is called ``features``.
    blocks
        Tables joined by Id, each a block named after its file.
    not_features
        Columns that are not features.
    progress
        Receives what was ignored or is missing.

    Raises
    ------
    UsageError
        A file is missing or malformed.
    DataError
        A file is damaged or shares no id.
    """
    from hpa_features.features.families import FAMILIES
    from hpa_features.features.registry import image_entries
    from hpa_features.io.blocks import join_blocks
    from hpa_features.io.tables import features_of, read_features

    known = {entry.column.name: entry.column for entry in image_entries(FAMILIES)}
    if isinstance(source, str) or hasattr(source, "read"):
        table = read_features(source, known=known, not_features=not_features, progress=progress)
    else:
        table = features_of(
            source, "features", known=known, not_features=not_features, progress=progress
        )
    return join_blocks(table, blocks, progress=progress)
