"""Which challenge's numbers a label file holds, and that no hint leads from one to the other."""

from __future__ import annotations

import io
import re

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from listener import Listener

from hpa_features.core.errors import UsageError
from hpa_features.core.locations import LOCATIONS, LOCATIONS_2021
from hpa_features.io.labels import read_labels

# kaggle.com/c/hpa-single-cell-image-classification/data, with the project's spellings.
KAGGLE_2021 = {
    0: "Nucleoplasm",
    1: "Nuclear membrane",
    2: "Nucleoli",
    3: "Nucleoli fibrillar center",
    4: "Nuclear speckles",
    5: "Nuclear bodies",
    6: "Endoplasmic reticulum",
    7: "Golgi apparatus",
    8: "Intermediate filaments",
    9: "Actin filaments",
    10: "Microtubules",
    11: "Mitotic spindle",
    12: "Centrosome",
    13: "Plasma membrane",
    14: "Mitochondria",
    15: "Aggresome",
    16: "Cytosol",
    17: "Vesicles and punctate cytosolic patterns",
}
NAMES_OF_2021 = {"a": {"Mitochondria", "Nucleoplasm"}, "b": {"Cytosol"}, "c": set()}
SPELLINGS_OF_2021 = {
    "as published": "ID,Label\na,14|0\nb,16\nc,18\n",
    "lower case": "id,label\na,14|0\nb,16\nc,18\n",
    "Id and Label": "Id,Label\na,14|0\nb,16\nc,18\n",
    "spaces": "ID, Label \na, 14 | 0 \nb, 16\nc,18\n",
    "further columns": "ID,fold,Label,ImageWidth\na,0,14|0,2048\nb,1,16,1728\nc,2,18,2048\n",
    "an index column": ",ID,Label\n0,a,14|0\n1,b,16\n2,c,18\n",
    "quotes, as R writes": '"","ID","Label"\n"1","a","14|0"\n"2","b","16"\n"3","c",NA\n',
    "bars at the ends": "ID,Label\na,14|0|\nb,|16\nc,|18|\n",
    "18 beside others": "ID,Label\na,14|0|18\nb,16|16\nc,\n",
    "semicolons between columns": "ID;Label\na;14|0\nb;16\nc;18\n",
    "tabs, Windows line ends": "ID\tLabel\r\na\t14|0\r\nb\t16\r\nc\t18\r\n",
    "old Mac line ends": "ID,Label\ra,14|0\rb,16\rc,18\r",
}


def write(path, text):
    path.write_bytes(text.encode())
    return str(path)


def as_sets(table):
    return {
        each: {label for label, hit in zip(table.labels, row) if hit}
        for each, row in zip(table.ids, table.truth)
    }


def test_every_class_of_2021_has_its_name(tmp_path):
    text = "ID,Label\n" + "".join(f"r{number},{number}\n" for number in range(19))
    sets = as_sets(read_labels(write(tmp_path / "l.csv", text)))
    assert sets.pop("r18") == set()
    assert sets == {f"r{number}": {name} for number, name in KAGGLE_2021.items()}
    assert tuple(KAGGLE_2021.values()) == LOCATIONS_2021
    assert set(LOCATIONS_2021[:17]) <= set(LOCATIONS)


@pytest.mark.parametrize("spelling", SPELLINGS_OF_2021)
def test_every_spelling_of_the_labels_of_2021(spelling, tmp_path):
    told = Listener()
    path = write(tmp_path / "l.csv", SPELLINGS_OF_2021[spelling])
    assert as_sets(read_labels(path, progress=told)) == NAMES_OF_2021
    (line,) = [note for note in told.notes if "2021" in note]
    assert "l.csv" in line
    assert not told.warnings


def test_numbers_of_2021_without_any_separator(tmp_path):
    """Each row of a subset may have one label; tables with gaps hold them as 14.0."""
    for text in ("ID,Label\na,14\nb,16\nc,18\n", "ID,Label\na,14.0\nb,16.0\nc,\n"):
        told = Listener()
        sets = as_sets(read_labels(write(tmp_path / "l.csv", text), progress=told))
        assert sets == {"a": {"Mitochondria"}, "b": {"Cytosol"}, "c": set()}
        assert any("2021" in note for note in told.notes)
    for kind in (pa.int64(), pa.float64()):
        table = pa.table({"ID": ["a", "b", "c"], "Label": pa.array([14, 16, 18], kind)})
        pq.write_table(table, tmp_path / "l.parquet")
        assert as_sets(read_labels(str(tmp_path / "l.parquet"))) == sets


