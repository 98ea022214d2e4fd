"""Any table file → one Arrow table: Parquet, Arrow, CSV, gzipped CSV, told apart by first bytes.

Names of files decide nothing. Ids and ``Metadata_`` columns of a CSV stay text, so that ``00123``
keeps its zeros.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from hpa_features.core.errors import DataError, UsageError
from hpa_features.io.sniff import delimiter_of, header_of

ID_COLUMNS = ("Id", "Metadata_Id")
METADATA = "Metadata_"
_PARQUET, _ARROW_FILE, _ARROW_STREAM, _GZIP = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff", b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
# Text that stands for a missing number, as pandas and R write it.
_MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A", "<NA>"]


def read_arrow(source: str | BinaryIO, *, text: tuple[str, ...] | None = ()) -> pa.Table:
    """Read a whole table from a file or a binary stream.

    Parameters
    ----------
    source
        Path of a Parquet file, an Arrow IPC file or stream, or a CSV (commas, semicolons or tabs;
        also gzipped); or an open binary stream (stdin) that holds one of them.
    text
        CSV columns besides ids and ``Metadata_`` that stay text; None: all of them.

    Raises
    ------
    UsageError
        There is no such file, or two columns of one name.
    DataError
        The file is empty or damaged.
    """
    name = source if isinstance(source, str) else "standard input"
    content = _content(source)
    start = bytes(content[:6])
    if not start:
        raise DataError(f"{name} is empty.", hint="Wanted a table with a column Id.")
    if start.startswith(_ZIP):
        raise DataError(
            f"{name} is an Excel workbook or another zip file.",
            hint="In Excel: Save As, CSV UTF-8.",
        )
    try:
        if start.startswith(_PARQUET):
            # Buffered from disk: a mapped file counts as memory once it has been read.
            parquet = source if isinstance(source, str) else pa.BufferReader(content)
            table = pq.ParquetFile(parquet, pre_buffer=False).read()
        elif start.startswith(_ARROW_FILE):
            table = pa.ipc.open_file(pa.BufferReader(content)).read_all()
        elif start.startswith(_ARROW_STREAM):
            table = pa.ipc.open_stream(pa.BufferReader(content)).read_all()
        else:
            plain = gzip.decompress(content) if start.startswith(_GZIP) else content
            table = _read_csv(bytes(plain), text)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError, EOFError, UnicodeError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"{name} cannot be read as a table: {reason}",
            hint="Wanted Parquet, Arrow IPC, or CSV in UTF-8 (also .gz) with a column Id.",
        ) from error
    repeated = sorted({each for each in table.column_names if table.column_names.count(each) > 1})
    if repeated:
        raise UsageError(f"{name} has more than one column named {', '.join(repeated[:5])}.")
    return table


def id_column(table: pa.Table, name: str) -> str:
    """Return which column holds the row ids: ``Id``, else ``Metadata_Id``.

    Raises
    ------
    UsageError
        The table called `name` has neither.
    """
    for column in ID_COLUMNS:
        if column in table.column_names:
            return column
    seen = ", ".join(table.column_names[:6]) + (", …" if table.num_columns > 6 else "")
    raise UsageError(
        f"{name} has no column Id (nor Metadata_Id); its columns are: {seen}.",
        hint="Name the column with the row ids Id.",
    )


def ids_of(table: pa.Table, name: str) -> tuple[str, ...]:
    """Return the row ids as text, unique.

    Raises
    ------
    UsageError
        There is no id column, an id is empty, or an id occurs twice; the message names some.
    """
    ids = texts(table, id_column(table, name))
    empty = [number for number, each in enumerate(ids, 1) if not each]
    if empty:
        raise UsageError(f"{name}: {len(empty)} rows have an empty Id, first data row {empty[0]}.")
    if len(set(ids)) < len(ids):
        cells = f"{METADATA}ObjectNumber" in table.column_names
        raise UsageError(
            f"{name} has duplicate ids: {_duplicates(ids)}.",
            hint="This is a table of cells; give the table of images (extract --level image)."
            if cells
            else "Every Id must stand in one row only.",
        )
    return ids


def texts(table: pa.Table, column: str) -> tuple[str, ...]:
    """Return a column as text, missing values as empty text."""
    values = table.column(column)
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    return tuple("" if value is None else str(value) for value in values.to_pylist())


def name_some(names: list[str] | tuple[str, ...], most: int = 5) -> str:
    """Return the first few names, comma-separated, with the number of those left out."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def _duplicates(ids: tuple[str, ...]) -> str:
    rows: dict[str, list[int]] = {}
    for number, each in enumerate(ids, 1):
        rows.setdefault(each, []).append(number)
    several = [f"{each} (data rows {n[0]} and {n[1]})" for each, n in rows.items() if len(n) > 1]
    return name_some(several, 3)


def _content(source: str | BinaryIO) -> memoryview:
    if not isinstance(source, str):
        return memoryview(source.read())
    path = Path(source)
    if not path.is_file():
        raise UsageError(f"There is no table at {source}.", hint="Check the path.")
    if path.stat().st_size == 0:
        return memoryview(b"")
    return memoryview(pa.memory_map(source).read_buffer())


def _read_csv(content: bytes, text: tuple[str, ...] | None) -> pa.Table:
    first = content.split(b"\n", 1)[0].decode("utf-8-sig")
    as_text = {
        column
        for column in header_of(first)
        if text is None or column in text or column in ID_COLUMNS or column.startswith(METADATA)
    }
    return pa_csv.read_csv(
        pa.BufferReader(content),
        parse_options=pa_csv.ParseOptions(delimiter=delimiter_of(first), newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            column_types={column: pa.string() for column in as_text}, null_values=_MISSING
        ),
    )
