"""Rows of a manifest, as texts by column, become fields, and fields become rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from hpa_features.core.errors import UsageError
from hpa_features.core.types import (
    CHANNELS,
    PLAUSIBLE_PIXEL_UM,
    Channel,
    FieldSource,
    PixelSizeSource,
)
from hpa_features.io.files import is_address
from hpa_features.io.names import hpa_facts
from hpa_features.io.table_text import is_missing

_PREFIX = "Metadata_"
_PIXEL_SIZE_SOURCE = "PixelSizeSource"
_KNOWN = ("Id", *(c.colour for c in CHANNELS), "cells", "nuclei", "pixel_size_um", "file_size")
_NEEDED = ("Id", "blue", "red", "green")


def check_header(columns: Sequence[str], place: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the known name of each column that is kept, and the names of those that are not.

    Raises
    ------
    UsageError
        A needed column is missing or one comes twice.
    """
    known = {name.casefold(): name for name in _KNOWN}
    kept: dict[str, str] = {}
    ignored = []
    for column in columns:
        if column.casefold() in known:
            kept[column] = known[column.casefold()]
        elif column.startswith(_PREFIX) and column != _PREFIX:
            kept[column] = column
        else:
            ignored.append(column)
    absent = [name for name in _NEEDED if name not in kept.values()]
    if absent:
        raise UsageError(
            f"{place} is not a manifest: column{'s' if len(absent) > 1 else ''} "
            f"{', '.join(absent)} missing; it has {', '.join(columns) or 'none'}.",
            hint="A manifest has Id, blue, red, yellow, green; `hpa-feat manifest DIR -o FILE.csv` "
            "writes one.",
        )
    names = [*(kept[each] for each in columns if each in kept), *ignored]
    repeated = [each for each in dict.fromkeys(names) if names.count(each) > 1]
    if repeated:
        raise UsageError(
            f"{place} has more than one column named {repeated[0]} (in any case).",
            hint="Rename or remove one of them.",
        )
    return kept, tuple(ignored)


def sources_of_rows(
    rows: Iterable[Mapping[str, str]], folder: str, place: str
) -> Iterator[FieldSource]:
    """Yield the field of each row, in row order.

    Parameters
    ----------
    rows
        Texts by the known names of `check_header`; empty texts are absent values.
    folder
        What relative paths are relative to; empty: the working folder.
    place
        The manifest's name, for messages.

    Raises
    ------
    UsageError
        A row without Id, with an Id that cannot name a file or was there before, or with a
        number that is none.
    """
    first_row: dict[str, int] = {}
    for number, row in enumerate(rows, start=2):  # row 1 is the header
        where = f"{place}, row {number}"
        source = _source(row, folder, where)
        if source.id in first_row:
            raise UsageError(
                f"{where}: Id {source.id} already occurs in row {first_row[source.id]}.",
                hint="Every field needs a different Id.",
            )
        first_row[source.id] = number
        yield source


def _source(row: Mapping[str, str], folder: str, where: str) -> FieldSource:
    field_id = row.get("Id", "")
    if not field_id:
        raise UsageError(f"{where}: the Id is empty.", hint="Every field needs a different Id.")
    if field_id in {".", ".."} or any(c in "/\\" or ord(c) < 32 for c in field_id):
        raise UsageError(
            f"{where}: Id {field_id!r} cannot be part of a file name.",
            hint="Use an Id without slashes and control characters.",
        )
    pixel_size = _pixel_size(row.get("pixel_size_um", ""), where)
    metadata = hpa_facts(field_id) | {
        name.removeprefix(_PREFIX): text
        for name, text in row.items()
        if name.startswith(_PREFIX) and text
    }
    origin = metadata.pop(_PIXEL_SIZE_SOURCE, "")
    known_origin = origin in PixelSizeSource.__members__.values()
    return FieldSource(
        field_id,
        {c: path for c in CHANNELS if (path := _resolved(row.get(c.colour, ""), folder))},
        cells=_resolved(row.get("cells", ""), folder),
        nuclei=_resolved(row.get("nuclei", ""), folder),
        pixel_size_um=pixel_size,
        pixel_size_source=None
        if pixel_size is None
        else PixelSizeSource(origin)
        if known_origin
        else PixelSizeSource.MANIFEST,
        file_size=_file_size(row.get("file_size", ""), where),
        metadata=metadata,
    )


def _resolved(path: str, folder: str) -> str:
    """Return the path of a file as the working folder sees it, empty where there is none.

    No shell has replaced a ``~/``. An address with ``://`` stays, for the message about it.
    """
    if is_missing(path):
        return ""
    if path.startswith("~/"):
        return str(Path(path).expanduser())
    return str(Path(folder, path)) if folder and not is_address(path) else path


def _pixel_size(text: str, where: str) -> float | None:
    if not text:
        return None
    try:
        size = float(text)
    except ValueError:
        size = math.nan
    low, high = PLAUSIBLE_PIXEL_UM
    if not low <= size <= high:
        raise UsageError(
            f"{where}: pixel_size_um is {text!r}, wanted {low:g} to {high:g} µm.",
            hint="Write it in µm, 0.08 for 80 nm; leave it empty where it is not known.",
        )
    return size


def _file_size(text: str, where: str) -> int | None:
    if not text:
        return None
    try:
        return int(float(text))  # tables with gaps hold integers as 4195920.0
    except (ValueError, OverflowError):
        raise UsageError(
            f"{where}: file_size is {text!r}, wanted bytes of the original TIFF.",
            hint="Leave it empty where it is not known.",
        ) from None


def rows_of_sources(
    sources: Sequence[FieldSource], folder: str
) -> tuple[list[str], Iterator[list[str]]]:
    """Return the header of a manifest of `sources` and its rows.

    Paths below `folder` are written relative to it, others as absolute paths; with `folder`
    empty all stay as they are. Columns that would be empty are omitted.
    """
    optional = {
        "cells": any(s.cells for s in sources),
        "nuclei": any(s.nuclei for s in sources),
        "pixel_size_um": any(s.pixel_size_um is not None for s in sources),
        "file_size": any(s.file_size is not None for s in sources),
    }
    facts = list(dict.fromkeys(key for s in sources for key in s.metadata))
    if optional["pixel_size_um"]:
        facts.append(_PIXEL_SIZE_SOURCE)
    known = [name for name in _KNOWN if optional.get(name, True)]
    header = known + [_PREFIX + key for key in facts]
    return header, (_row(s, known, facts, folder) for s in sources)


def _row(source: FieldSource, known: Sequence[str], facts: Sequence[str], folder: str) -> list[str]:
    values = {
        "Id": source.id,
        "cells": _written(source.cells, folder),
        "nuclei": _written(source.nuclei, folder),
        "pixel_size_um": "" if source.pixel_size_um is None else repr(source.pixel_size_um),
        "file_size": "" if source.file_size is None else str(source.file_size),
    }
    for channel in Channel:
        values[channel.colour] = _written(source.files.get(channel, ""), folder)
    metadata = {**source.metadata, _PIXEL_SIZE_SOURCE: source.pixel_size_source or ""}
    return [values[name] for name in known] + [str(metadata.get(key, "")) for key in facts]


def _written(path: str, folder: str) -> str:
    if not path or not folder:
        return path
    absolute = Path(path).absolute()
    base = Path(folder).absolute()
    return absolute.relative_to(base).as_posix() if absolute.is_relative_to(base) else str(absolute)
