"""CSV, TSV and Parquet files as rows of texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from hpa_features.core.errors import UsageError
from hpa_features.io.atomic import replacing
from hpa_features.io.sniff import StreamKind, delimiter_of


def read_rows(
    data: bytes, kind: StreamKind, place: str
) -> tuple[list[str], Iterator[Sequence[str]]]:
    """Return column names and rows, every value as text, empty where there is none.

    Parameters
    ----------
    data
        The whole file.
    kind
        `StreamKind.PARQUET`, else text with commas, semicolons or tabs between its columns.
    place
        The file's name, for messages.

    Raises
    ------
    UsageError
        The file is damaged, or a row has more or fewer values than the header.
    """
    return _parquet(data, place) if kind is StreamKind.PARQUET else _csv(data, place)


def _csv(data: bytes, place: str) -> tuple[list[str], Iterator[Sequence[str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{place} is not UTF-8 text (byte {error.start:,}).", hint="Save it as UTF-8 CSV."
        ) from error
    delimiter = delimiter_of(text.split("\n", 1)[0])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns = [name.strip() for name in next(reader, [])]
    return columns, _checked(reader, len(columns), place)


def _checked(reader: Iterator[list[str]], width: int, place: str) -> Iterator[Sequence[str]]:
    number = 1
    try:
        for row in reader:
            number += 1
            if row and len(row) != width:
                raise UsageError(
                    f"{place}, row {number}: {len(row)} values, wanted {width} as in the header.",
                    hint="Put quotes around values that hold the separator.",
                )
            if row:
                yield [value.strip() for value in row]
    except csv.Error as error:
        raise UsageError(f"{place}, row {number + 1}: {error}.", hint="Is it CSV?") from error


def _parquet(data: bytes, place: str) -> tuple[list[str], Iterator[Sequence[str]]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as error:
        raise UsageError(f"{place} is no readable Parquet file: {error}.") from error
    texts = [
        ["" if value is None else str(value) for value in column.to_pylist()]
        for column in table.columns
    ]
    return [str(name) for name in table.column_names], zip(*texts)


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write rows as Parquet, TSV or CSV by the file's ending; under its name it is whole."""
    with replacing(path) as temporary:
        if path.suffix.lower() == ".parquet":
            _write_parquet(temporary, header, rows)
        else:
            with temporary.open("w", encoding="utf-8", newline="") as file:
                write_csv(file, header, rows, tabs=path.suffix.lower() == ".tsv")


def write_csv(
    file: TextIO, header: Sequence[str], rows: Iterable[Sequence[str]], *, tabs: bool = False
) -> None:
    """Write rows to an open text file, commas or tabs between the columns."""
    writer = csv.writer(file, delimiter="\t" if tabs else ",", lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)


def _write_parquet(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    columns = list(zip(*rows)) or [()] * len(header)
    arrays = [pa.array(list(column), type=pa.string()) for column in columns]
    parquet.write_table(pa.table(arrays, names=list(header)), path)