AMBIGUOUS = {
    "Labels with |": "Id,Labels\na,14|0\nb,16\n",
    "Labels with ;": "Id,Labels\na,14;0\nb,16\n",
    "Labels, one each": "id,labels\na,14\nb,16\n",
    "Labels with gaps": "Id,Labels\na,14.0\nb,\n",
    "Labels with zeros": "Id,Labels\na,00\nb,07\n",
    "Labels with spaces": "Id,Labels\na,14 0\nb,16\n",
    "Labels as lists": 'Id,Labels\na,"[14, 0]"\nb,[16]\n',
    "Labels with bars at the ends": "Id,Labels\na,14|0|\nb,|16\n",
    "Labels with slashes": "Id,Labels\na,14/0\nb,1/16\n",
    "Labels with commas and quotes": "Id,Labels\na,\"'14','0'\"\n",
    "Label with slashes": "Id,Label\na,14/0\nb,1/16\n",
    "Label with commas": 'Id,Label\na,"14,0"\nb,"1,16"\n',
    "Labels of another set with a number": "Id,Labels\na,dog;5\n",
    "names and numbers": "Id,Labels\na,Cytosol;14\n",
    "numbers among names of another set": "Id,Labels\na,dog\nb,5\n",
    "Target with |": "Id,Target\na,14|0\nb,16\n",
    "Target, the second row with |": "Id,Target\na,14\nb,16|0\n",
    "Target with ;": "Id,Target\na,14;0\n",
    "Label with numbers of 2018": "ID,Label\na,25\nb,0\n",
    "Label with spaces": "ID,Label\na,14 0\n",
    "Label with numbers and names": "ID,Label\na,14|0\nb,Cytosol\n",
    "columns 0 to 18": "ID," + ",".join(map(str, range(19))) + "\na" + ",1" * 19 + "\n",
}


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_numbers_whose_challenge_is_not_known_are_refused(case, tmp_path):
    with pytest.raises(UsageError) as caught:
        read_labels(write(tmp_path / "l.csv", AMBIGUOUS[case]))
    assert "l.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("start", ["Id,Labels", "Id,Target", "Id,label_numbers", "name,Label"])
def test_no_chain_of_hints_reads_numbers_of_2021_as_those_of_2018(start, tmp_path):
    """Columns get any of the names that a message mentions, until a file is read."""
    rows = "a,14|0\nb,16\nc,18\n"
    tried, left = set(), {tuple(start.split(","))}
    while left:
        header = left.pop()
        tried.add(header)
        path = write(tmp_path / "l.csv", ",".join(header) + "\n" + rows)
        try:
            read = as_sets(read_labels(path))
        except UsageError as error:
            said = str(error)
            for identity in {header[0], *re.findall(r"\bI[dD]\b", said)}:
                for column in {header[1], *re.findall(r"\b(?:Labels?|Target)\b", said)}:
                    left |= {(identity, column)} - tried
            continue
        assert read == NAMES_OF_2021, header
    assert len(tried) > 1


def test_a_column_label_of_0_and_1_is_one_label(tmp_path):
    told = Listener()
    table = read_labels(write(tmp_path / "l.csv", "id,label\na,1\nb,0\n"), progress=told)
    assert as_sets(table) == {"a": {"label"}, "b": set()}
    assert any("not as numbers of the 2021 challenge" in note for note in told.notes)


def test_a_column_target_of_0_and_1_is_reported_as_two_locations(tmp_path):
    told = Listener()
    table = read_labels(write(tmp_path / "l.csv", "Id,Target\na,1\nb,0\n"), progress=told)
    assert as_sets(table) == {"a": {"Nuclear membrane"}, "b": {"Nucleoplasm"}}
    assert any("Nucleoplasm and Nuclear membrane" in note for note in told.notes)


def test_of_several_columns_of_labels_the_one_that_is_read_is_reported(tmp_path):
    told = Listener()
    text = "ID,Label,Target\na,14|0,14 0\n"
    table = read_labels(write(tmp_path / "l.csv", text), progress=told)
    assert as_sets(table) == {"a": {"Microtubules", "Nucleoplasm"}}
    assert any("read from Target; Label is ignored" in note for note in told.notes)
    with pytest.raises(UsageError, match="has the columns labels and Labels"):
        read_labels(write(tmp_path / "l.csv", "Id,labels,Labels\na,x,y\n"))


LISTS = {
    "commas": 'Id,Labels\na,"Cytosol, Nucleoplasm"\n',
    "pandas, locations": "Id,Labels\na,\"['Cytosol', 'Nucleoplasm']\"\nb,Cytosol\n",
    "pandas, another set": "Id,Labels\na,\"['cat', 'dog']\"\n",
}


@pytest.mark.parametrize("case", LISTS)
def test_names_in_a_list_are_not_one_label(case, tmp_path):
    with pytest.raises(UsageError, match="separated by ;"):
        read_labels(write(tmp_path / "l.csv", LISTS[case]))


