"""Every form of label file, and every bad one as a clear line with its row."""

from __future__ import annotations

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from listener import Listener

from hpa_features.core.errors import DataError, HpaFeatError, UsageError
from hpa_features.core.locations import LOCATIONS
from hpa_features.io.labels import read_labels

ATLAS = {"a": {"Nucleoplasm", "Cytosol"}, "b": {"Cytosol"}, "c": set()}
FORMS = {
    "target": "Id,Target\na,25 0\nb,25\nc,\n",
    "names": "Id,Labels\na,Nucleoplasm;Cytosol\nb,Cytosol\nc,\n",
    "bars and other spellings": "Id,Labels\na, nucleus | Cytoplasm\nb,cytosol|\nc,\n",
    "columns 00": "Id,00,25\na,1,1\nb,0,1\nc,0,0\n",
    "columns of names": "Metadata_Id,Nucleus,Cytosol,Group\na,1,1,y\nb,0,1,y\nc,0,0.0,y\n",
    "true and false": "Id,Nucleoplasm,Cytosol\na,True,True\nb,False,True\nc,FALSE,false\n",
    "target beside others": "Id,gene,Target,file_size\na,TP53,0 25,7\nb,,25,7\nc,,,7\n",
}


def as_sets(table):
    return {
        each: {label for label, hit in zip(table.labels, row) if hit}
        for each, row in zip(table.ids, table.truth)
    }


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same(form, tmp_path):
    table = read_labels(write(tmp_path / "labels.csv", FORMS[form]))
    assert table.labels == ("Nucleoplasm", "Cytosol")
    assert as_sets(table) == ATLAS


def test_gzip_and_parquet_with_whole_numbers(tmp_path):
    (tmp_path / "l.csv.gz").write_bytes(gzip.compress(FORMS["target"].encode()))
    assert as_sets(read_labels(str(tmp_path / "l.csv.gz"))) == ATLAS
    pq.write_table(pa.table({"Id": ["a"], "Target": [7]}), tmp_path / "l.parquet")
    assert as_sets(read_labels(str(tmp_path / "l.parquet"))) == {"a": {"Golgi apparatus"}}


def test_all_28_by_number_and_by_name(tmp_path):
    by_number = "Id,Target\n" + "".join(f"r{i},{i}\n" for i in range(28))
    by_name = "Id,Labels\n" + "".join(f"r{i},{name}\n" for i, name in enumerate(LOCATIONS))
    for text in (by_number, by_name):
        table = read_labels(write(tmp_path / "l.csv", text))
        assert table.labels == LOCATIONS
        assert table.truth.diagonal().all()


def test_a_0_1_column_without_positives_is_still_a_label(tmp_path):
    table = read_labels(write(tmp_path / "l.csv", "Id,cat,dog\na,1,0\n"))
    assert table.labels == ("cat", "dog")


def test_other_label_sets_are_taken_as_named(tmp_path):
    named = read_labels(write(tmp_path / "a.csv", "Id,Labels\na,dog;cat\nb,cat\n"))
    assert named.labels == ("dog", "cat")
    numbered = "Id," + ",".join(map(str, range(1, 41))) + "\na" + ",1" * 40 + "\n"
    assert read_labels(write(tmp_path / "b.csv", numbered)).labels[0] == "1"


def test_names_beside_the_28_are_kept_and_told(tmp_path):
    told = Listener()
    text = "Id,Labels\na,Vesicles;Cytosol\nb,Nucleoli rim\n"
    table = read_labels(write(tmp_path / "l.csv", text), progress=told)
    assert table.labels == ("Cytosol", "Vesicles", "Nucleoli rim")
    assert len(told.warnings) == 1
    assert "Vesicles, Nucleoli rim" in told.warnings[0]


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("Id,Target\na,0\nb,28\n", UsageError, "data row 2 (Id b): unknown label '28'"),
        ("Id,Target\na,Cytosol\n", UsageError, "data row 1 (Id a): unknown label 'Cytosol'"),
        ("Id,Target\na,0;1\n", UsageError, "unknown label '0;1'"),
        ("Id,Target\na,-1\n", UsageError, "unknown label '-1'"),
        ("Id,Labels\na,Cytosol;Nuclear speckels\n", UsageError, "did you mean 'Nuclear speckles'"),
        ("Id,Labels\na,Cytosol;Nuclear body\n", UsageError, "did you mean 'Nuclear bodies'"),
        ("Id,Labels\na,Cytosol\nb,77\n", UsageError, "data row 2 (Id b): unknown label '77'"),
        ("Id,Target\na,0\na,1\n", UsageError, "duplicate ids: a (data rows 1 and 2)"),
        ("Id,cat\na,1\nb,2\n", UsageError, "data row 2 (Id b): column cat holds '2'"),
        ("Id,cat\na,1\nb,\n", UsageError, "data row 2 (Id b): column cat holds ''"),
        ("Id,gene,cat\na,TP53,1\n", UsageError, "column gene holds 'TP53', wanted 0 or 1"),
        ("Id,Cytosol,Cytoplasm\na,1,0\n", UsageError, "Cytosol and Cytoplasm mean the same"),
        ("Id\na\n", UsageError, "no label columns"),
        ("name,Target\na,0\n", UsageError, "no column Id"),
        ("Id,Target\na,\n", DataError, "No row of"),
        ("Id,cat\na,0\n", DataError, "No row of"),
        ("Id,Target\n", DataError, "No row of"),
        ("", DataError, "is empty"),
    ],
)
def test_a_bad_file_is_one_clear_line(text, kind, message, tmp_path):
    path = write(tmp_path / "labels.csv", text)
    with pytest.raises(kind) as caught:
        read_labels(path)
    assert message in str(caught.value)
    assert "labels.csv" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, HpaFeatError)


def test_the_competitions_own_labels(shared_data):
    table = read_labels(str(shared_data / "tables/kaggle2018/train.csv.gz"))
    assert table.truth.shape == (31_072, 28)
    counts = dict(zip(table.labels, table.truth.sum(axis=0)))
    assert counts["Nucleoplasm"] == 12_885
    assert counts["Rods & rings"] == 11
