"""What in a manifest is possible and probably a slip: reported, not refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hpa_features.core.types import CHANNEL_OF_COLOUR, Channel, FieldSource

# The colour that ends a file's name, as in 383_D2_1_green.tif.gz.
_COLOUR = re.compile(rf"(?:^|[_/\\])({'|'.join(CHANNEL_OF_COLOUR)})(?:\.\w+)+$", re.IGNORECASE)


def notes_on(sources: Sequence[FieldSource], place: str) -> tuple[str, ...]:
    """Return a line about files named for two fields, and one about names of another colour."""
    return tuple(filter(None, (_shared(sources, place), _other_colours(sources, place))))


def _planes(sources: Sequence[FieldSource]) -> Iterator[tuple[str, Channel, str]]:
    return (
        (source.id, channel, path) for source in sources for channel, path in source.files.items()
    )


def _shared(sources: Sequence[FieldSource], place: str) -> str:
    first: dict[str, str] = {}
    count, example = 0, ""
    for field_id, _, path in _planes(sources):
        other = first.setdefault(path, field_id)
        if other != field_id:
            count += 1
            example = example or f"{path} (fields {other} and {field_id})"
    if not count:
        return ""
    return f"{place}: {_planes_are(count)} named for several fields, for example {example}."


def _other_colours(sources: Sequence[FieldSource], place: str) -> str:
    count, example = 0, ""
    for field_id, channel, path in _planes(sources):
        named = _COLOUR.search(path)
        if named and named[1].lower() != channel.colour:
            count += 1
            example = example or f"{path} as {channel.colour} of {field_id}"
    if not count:
        return ""
    return (
        f"{place}: {_planes_are(count)} named after another colour than their column, "
        f"for example {example}."
    )


def _planes_are(count: int) -> str:
    return "1 file is" if count == 1 else f"{count:,} files are"