@pytest.mark.parametrize("column", ["Labels", "Label", "Target", "Id", "Cytosol"])
@pytest.mark.parametrize("values", [[["x"], ["y"]], [{"x": 1}, {"x": 2}], [b"\xff", b"\xfe"]])
def test_lists_and_bytes_of_parquet_are_refused_by_name(column, values, tmp_path):
    columns = {"Id": ["a", "b"], "Golgi apparatus": [0, 1], column: values}
    pq.write_table(pa.table(columns), tmp_path / "l.parquet")
    with pytest.raises(UsageError, match=f"column {column} holds values of type"):
        read_labels(str(tmp_path / "l.parquet"))


def test_names_in_a_column_label_are_read_as_in_labels(tmp_path):
    table = read_labels(write(tmp_path / "l.csv", "ID,Label\na,Cytosol|Nucleus\nb,None\n"))
    assert as_sets(table) == {"a": {"Cytosol", "Nucleoplasm"}, "b": set()}


def test_numbered_columns_are_reported_as_those_of_2018(tmp_path):
    told = Listener()
    read_labels(write(tmp_path / "l.csv", "Id,00,25\na,1,0\n"), progress=told)
    (line,) = told.notes
    assert "numbers of the 2018 challenge: 00 is Nucleoplasm, 25 is Cytosol." in line


@pytest.mark.parametrize("column", ["Labels", "Target", "LABELS", "target", "Label"])
@pytest.mark.parametrize(
    "missing", ["NA", "nan", "NaN", "None", "NULL", "null", "<NA>", "N/A", "#N/A", "", " NA "]
)
def test_a_missing_value_is_a_row_without_labels(column, missing, tmp_path):
    one = "25" if column.casefold() == "target" else "Cytosol"
    told = Listener()
    text = f"Id,{column}\na,{one}\nb,{missing}\n"
    table = read_labels(write(tmp_path / "l.csv", text), progress=told)
    assert as_sets(table) == {"a": {"Cytosol"}, "b": set()}
    assert len(told.notes) == bool(missing.strip())


def test_a_missing_value_in_a_list_of_names_or_in_parquet(tmp_path):
    table = read_labels(write(tmp_path / "l.csv", "Id,Labels\na,Cytosol;NA\nb,nan|None\n"))
    assert as_sets(table) == {"a": {"Cytosol"}, "b": set()}
    frame = pd.DataFrame({"Id": ["a", "b", "c"], "Target": ["25", None, "nan"]})
    frame.to_parquet(tmp_path / "l.parquet")
    table = read_labels(str(tmp_path / "l.parquet"))
    assert as_sets(table) == {"a": {"Cytosol"}, "b": set(), "c": set()}


@pytest.mark.parametrize("missing", ["NA", "nan", ""])
def test_a_missing_value_in_a_0_1_column_is_neither(missing, tmp_path):
    with pytest.raises(UsageError, match=r"data row 2 \(Id b\): column dog holds .*wanted 0 or 1"):
        read_labels(write(tmp_path / "l.csv", f"Id,cat,dog\na,1,0\nb,1,{missing}\n"))


@pytest.mark.parametrize("index", ["pandas", "pandas twice", "R", "Parquet", "readr"])
def test_columns_of_row_numbers_are_not_labels(index, tmp_path):
    frame = pd.DataFrame({"Id": ["a", "b", "c"], "cat": [1, 0, 1], "dog": [0, 0, 1]})
    path = tmp_path / "l.csv"
    if index.startswith("pandas"):
        text = frame.to_csv()
        if index == "pandas twice":
            text = pd.read_csv(io.StringIO(pd.read_csv(io.StringIO(text)).to_csv())).to_csv()
        path.write_text(text)
    elif index == "Parquet":
        pq.write_table(pa.Table.from_pandas(frame[frame.cat >= 0].iloc[[0, 1, 2]]), path)
    else:
        frame.index += 1
        frame.to_csv(path, index_label="" if index == "R" else "...1")
    table = read_labels(str(path))
    assert table.labels == ("cat", "dog")
    assert as_sets(table)["c"] == {"cat", "dog"}


def test_an_unclosed_quote_that_another_row_closes_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"data row 1 \(Id a\): its labels span several lines"):
        read_labels(write(tmp_path / "l.csv", 'Id,Labels\na,"Cytosol\nb,Nucleoli"\nc,Cytosol\n'))
    with pytest.raises(UsageError, match="data row 1: the Id spans several lines"):
        read_labels(write(tmp_path / "l.csv", 'Id,Labels\n"a,x\nb",Nucleoli\n'))
