"""Any table file → one Arrow table: Parquet, Arrow, CSV, gzipped CSV, recognised by first bytes.

Names of files decide nothing. Ids and ``Metadata_`` columns of a CSV stay text, so that ``00123``
keeps its zeros.
"""

from __future__ import annotations

import mmap
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hpa_features.core.errors import DataError, UsageError
from hpa_features.io.csv_table import DAMAGE, LARGEST_EXACT, error_line, read_csv
from hpa_features.io.files import ADDRESS_HINT, is_address
from hpa_features.io.table_text import Content, check_text, is_missing, unpacked

ID_COLUMNS = ("Id", "Metadata_Id")
METADATA = "Metadata_"
GROUP_COLUMN = "Group"
_PARQUET, _ARROW_FILE, _ARROW_STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"
_FIRST_ROUNDED = float(LARGEST_EXACT)  # what 2^53 + 1 becomes
# Row numbers that pandas and R leave behind: they would reveal the order of the rows.
_ROW_NUMBERS = re.compile(r"|Unnamed: \d+(\.\d+|_level_\d+)*|__index_level_\d+__|\.\.\.\d+")


def read_arrow(
    source: str | BinaryIO,
    *,
    text: tuple[str, ...] | None = (),
    name: str = "standard input",
) -> pa.Table:
    """Read a whole table from a file or a binary stream.

    The columns `ID_COLUMNS`, ``Group`` and those that begin with ``Metadata_`` get these names
    in whatever case the file has them.

    Parameters
    ----------
    source
        Path of a Parquet file, an Arrow IPC file or stream, or a CSV (commas, semicolons or tabs;
        also gzipped); or an open binary stream (stdin) that holds one of them.
    text
        CSV columns besides ids and ``Metadata_`` that stay text, in any case; None: all of them.
    name
        What to call a stream.

    Raises
    ------
    UsageError
        There is no such file, or two columns of one name.
    DataError
        The file is empty, damaged or not a table.
    """
    name = source if isinstance(source, str) else name
    content = unpacked(_content(source), name)
    start = bytes(content[:6])
    if not start.strip(b"\r\n") and not bytes(content).strip():
        raise DataError(f"{name} is empty.", hint="A table needs a column Id.")
    if start.startswith((_PARQUET, _ARROW_FILE, _ARROW_STREAM)):
        table = _read_binary(source, content, name)
    else:
        check_text(content, name)
        kept = None if text is None else {each.casefold() for each in text}
        table = read_csv(content, name, lambda column: kept is None or _is_text(column, kept))
    return with_known_names(table, name, text=text)


def with_known_names(table: pa.Table, name: str, *, text: tuple[str, ...] | None = ()) -> pa.Table:
    """Return a table called `name` with its columns named as `read_arrow` names them.

    `text` are the columns that are read as text, besides ids and ``Metadata_``; None: all.

    Raises
    ------
    UsageError
        Two columns have one name, or a column that is read as text holds lists or bytes.
    """
    table = _renamed(table, [_known_name(each) for each in table.column_names])
    count = Counter(table.column_names)
    repeated = sorted(each for each in count if count[each] > 1 and not is_row_number(each))
    if repeated:
        raise UsageError(
            f"{name} has more than one column named {', '.join(repeated[:5])} (in any case).",
            hint="Rename or remove one of them.",
        )
    _refuse_lists(table, text, name)
    _refuse_rounded(table, name)
    return table


def _refuse_rounded(table: pa.Table, name: str) -> None:
    """Refuse ids, groups and metadata that were rounded to floats: several may have become one."""
    for field, column in zip(table.schema, table.columns):
        if not (pa.types.is_floating(field.type) and _is_text(field.name, set())):
            continue
        if pc.any(pc.greater_equal(pc.abs(column.cast(pa.float64())), _FIRST_ROUNDED)).as_py():
            raise UsageError(
                f"{name}: column {field.name} holds floating-point numbers beyond 2^53, "
                "which have lost digits.",
                hint="Write the column as text or integers.",
            )


def _refuse_lists(table: pa.Table, text: tuple[str, ...] | None, name: str) -> None:
    """Refuse lists, structs and bytes where a text is read: their Python spelling is not a name."""
    kept = {each.casefold() for each in text or ()}
    for field in table.schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if not (pa.types.is_nested(kind) or pa.types.is_binary(kind) or _is_bytes(kind)):
            continue
        if text is None or _is_text(field.name, kept):
            raise UsageError(
                f"{name}: column {field.name} holds values of type {kind}, wanted text or numbers.",
                hint="Write a list as one text with | between its values, or remove the column.",
            )


