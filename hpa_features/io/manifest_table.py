"""Tables that list fields: a row a field, or a row a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from hpa_features.core.errors import UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import FieldSource
from hpa_features.io.grouping import missing_channels
from hpa_features.io.manifest_notes import notes_on
from hpa_features.io.row_files import read_rows
from hpa_features.io.rows import check_header, sources_of_rows
from hpa_features.io.sniff import StreamKind
from hpa_features.io.table_text import Content
from hpa_features.io.tall_manifest import is_tall, sources_of_files

Found: TypeAlias = tuple[tuple[FieldSource, ...], tuple[Failure, ...], tuple[str, ...]]
"""Fields, those that lack a channel, and lines for the user."""


def fields_of_table(
    data: Content, kind: StreamKind, settings: InputSettings, folder: str, place: str
) -> Found:
    """Return the fields that a table lists, in row order, failures, and notes.

    Parameters
    ----------
    data
        The whole file.
    kind
        What it is, by its first bytes.
    settings
        Whether yellow may be missing, and what marks channels in a table with a row a file.
    folder
        What relative paths are relative to; empty: the working folder.
    place
        The table's name, for messages.

    Raises
    ------
    UsageError
        It is not a manifest, or cannot be read as one.
    """
    if kind is StreamKind.ARROW:
        raise UsageError(
            f"{place} is an Arrow table, not images.",
            hint="hpa-feat predict MODEL INPUT accepts feature tables.",
        )
    columns, rows = read_rows(data, kind, place)
    ignored: Sequence[str]
    if is_tall(columns):
        sources, ignored, notes = sources_of_files(columns, rows, settings, folder, place)
    else:
        kept, ignored = check_header(columns, place)
        texts = ({kept[n]: text for n, text in zip(columns, row) if n in kept} for row in rows)
        sources, notes = tuple(sources_of_rows(texts, folder, place)), ()
    failures = {source.id: missing_channels(source, settings) for source in sources}
    taken = tuple(source for source in sources if failures[source.id] is None)
    failed = tuple(filter(None, failures.values()))
    if ignored:
        columns_left = f"column{'s' if len(ignored) > 1 else ''} ignored: {', '.join(ignored)}"
        left = f"{place}: {columns_left}; a name that begins with Metadata_ is kept."
        notes = (left, *notes)
    return taken, failed, (*notes, *notes_on(taken, place))
