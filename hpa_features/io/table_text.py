"""The content of a table file before it is parsed: unpacked, and refused where it is not text.

CSV parsers accept much that is not a table: Arrow's reads UTF-16 as one odd column, and joins the
rows after an unclosed quote into one value without an error.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from typing import BinaryIO, TypeAlias

from hpa_features.core.errors import DataError
from hpa_features.io.sniff import delimiter_of

Content: TypeAlias = bytes | memoryview

MISSING = ("", "NA", "N/A", "#N/A", "NaN", "null", "None", "<NA>")
"""Text that stands for a missing value, as pandas, R and spreadsheets write it, in any case."""
_MISSING = frozenset(word.casefold() for word in MISSING)
_GZIP = b"\x1f\x8b"
_GZIP_FORMAT = 31  # for zlib: a gzip header and the largest window
ENOUGH_TO_SNIFF = 65536
"""Bytes from which `io.sniff` recognises what a file is."""
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # UTF-32 begins with the same bytes
_PIECE = 1 << 24  # bytes that are decoded at a time, so that a large file is never held twice
_LINE_END = re.compile(rb"[\r\n]")
_AS_CSV = "Save it as CSV in UTF-8 (in Excel: Save As, CSV UTF-8)."
_OTHER_FORMATS = {
    b"PK\x03\x04": "an Excel workbook or another zip file",
    b"\xd0\xcf\x11\xe0": "an Excel workbook of an old version",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"II*\0": "a TIFF image",
    b"MM\0*": "a TIFF image",
    b"%PDF": "a PDF document",
    b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "a NumPy array",
    b"SQLite": "an SQLite database",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"<!DO": "a web page",
    b"<!do": "a web page",
    b"<htm": "a web page",
    b"<?xm": "an XML file",
    b"{\\rt": "an RTF document",
}


def is_missing(text: str) -> bool:
    """Whether `text` stands for a missing value."""
    return text.casefold() in _MISSING


def unpacked(content: Content, name: str) -> Content:
    """Return the content of a file, unpacked when it is gzip.

    Raises
    ------
    DataError
        The gzip data are damaged or end too early.
    """
    if bytes(content[:2]) != _GZIP:
        return content
    try:
        return gzip.decompress(content)
    except EOFError:
        problem = "its gzip data end too early"
    except (gzip.BadGzipFile, zlib.error) as error:
        problem = f"its gzip data are damaged ({error})"
    raise _unreadable(name, problem, "Copy or download it again.")


def start_of(file: BinaryIO) -> bytes:
    """Return the first bytes of a file, unpacked when it is gzip; empty when that is damaged."""
    first = file.read(ENOUGH_TO_SNIFF)
    if not first.startswith(_GZIP):
        return first
    try:
        return zlib.decompressobj(wbits=_GZIP_FORMAT).decompress(first, ENOUGH_TO_SNIFF)
    except zlib.error:
        return b""


def check_text(content: Content, name: str) -> None:
    """Refuse content that cannot be a CSV.

    Raises
    ------
    DataError
        It is a known format of another kind, UTF-16, not UTF-8, or has NUL bytes or a quote that
        is not closed.
    """
    start = bytes(content[:8])
    for magic, kind in _OTHER_FORMATS.items():
        if start.startswith(magic):
            raise _unreadable(name, f"it is {kind}", f"Wanted CSV, Parquet or Arrow. {_AS_CSV}")
    if start.startswith(_UTF16):
        raise _unreadable(
            name,
            "it is UTF-16 text, wanted UTF-8",
            f"{_AS_CSV} Or convert it: iconv -f UTF-16 -t UTF-8 OLD.csv > NEW.csv",
        )
    quoted = check_characters(content, name)
    delimiter = delimiter_of(first_line(content))
    header_row(content, delimiter, name)
    if quoted:
        for _ in csv_rows(content, delimiter, name):
            pass


def check_characters(content: Content, name: str) -> bool:
    """Return whether a text has a quote in it.

    Raises
    ------
    DataError
        It is not UTF-8, or has NUL bytes.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    quoted, lines = False, 1
    for start in range(0, len(content), _PIECE):
        piece = bytes(content[start : start + _PIECE])
        if b"\0" in piece:
            raise _unreadable(
                name,
                f"it is not text, byte {start + piece.index(0) + 1:,} is NUL",
                f"Wanted CSV, Parquet or Arrow. {_AS_CSV}",
            )
        try:
            decoder.decode(piece, final=start + _PIECE >= len(content))
        except UnicodeDecodeError as error:
            line = lines + error.object.count(b"\n", 0, error.start)
            raise _unreadable(
                name,
                f"it is not UTF-8 text, line {line:,} holds the byte "
                f"0x{error.object[error.start]:02x}",
                f"{_AS_CSV} Or convert it: iconv -f LATIN1 -t UTF-8 OLD.csv > NEW.csv",
            ) from error
        lines += piece.count(b"\n")
        quoted = quoted or b'"' in piece
    return quoted


def first_line(content: Content) -> str:
    r"""Return the first line of a checked text, which may end in ``\n``, ``\r\n`` or ``\r``."""
    end = _LINE_END.search(content)
    return bytes(content[: end.start() if end else None]).decode("utf-8-sig")


def header_row(content: Content, delimiter: str, name: str) -> list[str]:
    """Return the names in the first row, which may go over several lines; errors as `csv_rows`."""
    return next(csv_rows(content[:_PIECE], delimiter, name), [])


def csv_rows(content: Content, delimiter: str, name: str) -> Iterator[list[str]]:
    """Yield the rows of a text, whatever ends its lines.

    Raises
    ------
    DataError
        A quote is not closed.
    """
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline=None)
    number = 0
    try:
        for row in csv.reader(text, delimiter=delimiter, strict=True):
            number += 1
            yield row
    except csv.Error as error:
        raise _unreadable(
            name,
            f"row {number + 1:,}: {_row_problem(error)}",
            'Every value that begins with " must end with "; a quote in it is written "".',
        ) from error


def uneven_row(content: Content, delimiter: str, name: str) -> str:
    """Return which row of a checked text is longer or shorter than the header, empty: none."""
    width = 0
    for number, row in enumerate(csv_rows(content, delimiter, name), 1):
        width = width or len(row)
        if row and len(row) != width:
            return f"row {number:,} has {len(row)} values, wanted {width} as in the header."
    return ""


def _row_problem(error: csv.Error) -> str:
    """Return what is wrong with a row, from the message of Python's CSV parser."""
    if "field larger" in str(error):
        return f"a value is longer than {csv.field_size_limit():,} characters"
    if "unexpected end" in str(error):
        return 'a quote (") is opened and never closed'
    if "expected after" in str(error):
        return 'text follows a closing quote ("), or a quote before it is not closed'
    return str(error)


def _unreadable(name: str, problem: str, hint: str) -> DataError:
    return DataError(f"{name} cannot be read as a table: {problem}.", hint=hint)
