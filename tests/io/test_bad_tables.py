"""Every reader of tables refuses what is not a table in one line with the file and a remedy."""

from __future__ import annotations

import gzip
import io
import os
import random
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from hpa_features.core.errors import DataError, HpaFeatError, UsageError
from hpa_features.core.settings import InputSettings
from hpa_features.io.arrow import read_arrow, texts
from hpa_features.io.blocks import join_blocks
from hpa_features.io.cells import gather, open_cells
from hpa_features.io.groups import read_groups
from hpa_features.io.labels import read_labels
from hpa_features.io.manifest import find_fields
from hpa_features.io.prediction_files import ids_from, read_predictions
from hpa_features.io.prevalence import read_prevalence
from hpa_features.io.store.parts import write_part
from hpa_features.io.tables import read_features

GOOD = "Id,Group,label,prevalence,x,Predicted,Labels,blue,red,green\n" + "".join(
    f"r{row},g{row},l{row},0.5,{row}.5,25,Cytosol,b.png,r.png,g.png\n" for row in range(60)
)


def read_cells(path):
    table = open_cells(path, known={})
    return gather(table, ["r1", "r2"], ["x"], 3, Path(path).with_suffix(".npy"))


def read_block(path):
    table = pa_csv.read_csv(pa.BufferReader(b"Id,y\nr1,1\nr2,2\n"))
    good = Path(path).with_name("good.parquet")
    pq.write_table(table, good)
    return join_blocks(read_features(str(good)), [path])


READERS = {
    "features": read_features,
    "block": read_block,
    "labels": read_labels,
    "groups": read_groups,
    "manifest": lambda path: find_fields(path, InputSettings()),
    "cells": read_cells,
    "predictions": read_predictions,
    "ids": ids_from,
    "prevalence": lambda path: read_prevalence(path, [f"l{row}" for row in range(60)]),
}


def flipped(data, at, bit=0x10):
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]


def packed(kind):
    file = io.BytesIO()
    table = pa_csv.read_csv(pa.BufferReader(GOOD.encode()))
    if kind == "parquet":
        pq.write_table(table, file, write_page_checksum=True)
    else:
        pyarrow.feather.write_feather(table, file)
    return file.getvalue()


