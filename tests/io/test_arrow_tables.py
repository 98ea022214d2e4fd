"""Any table file becomes one Arrow table, and damage becomes one clear line."""

from __future__ import annotations

import gzip
import io

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from hpa_features.core.errors import DataError, UsageError
from hpa_features.io.arrow import ids_of, name_some, read_arrow, texts

TABLE = pa.table({"Id": ["007", "b"], "x": [1.5, None], "Metadata_Plate": ["12", "12"]})


def write(kind, path):
    if kind == "parquet":
        pq.write_table(TABLE, path)
    elif kind == "arrow file":
        pyarrow.feather.write_feather(TABLE, str(path))
    elif kind == "arrow stream":
        with pa.ipc.new_stream(str(path), TABLE.schema) as writer:
            writer.write_table(TABLE)
    else:
        text = b"Id,x,Metadata_Plate\n007,1.5,12\nb,,12\n"
        path.write_bytes(gzip.compress(text) if kind == "csv.gz" else text)


@pytest.mark.parametrize("kind", ["parquet", "arrow file", "arrow stream", "csv", "csv.gz"])
@pytest.mark.parametrize("stream", [False, True])
def test_every_form_reads_alike_from_file_and_stream_whatever_its_name(kind, stream, tmp_path):
    path = tmp_path / "table.data"
    write(kind, path)
    table = read_arrow(io.BytesIO(path.read_bytes()) if stream else str(path))
    assert table.to_pydict() == TABLE.to_pydict()


@pytest.mark.parametrize("separator", [b"\t", b";"])
def test_other_separators_byte_order_mark_and_windows_line_ends(separator, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xef\xbb\xbfId,x\r\n007,1.5\r\n".replace(b",", separator))
    assert read_arrow(str(path)).to_pydict() == {"Id": ["007"], "x": [1.5]}


def test_a_column_that_turns_from_whole_to_broken_numbers_late_is_float(tmp_path):
    path = tmp_path / "t.csv"
    rows = [f"r{i},{i}" for i in range(200_000)] + ["last,0.5"]
    path.write_text("Id,x\n" + "\n".join(rows) + "\n", encoding="utf-8")
    assert read_arrow(str(path))["x"][-1].as_py() == 0.5


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"PAR1 broken", "cannot be read as a table"),
        (b"ARROW1 broken", "cannot be read as a table"),
        (b"\x1f\x8b broken", "cannot be read as a table"),
        (b"\x89PNG\r\n\x1a\n\x00\xff\xfe", "cannot be read as a table"),
        (b"Id,x\na,1\nb,2,3\n", "cannot be read as a table"),
    ],
)
def test_damage_is_one_line_that_names_the_file(content, message, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_arrow(str(path))
    assert "bad.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_file_and_repeated_columns_are_refused(tmp_path):
    with pytest.raises(UsageError, match="does not exist"):
        read_arrow(str(tmp_path / "none.csv"))
    path = tmp_path / "t.csv"
    path.write_text("Id,x,x\na,1,2\n", encoding="utf-8")
    with pytest.raises(UsageError, match="more than one column named x"):
        read_arrow(str(path))


def test_ids_must_be_there_filled_and_unique():
    with pytest.raises(UsageError, match="no column Id"):
        ids_of(pa.table({"id": ["a"]}), "t.csv")
    with pytest.raises(UsageError, match="empty Id, first data row 2"):
        ids_of(pa.table({"Id": ["a", None]}), "t.csv")
    with pytest.raises(UsageError, match=r"duplicate ids: a \(data rows 1 and 3\)"):
        ids_of(pa.table({"Id": ["a", "b", "a"]}), "t.csv")
    cells = pa.table({"Metadata_Id": ["a", "a"], "Metadata_ObjectNumber": [1, 2]})
    with pytest.raises(UsageError, match="table of cells"):
        ids_of(cells, "t.csv")


def test_dictionary_columns_and_numbers_are_text_on_request():
    table = pa.table({"g": pa.array(["a", None]).dictionary_encode(), "n": [1, 2]})
    assert texts(table, "g") == ("a", "")
    assert texts(table, "n") == ("1", "2")


def test_names_are_cut_with_a_count():
    assert name_some(("a", "b")) == "a, b"
    assert name_some(tuple("abcdefg"), 2) == "a, b and 5 more"


def test_a_workbook_is_told_how_to_be_saved(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_bytes(b"PK\x03\x04rest")
    with pytest.raises(DataError, match="Excel") as caught:
        read_arrow(str(path))
    assert "CSV UTF-8" in caught.value.hint
