"""CSV → Arrow, without losing digits: columns that stay text, and whole numbers of any length."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from hpa_features.core.errors import DataError
from hpa_features.io.sniff import delimiter_of
from hpa_features.io.table_text import MISSING, Content, first_line, header_row, uneven_row

LARGEST_EXACT = 2**53
"""Up to here a 64-bit float holds every whole number."""
DAMAGE = (pa.ArrowException, OSError, EOFError, ValueError, KeyError, OverflowError, MemoryError)
"""What Arrow raises for damaged files; some of its checks end in Python's own errors."""
_NULLS = sorted({form for word in MISSING for form in (word, word.lower(), word.upper())})
# 0,5 and 1.234,5 of many countries; 1,000.5 of English ones.
_NUMBER = r"^[+-]?(\d+(\.\d{3})*(,\d+)?|\d+(,\d{3})*(\.\d+)?)([eE][+-]?\d+)?$"
_SMALLEST_BLOCK = 1 << 20  # bytes that Arrow's reader takes at a time; a row must fit


def read_csv(content: Content, name: str, stays_text: Callable[[str], bool]) -> pa.Table:
    """Read a CSV that `table_text.check_text` accepts.

    Parameters
    ----------
    content
        The whole file.
    name
        What to call it.
    stays_text
        Whether a column of that name is text whatever is in it.

    Raises
    ------
    DataError
        A row is longer or shorter than the header.
    """
    header = first_line(content)
    delimiter = delimiter_of(header)
    names = header_row(content, delimiter, name)
    as_text = {each: pa.string() for each in names if stays_text(each.strip())}
    read = partial(
        pa_csv.read_csv,
        read_options=pa_csv.ReadOptions(block_size=max(_SMALLEST_BLOCK, 16 * len(header))),
        parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
    )
    try:
        table = read(
            pa.BufferReader(content),
            convert_options=pa_csv.ConvertOptions(column_types=as_text, null_values=_NULLS),
        )
        table = _with_whole_numbers(table, partial(read, pa.BufferReader(content)))
    except DAMAGE as error:
        problem = uneven_row(content, delimiter, name) or error_line(error)
        raise DataError(
            f"{name} cannot be read as a table: {problem}",
            hint="Wanted Parquet, Arrow IPC, or CSV in UTF-8 (also .gz) with a column Id.",
        ) from error
    return table.rename_columns([each.strip() for each in table.column_names])


def has_decimal_commas(column: pa.ChunkedArray) -> bool:
    """Whether a column of text holds nothing but numbers, some with a comma (1,5 or 1,000)."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return False
    values = pc.utf8_trim_whitespace(column.drop_null())
    values = values.filter(pc.not_equal(values, ""))
    are_numbers = pc.all(pc.match_substring_regex(values, _NUMBER)).as_py()
    return bool(are_numbers and pc.any(pc.match_substring(values, ",")).as_py())


def error_line(error: Exception) -> str:
    """Return the first line of an error's message, or its name if it has none."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def _with_whole_numbers(table: pa.Table, read: Callable[..., pa.Table]) -> pa.Table:
    """Return whole numbers beyond 64 bits as decimals, where Arrow has read them as floats."""
    doubted = [
        name
        for name, column in zip(table.column_names, table.columns)
        if pa.types.is_float64(column.type)
        and pc.any(pc.greater(pc.abs(column), float(LARGEST_EXACT))).as_py()
    ]
    if not doubted:
        return table
    texts_of = read(
        convert_options=pa_csv.ConvertOptions(
            column_types={name: pa.string() for name in doubted},
            include_columns=doubted,
            null_values=_NULLS,
            strings_can_be_null=True,
        )
    )
    for name in doubted:
        column = texts_of.column(name)
        if pc.all(pc.match_substring_regex(column, r"^[+-]?\d{1,76}$")).as_py():
            whole = pc.replace_substring_regex(column, r"^\+", "").cast(pa.decimal256(76, 0))
            table = table.set_column(table.column_names.index(name), name, whole)
    return table