GZ = gzip.compress(GOOD.encode(), mtime=0)
PARQUET, ARROW = packed("parquet"), packed("arrow")
BAD = {
    "a quote that is never closed": (GOOD.replace("r7,", '"r7,').encode(), "row 9"),
    "a quote closed by the next row's": (
        GOOD.replace("r7,", '"r7,').replace("r9,", '"r9,').encode(),
        "row 9",
    ),
    "a header with an open quote": (b'Id,"green\na,b\n', "row 1"),
    "a name that is too long": (
        b"Id,green" + bytes(300_000).replace(b"\0", b"x") + b"\na,b\n",
        "row 1",
    ),
    "NUL bytes": (GOOD.replace("r7", "r\0").encode(), "NUL"),
    "UTF-16": (GOOD.encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": (GOOD.encode("utf-16-le"), "NUL"),
    "UTF-32": (GOOD.encode("utf-32"), "UTF-16|NUL"),
    "Latin-1 in a row": (GOOD.replace("r7", "Zürich").encode("latin-1"), "line 9 holds the byte"),
    "Latin-1 in the header": (GOOD.replace("Group", "Größe").encode("latin-1"), "line 1 holds"),
    "a row that is too long": (GOOD.replace("r7,", "r7,7,").encode(), "row 9"),
    "an Excel workbook": (b"PK\x03\x04" + bytes(40), "Excel"),
    "an old Excel workbook": (b"\xd0\xcf\x11\xe0" + bytes(40), "Excel"),
    "a PNG image": (b"\x89PNG\r\n\x1a\n" + bytes(40), "PNG"),
    "a web page": (b"<!DOCTYPE html><html>404</html>", "web page"),
    "noise": (random.Random(3).randbytes(500), "not text|not UTF-8"),
    "gzip with a flipped bit": (flipped(GZ, len(GZ) // 2), "gzip data are damaged|end too early"),
    "gzip with a wrong checksum": (flipped(GZ, len(GZ) - 6), "gzip data are damaged"),
    "gzip that is truncated": (GZ[:-20], "end too early"),
    "Parquet with a flipped bit": (flipped(PARQUET, 60), "cannot be read as a table"),
    "Parquet that is truncated": (PARQUET[:-50], "cannot be read as a table"),
    "Arrow that is truncated": (ARROW[: len(ARROW) // 2], "cannot be read as a table"),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("case", BAD)
def test_what_is_not_a_table_is_one_line_with_a_remedy(case, reader, tmp_path):
    content, message = BAD[case]
    path = tmp_path / "some.csv"
    path.write_bytes(content)
    with pytest.raises(HpaFeatError) as caught:
        READERS[reader](str(path))
    said = str(caught.value)
    assert "some.csv" in said
    assert caught.value.hint
    assert "\n" not in said
    assert "unexpected" not in said
    # A file that is not text at all is neither a manifest nor a folder.
    if reader != "manifest" or "Arrow" not in case:
        assert any(each in said for each in message.split("|")), said


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("form", ["\r", "\r\n", "mark", "quoted", "upper", "gz", "mark and gz"])
def test_other_line_ends_marks_and_cases_read_alike(reader, form, tmp_path):
    text = GOOD
    if form == "upper":
        header, rows = text.split("\n", 1)
        text = f"{header.upper()}\n{rows}"
    if form == "quoted":
        text = "\n".join(
            ",".join(f'"{value}"' for value in line.split(",")) for line in text.splitlines()
        )
    text = text.replace("\n", form) if form in ("\r", "\r\n") else text
    content = text.encode("utf-8-sig" if "mark" in form else "utf-8")
    path, good = tmp_path / "x.csv", tmp_path / "y.csv"
    path.write_bytes(gzip.compress(content) if "gz" in form else content)
    good.write_text(GOOD)
    if form == "upper" and reader == "cells":
        pytest.skip("names of features are taken as they are")
    got, wanted = READERS[reader](str(path)), READERS[reader](str(good))
    for name in ("ids", "truth", "decision", "sources", "starts"):
        if hasattr(wanted, name):
            assert np.array_equal(getattr(got, name), getattr(wanted, name))
    if isinstance(wanted, dict):
        assert got == wanted


@pytest.mark.parametrize("kind", ["parquet", "arrow", "csv", "gz"])
def test_damage_of_any_kind_is_never_another_error(kind, tmp_path):
    whole = {"parquet": PARQUET, "arrow": ARROW, "csv": GOOD.encode(), "gz": GZ}[kind]
    draw = random.Random(kind)
    path = tmp_path / "some.data"
    for _ in range(60):
        at = draw.randrange(len(whole))
        path.write_bytes(
            draw.choice(
                [
                    whole[:at],
                    flipped(whole, at, 1 << draw.randrange(8)),
                    whole[:at] + draw.randbytes(4) + whole[at + 4 :],
                ]
            )
        )
        try:
            read_features(str(path))
            read_labels(str(path))
        except HpaFeatError as error:
            assert "some.data" in str(error)  # noqa: PT017  (either outcome is right)


def test_text_in_parquet_that_is_not_utf8_or_not_marked_as_text(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"Id": pa.array([b"a", b"\xc3\xa9"]), "x": [1, 2]}), path)
    assert texts(read_arrow(str(path)), "Id") == ("a", "é")
    broken = pa.array([b"a", b"\xff"]).view(pa.string())
    pq.write_table(pa.table({"Id": broken, "x": [1, 2]}), path)
    with pytest.raises(DataError, match=r"t\.parquet cannot be read as a table"):
        read_arrow(str(path))


def test_a_wide_row_is_longer_than_arrows_block(tmp_path):
    count = 6_000
    path = tmp_path / "wide.csv"
    row = ",".join(f"{number}.{'7' * 200}" for number in range(count))
    path.write_text("Id," + ",".join(f"c{number}" for number in range(count)) + f"\na,{row}\n")
    assert read_arrow(str(path)).shape == (1, count + 1)


@pytest.mark.parametrize("how", ["flipped", "cut", "gone"])
@pytest.mark.parametrize("level", ["images", "cells"])
def test_a_damaged_part_is_named_with_what_makes_it_again(level, how, tmp_path):
    table = pa.table(
        {
            "Metadata_Id": [f"r{row // 3}" for row in range(90)],
            "x": np.random.default_rng(0).random(90),
        }
    )
    images = table.group_by("Metadata_Id").aggregate([("x", "mean")])
    write_part(tmp_path, "part-1", {"images": images, "cells": table})
    path = tmp_path / level / "part-1.parquet"
    whole = path.read_bytes()
    read = {
        "images": lambda: read_features(str(tmp_path)),
        "cells": lambda: gather(opened, ["r1"], ["x"], 3, tmp_path / "c.npy"),
    }[level]
    opened = open_cells(str(tmp_path), known={})
    read()
    damaged = {"flipped": flipped(whole, len(whole) // 3), "cut": whole[:-30], "gone": None}[how]
    if damaged is not None:
        path.write_bytes(damaged)
    elif level == "cells":
        path.unlink()
    else:
        return  # a folder without parts is another message
    with pytest.raises(DataError, match=r"part-1\.parquet is missing or damaged") as caught:
        read()
    assert "extract again" in caught.value.hint


def test_a_header_may_have_line_breaks_in_quotes(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('"Id","mean\nintensity","Metadata_\nPlate"\n007,1.5,08\n')
    table = read_arrow(str(path))
    assert table.to_pydict() == {
        "Id": ["007"],
        "mean\nintensity": [1.5],
        "Metadata_\nPlate": ["08"],
    }


def test_zlib_is_what_gzip_uses():
    """The format that `start_of` asks zlib for is gzip's."""
    assert zlib.decompressobj(wbits=31).decompress(GZ).decode() == GOOD


def test_two_columns_of_one_name_in_any_case_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("Id,ID,x\na,b,1\n")
    with pytest.raises(UsageError, match="more than one column named Id"):
        read_arrow(str(path))


@pytest.mark.parametrize("reader", [each for each in READERS if each != "manifest"])
def test_a_folder_and_a_pipe_are_named_as_such(reader, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is not a regular file"):
        READERS[reader](str(tmp_path / "pipe"))
    if reader not in {"features", "block", "cells"}:  # which take the folder of extract
        with pytest.raises(UsageError, match="is a folder, wanted a table"):
            READERS[reader](str(tmp_path))