def read_part(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a Parquet file of a folder that ``extract`` made.

    Raises
    ------
    DataError
        It is missing or damaged.
    """
    with _of_a_part(path), path.open("rb") as file:
        return pq.read_table(file, columns=columns, page_checksum_verification=True)


def read_part_schema(path: Path) -> pa.Schema:
    """Read the schema of such a file; errors as `read_part`."""
    with _of_a_part(path), path.open("rb") as file:
        return pq.read_schema(file)


@contextmanager
def _of_a_part(path: Path) -> Iterator[None]:
    try:
        yield
    except DAMAGE as error:
        raise DataError(
            f"{path} is missing or damaged: {error_line(error)}",
            hint="Delete it and run the same hpa-feat extract again; only missing parts are "
            "computed.",
        ) from error


def is_row_number(name: str) -> bool:
    """Whether a column's name is one that programs give to row numbers."""
    return _ROW_NUMBERS.fullmatch(name) is not None


def column_named(table: pa.Table, wanted: str) -> str:
    """Return the column of that name, else the first one of it in another case, else empty."""
    if wanted in table.column_names:
        return wanted
    folded = wanted.casefold()
    return next((name for name in table.column_names if name.casefold() == folded), "")


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
    seen = ", ".join(each or "(no name)" for each in table.column_names[:6])
    seen += ", …" if table.num_columns > 6 else ""
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
        rows = "1 row has" if len(empty) == 1 else f"{len(empty):,} rows have"
        raise UsageError(f"{name}: {rows} an empty Id, first data row {empty[0]:,}.")
    broken = [number for number, each in enumerate(ids, 1) if "\n" in each or "\r" in each]
    if broken:
        raise UsageError(
            f"{name}, data row {broken[0]}: the Id spans several lines.",
            hint='Is a quote (") opened in this row and not closed?',
        )
    if len(set(ids)) < len(ids):
        cells = f"{METADATA}ObjectNumber" in table.column_names
        raise UsageError(
            f"{name} has duplicate ids: {_duplicates(ids)}.",
            hint="This is a table of cells; give the table of images (extract --level image)."
            if cells
            else "Every Id must occur in one row only.",
        )
    return ids


def texts(table: pa.Table, column: str) -> tuple[str, ...]:
    """Return a column as text, missing values as empty text."""
    values = table.column(column)
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    return tuple("" if value is None else str(value) for value in values.to_pylist())


def words(table: pa.Table, column: str) -> tuple[str, ...]:
    """Return a column as text without spaces around it; ``NA``, ``nan`` and the like are empty."""
    stripped = (text.strip() for text in texts(table, column))
    return tuple("" if is_missing(text) else text for text in stripped)


def inexact_columns(table: pa.Table, names: Sequence[str]) -> list[str]:
    """Return those of `names` that hold whole numbers beyond ±2^53, which floats would round."""
    return [name for name in names if _is_inexact(table.column(name))]


def _is_inexact(column: pa.ChunkedArray) -> bool:
    kind = column.type
    if not (pa.types.is_decimal(kind) or (pa.types.is_integer(kind) and kind.bit_width == 64)):
        return False
    ends = pc.min_max(column).as_py()
    return any(end is not None and abs(end) > LARGEST_EXACT for end in ends.values())


def name_some(names: list[str] | tuple[str, ...], most: int = 5) -> str:
    """Return the first few names, comma-separated, with the number of those omitted."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def _duplicates(ids: tuple[str, ...]) -> str:
    rows: dict[str, list[int]] = {}
    for number, each in enumerate(ids, 1):
        rows.setdefault(each, []).append(number)
    several = [f"{each} (data rows {n[0]} and {n[1]})" for each, n in rows.items() if len(n) > 1]
    return name_some(several, 3)


def _content(source: str | BinaryIO) -> Content:
    if not isinstance(source, str):
        return memoryview(source.read())
    path = Path(source)
    if path.is_dir():
        raise UsageError(f"{source} is a folder, wanted a table.", hint="Name the file in it.")
    if path.exists() and not path.is_file():
        raise UsageError(
            f"{source} is not a regular file (a pipe, socket or device).",
            hint="Name a file on disk; data from a pipe must be saved first.",
        )
    if not path.is_file():
        if is_address(source):
            raise UsageError(f"{source} is an address, not a path.", hint=ADDRESS_HINT)
        raise UsageError(f"{source} does not exist.", hint="Check the path.")
    if path.stat().st_size == 0:
        return b""
    # By descriptor: Arrow takes no path that is not UTF-8.
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _is_text(column: str, kept: set[str]) -> bool:
    known = _known_name(column)
    ours = known in (*ID_COLUMNS, GROUP_COLUMN) or known.startswith(METADATA)
    return ours or column.casefold() in kept


def _known_name(name: str) -> str:
    """Return how a column that every table may have is written, other names as they are."""
    folded = name.casefold()
    if folded.startswith(METADATA.casefold()):
        name = METADATA + name[len(METADATA) :]
    known = {each.casefold(): each for each in (*ID_COLUMNS, GROUP_COLUMN)}
    return known.get(folded, name)


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def _renamed(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """Return the table under other names; metadata of fields and schema stay."""
    fields = [field.with_name(name) for field, name in zip(table.schema, names)]
    schema = pa.schema(fields, metadata=table.schema.metadata)
    return pa.Table.from_arrays(table.columns, schema=schema)


def _read_binary(source: str | BinaryIO, content: Content, name: str) -> pa.Table:
    start = bytes(content[:6])
    reader = pa.BufferReader(content)
    try:
        if start.startswith(_ARROW_FILE):
            table = pa.ipc.open_file(reader).read_all()
        elif start.startswith(_ARROW_STREAM):
            table = pa.ipc.open_stream(reader).read_all()
        elif isinstance(source, str):
            # Buffered from disk: a mapped file counts as memory once it has been read.
            with Path(source).open("rb") as file:
                table = _read_parquet(file)
        else:
            table = _read_parquet(reader)
        table.validate(full=True)
        table = _with_texts(table)
    except DAMAGE as error:
        raise DataError(
            f"{name} cannot be read as a table: {error_line(error)}",
            hint="It is damaged, or its text is not UTF-8. Write, copy or download it again.",
        ) from error
    return table


def _read_parquet(file: BinaryIO | pa.NativeFile) -> pa.Table:
    return pq.ParquetFile(file, pre_buffer=False, page_checksum_verification=True).read()


def _with_texts(table: pa.Table) -> pa.Table:
    """Return the table with bytes as text where they are; names that are not UTF-8 raise."""
    for at, name in enumerate(table.column_names):
        column = table.column(at)
        # Old writers of Parquet do not mark their texts as such.
        if pa.types.is_binary(column.type):
            try:
                table = table.set_column(at, name, column.cast(pa.string()))
            except pa.ArrowInvalid:  # bytes that are not text: not a feature, not an id
                continue
    return table
