"""One table into a file or a stream, piece by piece, the same bytes however it was cut before."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from hpa_features.core.errors import UsageError
from hpa_features.io.atomic import replacing
from hpa_features.io.store.output import TableFormat
from hpa_features.io.store.parts import write_parquet

_ROWS = 4096  # of a row group or record batch; 2,000 float columns of it are 33 MB


def write_table_file(
    path: Path, kind: TableFormat, schema: pa.Schema, tables: Iterable[pa.Table]
) -> None:
    """Write `tables`, all of `schema`, as one file that is whole under its name."""
    pieces = even_pieces(tables, schema)
    with replacing(path) as temporary:
        if kind is TableFormat.PARQUET:
            write_parquet(temporary, schema, pieces)
            return
        with temporary.open("wb") as file:
            if kind is TableFormat.ARROW:
                with pa.ipc.new_file(file, schema) as writer:
                    for piece in pieces:
                        writer.write_table(piece)
            elif kind is TableFormat.CSV_GZ:
                # No name and no time in the header: the same table gives the same bytes.
                with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed:
                    _write_csv(cast("BinaryIO", packed), schema, pieces)
            else:
                _write_csv(file, schema, pieces)


def write_table_stream(
    stream: BinaryIO, kind: TableFormat, schema: pa.Schema, tables: Iterable[pa.Table]
) -> None:
    """Write `tables` to an open stream: an Arrow IPC stream, or CSV."""
    pieces = even_pieces(tables, schema)
    if kind is TableFormat.ARROW:
        with pa.ipc.new_stream(stream, schema) as writer:
            for piece in pieces:
                writer.write_table(piece)
    else:
        _write_csv(stream, schema, pieces)
    stream.flush()


def refuse_terminal(stream: BinaryIO, kind: TableFormat) -> None:
    """Refuse to write binary data on somebody's screen.

    Raises
    ------
    UsageError
        `stream` is a terminal and `kind` is not text.
    """
    if kind is not TableFormat.CSV and stream.isatty():
        raise UsageError(
            "-o - would write binary data to the terminal.",
            hint="Pipe it into a command (… | hpa-feat predict MODEL -), or use --table csv.",
        )


def even_pieces(
    tables: Iterable[pa.Table], schema: pa.Schema, rows: int = _ROWS
) -> Iterator[pa.Table]:
    """Yield the same rows in pieces of `rows`, so that bytes do not depend on how they came."""
    held: list[pa.Table] = []
    count = 0
    for table in tables:
        held.append(table)
        count += table.num_rows
        while count >= rows:
            whole = pa.concat_tables(held)
            yield whole.slice(0, rows).combine_chunks()
            held = [whole.slice(rows)]
            count -= rows
    if count:
        yield pa.concat_tables(held).combine_chunks()
    elif not held:
        yield schema.empty_table()


def _write_csv(stream: BinaryIO, schema: pa.Schema, pieces: Iterable[pa.Table]) -> None:
    """Write a plain header, then rows; an undefined number is an empty cell."""
    stream.write((",".join(schema.names) + "\n").encode())
    options = pa_csv.WriteOptions(include_header=False)
    for piece in pieces:
        pa_csv.write_csv(_without_nan(piece), stream, options)


def _without_nan(table: pa.Table) -> pa.Table:
    columns = [
        pc.if_else(pc.is_nan(column), None, column) if pa.types.is_floating(column.type) else column
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)
