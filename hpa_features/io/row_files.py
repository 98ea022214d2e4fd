"""CSV, TSV and Parquet files as rows of texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from hpa_features.core.errors import DataError, UsageError
from hpa_features.io.atomic import replacing
from hpa_features.io.sniff import StreamKind, delimiter_of
from hpa_features.io.table_text import Content, check_text, csv_rows, first_line


def read_rows(
    data: Content, kind: StreamKind, place: str
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


def _csv(data: Content, place: str) -> tuple[list[str], Iterator[Sequence[str]]]:
    rows = _rows(data, place)
    columns = [name.strip() for name in next(rows, [])]
    return columns, _checked(rows, len(columns), place)


def _rows(data: Content, place: str) -> Iterator[Sequence[str]]:
    try:
        check_text(data, place)
        yield from csv_rows(data, delimiter_of(first_line(data)), place)
    except DataError as error:
        raise UsageError(error.message, hint=error.hint) from error


def _checked(rows: Iterator[Sequence[str]], width: int, place: str) -> Iterator[Sequence[str]]:
    for number, row in enumerate(rows, start=2):
        if row and len(row) != width:
            raise UsageError(
                f"{place}, row {number}: {len(row)} values, wanted {width} as in the header.",
                hint="Put quotes around values that hold the separator.",
            )
        if row:
            yield [value.strip() for value in row]


def _parquet(data: Content, place: str) -> tuple[list[str], Iterator[Sequence[str]]]:
    from hpa_features.io.arrow import read_arrow, texts

    try:
        table = read_arrow(io.BytesIO(data), name=place)
    except DataError as error:
        raise UsageError(error.message, hint=error.hint) from error
    return list(table.column_names), zip(*(texts(table, name) for name in table.column_names))


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows as Parquet, TSV or CSV by the file's ending; under its name it is whole."""
    with replacing(path) as temporary:
        if path.suffix.lower() == ".parquet":
            _write_parquet(temporary, header, rows)
        else:
            with temporary.open("w", encoding="utf-8", newline="") as file:
                write_csv(file, header, rows, tabs=path.suffix.lower() == ".tsv")


def write_csv(
    file: TextIO, header: Sequence[str], rows: Iterable[Sequence[object]], *, tabs: bool = False
) -> None:
    """Write rows to an open text file, commas or tabs between the columns."""
    writer = csv.writer(file, delimiter="\t" if tabs else ",", lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)


def _write_parquet(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    columns = list(zip(*rows)) or [()] * len(header)
    arrays = [pa.array(map(str, column), type=pa.string()) for column in columns]
    parquet.write_table(pa.table(arrays, names=list(header)), path)
