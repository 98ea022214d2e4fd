"""Feature tables of ours and of others, and blocks joined to them."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.tables import Column
from hpa_features.io.blocks import join_blocks
from hpa_features.io.store.parts import write_part
from hpa_features.io.store.run_file import write_schema
from hpa_features.io.table_columns import foreign_block
from hpa_features.io.tables import is_store, read_features


class Notes:
    """Keeps what a verb says."""

    def __init__(self):
        self.lines = []

    def note(self, message):
        self.lines.append(message)

    warn = note


def ours(ids):
    facts = {"block": "Nucleus × Texture", "acquisition": True, "meaning": "How rough it is."}
    fields = [
        pa.field("Metadata_Id", pa.string()),
        pa.field("Metadata_Gene", pa.string()),
        pa.field("Metadata_CellCount", pa.int64()),
        pa.field("Nuclei_Texture_x", pa.float32(), metadata={"hpa_feat": json.dumps(facts)}),
    ]
    schema = pa.schema(
        fields, metadata={"hpa_feat": json.dumps({"version": "0.1", "settings": {"grid_um": 0.32}})}
    )
    rows = len(ids)
    columns = [ids, ["TP53"] * rows, [3] * rows, np.arange(rows, dtype=np.float32)]
    return pa.table(columns, schema=schema)


def csv(path, text):
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_our_columns_say_what_they_are(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(ours(["a", "b"]), path)
    table = read_features(str(path))
    assert table.columns == (
        Column("Nuclei_Texture_x", "Nucleus × Texture", True, "How rough it is."),
    )
    assert table.settings == {"grid_um": 0.32}
    assert table.metadata == {"Gene": ("TP53", "TP53"), "CellCount": ("3", "3")}


def test_a_store_is_read_by_id_whatever_its_parts(tmp_path):
    (tmp_path / "images").mkdir()
    pq.write_table(ours(["c", "a"]), tmp_path / "images" / "part-1.parquet")
    pq.write_table(ours(["b"]), tmp_path / "images" / "part-2.parquet")
    assert is_store(str(tmp_path))
    table = read_features(str(tmp_path))
    assert table.ids == ("a", "b", "c")
    assert table.values[:, 0].tolist() == [1, 0, 0]
    assert table.settings == {"grid_um": 0.32}


def store_of(folder):
    """Make a store as `extract` does: its words stand in schema.json alone."""
    table = ours(["b", "a"])
    write_part(folder, "part-1", {"images": table})
    write_schema(folder, {"images": table.schema, "cells": table.schema})
    return folder


def test_a_store_says_what_columns_are_once(tmp_path):
    store = store_of(tmp_path)
    [part] = (store / "images").iterdir()
    assert not pq.read_schema(part).field("Nuclei_Texture_x").metadata
    table = read_features(str(store), known={"Nuclei_Texture_x": Column("", "of another version")})
    assert table.columns == (
        Column("Nuclei_Texture_x", "Nucleus × Texture", True, "How rough it is."),
    )
    assert table.settings == {"grid_um": 0.32}


def test_a_store_without_its_dictionary_is_known_by_names(tmp_path):
    store = store_of(tmp_path)
    (store / "schema.json").unlink()
    known = {"Nuclei_Texture_x": Column("Nuclei_Texture_x", "Nucleus × Texture", True, "Rough.")}
    assert read_features(str(store), known=known).columns == tuple(known.values())
    assert read_features(str(store)).columns[0].block == tmp_path.name


@pytest.mark.parametrize("text", ["", "[1]", '{"images": [{"name": "x", "block": "b"}]}'])
def test_a_damaged_dictionary_names_the_way_out(text, tmp_path):
    store = store_of(tmp_path)
    (store / "schema.json").write_text(text)
    with pytest.raises(DataError, match=r"schema\.json") as caught:
        read_features(str(store))
    assert "extract again" in caught.value.hint


def test_a_directory_of_something_else_says_what_is_missing(tmp_path):
    with pytest.raises(UsageError, match="has no feature table"):
        read_features(str(tmp_path))


def test_numbers_are_features_and_the_rest_is_told(tmp_path):
    path = csv(
        tmp_path / "mine.csv",
        ",Id,x,flag,gene,Group,Metadata_n,empty\n0,a,1,true,TP53,7,9,\n1,b,,false,,8,9,\n",
    )
    notes = Notes()
    table = read_features(path, progress=notes)
    assert table.names == ("x", "flag", "empty")
    np.testing.assert_array_equal(table.values, [[1, 1, np.nan], [np.nan, 0, np.nan]])
    assert table.metadata == {"gene": ("TP53", ""), "Group": ("7", "8"), "n": ("9", "9")}
    assert notes.lines == [f"{path}: text columns are not features and are ignored: gene."]


def test_columns_may_be_declared_no_features(tmp_path):
    path = csv(tmp_path / "mine.csv", "Id,x,plate\na,1,007\n")
    table = read_features(path, not_features=("plate",))
    assert table.names == ("x",)
    assert table.metadata["plate"] == ("007",)


def test_known_columns_describe_a_csv_of_ours(tmp_path):
    path = csv(tmp_path / "t.csv", "Metadata_Id,Nuclei_a,foreign\na,1,2\n")
    known = {"Nuclei_a": Column("Nuclei_a", "Nucleus × Texture", True, "Rough.")}
    table = read_features(path, known=known)
    assert table.columns == (known["Nuclei_a"], Column("foreign", "t"))


@pytest.mark.parametrize("bad", ["inf", "-inf", "1e39"])
def test_what_float32_cannot_hold_is_refused_with_column_and_row(bad, tmp_path):
    path = csv(tmp_path / "t.csv", f"Id,x,y\na,1,2\nb,1,{bad}\n")
    with pytest.raises(UsageError, match=r"in y; first in row b"):
        read_features(path)


def test_no_rows_and_no_numbers_are_no_table(tmp_path):
    with pytest.raises(DataError, match="no rows"):
        read_features(csv(tmp_path / "a.csv", "Id,x\n"))
    with pytest.raises(DataError, match="no numeric columns"):
        read_features(csv(tmp_path / "b.csv", "Id,gene\na,TP53\n"))


def test_blocks_of_foreign_columns_follow_their_names():
    names = ["SLF_0001", "SLF_0002", "Cells_Texture_a_1", "Cells_Texture_b", "red_mean", "red_sd"]
    blocks = foreign_block([*names, "lonely", "Att1", "Att2"], "mine")
    assert blocks == ["SLF", "SLF", *["Cells Texture"] * 2, "red", "red", "mine", "Att", "Att"]


def test_a_networks_columns_are_one_block_whichever_table_they_are_in():
    names = ["Cells_Embedding_b_0_Mean", "Image_Embedding_a1_0", "Image_Embedding_a1_1"]
    assert foreign_block(names, "mine") == ["Embedding b", *["Embedding a1"] * 2]
    # Neither a vector's number nor a network's name.
    assert foreign_block(["Cells_Embedding_b", "Nuclei_Embedding_b_0"], "mine") == ["mine"] * 2


def test_a_joined_table_is_a_block_of_its_file_name_and_lacking_ids_are_named(tmp_path):
    table = read_features(csv(tmp_path / "t.csv", "Id,x\na,1\nb,2\nc,3\n"))
    cnn = csv(tmp_path / "cnn.csv", "Id,x,p\nc,30,0.3\na,10,0.1\nz,0,0\n")
    notes = Notes()
    joined = join_blocks(table, [cnn], progress=notes)
    assert joined.names == ("x", "cnn.x", "cnn.p")
    assert [column.block for column in joined.columns[1:]] == ["cnn", "cnn"]
    np.testing.assert_array_equal(
        joined.values, np.float32([[1, 10, 0.1], [2, np.nan, np.nan], [3, 30, 0.3]])
    )
    assert notes.lines == [f"{cnn} lacks 1 of 3 ids, their values are missing: b."]


def test_marks_of_simulated_fields_are_kept_whatever_case_names_their_column(tmp_path):
    table = read_features(csv(tmp_path / "t.csv", "Id,x,Metadata_simulated\na,1,\nb,2,\n"))
    block = csv(tmp_path / "cnn.csv", "Id,p,Metadata_Simulated\na,1,true\nb,2,\n")
    assert join_blocks(table, [block]).simulated == (True, False)


def test_a_block_without_common_ids_or_with_a_taken_name_is_refused(tmp_path):
    table = read_features(csv(tmp_path / "t.csv", "Id,x\na,1\n"))
    with pytest.raises(DataError, match="no Id in common"):
        join_blocks(table, [csv(tmp_path / "cnn.csv", "Id,x\nz,1\n")])
    (tmp_path / "other").mkdir()
    twice = [
        csv(tmp_path / "cnn.csv", "Id,x\na,1\n"),
        csv(tmp_path / "other/CNN.csv", "Id,x\na,1\n"),
    ]
    with pytest.raises(UsageError, match="already a block named CNN"):
        join_blocks(table, twice)


COMMAS = {
    "decimals": "Id;a;b\nx;1,5;1\ny;2;2\n",
    "decimals and thousands": "Id;a;b\nx;1.234,5;1\ny;-2,25e-3;2\n",
    "thousands": 'Id,a,b\nx,"1,000",1\ny,"22,000.5",2\n',
}


@pytest.mark.parametrize("case", COMMAS)
def test_numbers_with_commas_are_not_dropped_as_text(case, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(COMMAS[case])
    with pytest.raises(UsageError, match="numbers with a comma in a"):
        read_features(str(path))
    path.write_text(COMMAS[case].replace(";a;", ";Metadata_a;").replace(",a,", ",Metadata_a,"))
    assert read_features(str(path)).names == ("b",)


def test_text_with_commas_is_not_taken_for_numbers(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('Id,a,b\nx,"1,5",1\ny,"Golgi, 2",2\nz,,3\n')
    assert read_features(str(path)).names == ("b",)
