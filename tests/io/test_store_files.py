from __future__ import annotations

import gzip
import io
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpa_features.core.errors import UsageError
from hpa_features.core.failures import Failure
from hpa_features.io.atomic import replacing
from hpa_features.io.store.failures import read_failures, write_failures
from hpa_features.io.store.output import Output, TableFormat, parse_output
from hpa_features.io.store.writers import (
    even_pieces,
    refuse_terminal,
    write_table_file,
    write_table_stream,
)

SCHEMA = pa.schema([("Metadata_Id", pa.string()), ("x", pa.float32()), ("n", pa.int32())])


def table(start: int, rows: int) -> pa.Table:
    numbers = np.arange(start, start + rows)
    values = np.where(numbers % 3 == 1, np.nan, numbers / 7).astype(np.float32)
    ids = [f"field,{n}" for n in numbers]
    return pa.table([ids, values, numbers.astype(np.int32)], schema=SCHEMA)


def pieces(*cuts: int) -> list[pa.Table]:
    edges = [0, *cuts, 20]
    return [table(low, high - low) for low, high in pairwise(edges)]


def same(one: pa.Table, two: pa.Table) -> bool:
    """Whether two tables are equal, undefined values too."""
    return one.schema.equals(two.schema) and all(
        np.array_equal(a.to_numpy(), b.to_numpy(), equal_nan=pa.types.is_floating(a.type))
        for a, b in zip(one.columns, two.columns)
    )


def test_a_file_is_whole_or_as_before(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with replacing(path) as temporary:
        temporary.write_text("first")
    with pytest.raises(FileNotFoundError), replacing(path) as temporary:
        temporary.joinpath("no", "such").touch()
    assert path.read_text() == "first"
    assert list(path.parent.iterdir()) == [path]


def test_failures_come_back_as_they_were(tmp_path):
    path = tmp_path / "failures.csv"
    rows = (
        Failure("a", "a_blue.png", "read", 'cut "short", at\nrow 3', "Fetch it."),
        Failure("ö", "", "find", "red is missing", ""),
    )
    write_failures(path, rows)
    assert read_failures(path) == rows
    assert path.read_text(encoding="utf-8").splitlines()[0] == "Id,file,stage,error,hint"
    write_failures(path, ())
    assert not path.exists()
    assert read_failures(path) == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("out", None),
        ("out.v2", None),
        ("a/t.parquet", TableFormat.PARQUET),
        ("T.CSV", TableFormat.CSV),
        ("t.csv.gz", TableFormat.CSV_GZ),
        ("t.arrow", TableFormat.ARROW),
    ],
)
def test_the_ending_says_what_is_written(text, kind):
    assert parse_output(text).format is kind


def test_stdout_a_folder_of_any_name_and_what_cannot_be_written(tmp_path):
    assert parse_output("-", TableFormat.CSV) == Output(None, TableFormat.CSV)
    (tmp_path / "old.csv").mkdir()
    assert parse_output(str(tmp_path / "old.csv")).format is None
    (tmp_path / "file").touch()
    for wrong in ("t.xlsx", "t.tsv", "t.csv.bz2.gz", str(tmp_path / "file")):
        with pytest.raises(UsageError, match="-o"):
            parse_output(wrong)


@given(cuts=st.lists(st.integers(0, 20), max_size=5).map(sorted), rows=st.integers(1, 25))
def test_pieces_do_not_depend_on_the_cuts_before(cuts, rows):
    got = list(even_pieces(pieces(*cuts), SCHEMA, rows))
    assert [piece.num_rows for piece in got[:-1]] == [rows] * (len(got) - 1)
    assert same(pa.concat_tables(got), table(0, 20))


@pytest.mark.parametrize("kind", list(TableFormat))
def test_the_same_rows_give_the_same_bytes(tmp_path, kind):
    one, two = tmp_path / "one", tmp_path / "two"
    write_table_file(one, kind, SCHEMA, pieces())
    write_table_file(two, kind, SCHEMA, pieces(3, 3, 11))
    assert one.read_bytes() == two.read_bytes()


def test_every_format_reads_back(tmp_path):
    for kind in TableFormat:
        write_table_file(tmp_path / kind.value, kind, SCHEMA, pieces(7))
    expected = table(0, 20)
    assert same(pq.read_table(tmp_path / "parquet"), expected)
    with pa.ipc.open_file(tmp_path / "arrow") as reader:
        assert same(reader.read_all(), expected)
    plain = (tmp_path / "csv").read_bytes()
    assert gzip.decompress((tmp_path / "csv.gz").read_bytes()) == plain
    assert plain.startswith(b'Metadata_Id,x,n\n"field,0",0,0\n"field,1",,1\n')
    assert same(pa_csv.read_csv(io.BytesIO(plain)).cast(SCHEMA), expected)


def test_streams_hold_the_table_alone():
    arrow, text = io.BytesIO(), io.BytesIO()
    write_table_stream(arrow, TableFormat.ARROW, SCHEMA, pieces(4))
    write_table_stream(text, TableFormat.CSV, SCHEMA, pieces(4))
    with pa.ipc.open_stream(arrow.getvalue()) as reader:
        assert same(reader.read_all(), table(0, 20))
    assert text.getvalue().count(b"\n") == 21


def test_no_rows_still_have_columns(tmp_path):
    for kind in TableFormat:
        write_table_file(tmp_path / kind.value, kind, SCHEMA, [])
    assert pq.read_table(tmp_path / "parquet").schema.equals(SCHEMA)
    assert (tmp_path / "csv").read_text() == "Metadata_Id,x,n\n"


def test_binary_is_kept_off_the_screen():
    class Screen(io.BytesIO):
        def isatty(self) -> bool:
            return True

    refuse_terminal(Screen(), TableFormat.CSV)
    refuse_terminal(io.BytesIO(), TableFormat.ARROW)
    with pytest.raises(UsageError, match="terminal"):
        refuse_terminal(Screen(), TableFormat.ARROW)
