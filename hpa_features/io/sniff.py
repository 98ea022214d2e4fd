"""What a stream contains, recognised by its first bytes."""

from __future__ import annotations

import csv
import re
from enum import StrEnum


class StreamKind(StrEnum):
    """The kinds of input that stdin or a file can carry."""

    ARROW = "arrow"
    PARQUET = "parquet"
    MANIFEST = "manifest"
    TABLE = "table"
    PATHS = "paths"


def sniff(first: bytes) -> StreamKind:
    """Return what the stream that begins with `first` carries.

    An Arrow stream or file is a table; a CSV header with ``green``, or with ``path`` and
    ``channel``, is a manifest, one with ``Id`` or ``Metadata_Id`` a table; anything else is one
    path a line.

    Parameters
    ----------
    first
        The beginning of the stream; up to the end of the first line is enough.
    """
    if first.startswith((b"\xff\xff\xff\xff", b"ARROW1")):
        return StreamKind.ARROW
    if first.startswith(b"PAR1"):
        return StreamKind.PARQUET
    header = header_of(re.split(rb"[\r\n]", first, maxsplit=1)[0].decode("utf-8-sig", "replace"))
    names = {name.casefold() for name in header}
    if ("green" in names and len(names) > 1) or {"path", "channel"} <= names:
        return StreamKind.MANIFEST
    if names & {"id", "metadata_id"}:
        return StreamKind.TABLE
    return StreamKind.PATHS


def delimiter_of(line: str) -> str:
    """Return what separates the columns of a header line: comma, semicolon or tab."""
    return max(",;\t", key=line.count)


def header_of(line: str) -> list[str]:
    """Return the column names of a header line."""
    line = line.strip("\r\n")
    try:
        names = next(csv.reader([line], delimiter=delimiter_of(line)), [])
    except csv.Error:  # longer than any name of a column: not a header
        return []
    return [name.strip() for name in names]
