import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpa_features.core.errors import FieldError, UsageError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Channel, FieldSource, PixelSizeSource
from hpa_features.io.images import read_field
from hpa_features.io.manifest import Manifest, find_fields, write_manifest
from hpa_features.io.sniff import StreamKind, sniff

SETTINGS = InputSettings()
HEADER = "Id,blue,red,yellow,green"


def written(folder, text, name="m.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_rows_keep_their_order_and_paths_are_relative_to_the_manifest(tmp_path):
    path = written(tmp_path, f"{HEADER}\nz,b.png,r.png,y.png,g.png\na,/abs/b.png,r,y,g#channel=1\n")
    z, a = find_fields(path, SETTINGS).sources
    assert (z.id, a.id) == ("z", "a")
    assert z.files[Channel.DNA] == str(tmp_path / "b.png")
    assert a.files[Channel.DNA] == "/abs/b.png"
    assert a.files[Channel.PROTEIN] == str(tmp_path / "g#channel=1")


def test_a_manifest_on_stdin_is_relative_to_the_working_folder():
    text = io.BytesIO(f"{HEADER}\nx,b.png,r.png,y.png,g.png\n".encode())
    (source,) = find_fields("-", SETTINGS, stdin=text).sources
    assert source.files[Channel.DNA] == "b.png"


def test_all_columns_reach_the_field(tmp_path):
    path = written(
        tmp_path,
        f"{HEADER},cells,nuclei,pixel_size_um,file_size,Metadata_Gene,Metadata_Plate\n"
        "x,b,r,y,g,c.png,n.png,0.16,4195920.0,TP53,\n",
    )
    (source,) = find_fields(path, SETTINGS).sources
    assert source.cells == str(tmp_path / "c.png")
    assert source.nuclei == str(tmp_path / "n.png")
    assert (source.pixel_size_um, source.pixel_size_source) == (0.16, PixelSizeSource.MANIFEST)
    assert source.file_size == 4_195_920
    assert source.metadata == {"Gene": "TP53"}


def test_an_id_that_carries_metadata_gives_it_and_columns_win(tmp_path):
    path = written(tmp_path, f"{HEADER},Metadata_Well\n10580_1610_C1_2,b,r,y,g,D4\n")
    (source,) = find_fields(path, SETTINGS).sources
    assert source.metadata == {
        "Antibody": "10580", "Plate": "1610", "Well": "D4", "Field": "2"
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "ID;Blue;Red;Yellow;Green\nx;b;r;y;g\n",
        "Id\tblue\tred\tyellow\tgreen\nx\tb\tr\ty\tg\n",
        f"\ufeff{HEADER}\r\nx,b,r,y,g\r\n\r\n",
        'Id, blue ,red,yellow,green\n"x", b ,r,y,g\n',
    ],
)
def test_spreadsheets_spellings_are_read(tmp_path, text):
    (source,) = find_fields(written(tmp_path, text), SETTINGS).sources
    assert source.id == "x"
    assert source.files[Channel.DNA] == str(tmp_path / "b")


def test_gzip_is_read(tmp_path):
    path = tmp_path / "m.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}\nx,b,r,y,g\n".encode()))
    assert len(find_fields(str(path), SETTINGS).sources) == 1


def test_unknown_columns_are_named(tmp_path):
    manifest = find_fields(written(tmp_path, f"{HEADER},batch,who\nx,b,r,y,g,1,me\n"), SETTINGS)
    assert "columns ignored: batch, who" in manifest.notes[0]


def test_an_empty_channel_is_that_fields_failure(tmp_path):
    path = written(tmp_path, f"{HEADER}\nx,b,r,,g\nw,b,r,y,g\n")
    manifest = find_fields(path, SETTINGS)
    assert [failure.error for failure in manifest.failures] == ["channel missing: yellow."]
    assert len(manifest.sources) == 1
    without = InputSettings(allow_missing_yellow=True)
    assert len(find_fields(path, without).sources) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Id,green\nx,g\n", "blue, red missing"),
        ("blue,red,yellow,green\nb,r,y,g\n", "Id missing"),
        (f"{HEADER}\nx,b,r,y,g\nx,b,r,y,g\n", "row 3: Id x already occurs in row 2"),
        (f"{HEADER}\n,b,r,y,g\n", "row 2: the Id is empty"),
        (f"{HEADER}\na/b,b,r,y,g\n", "cannot be part of a file name"),
        (f"{HEADER}\n..,b,r,y,g\n", "cannot be part of a file name"),
        (f"{HEADER}\nx,b,r,y\n", "row 2: 4 values, wanted 5"),
        (f"{HEADER}\nx,b,r,y,g,extra\n", "row 2: 6 values, wanted 5"),
        (f"{HEADER},Green\nx,b,r,y,g,h\n", "more than one column named green"),
        (f"{HEADER},x,x\nx,b,r,y,g,h,i\n", "more than one column named x"),
        (f"{HEADER},pixel_size_um\nx,b,r,y,g,wide\n", "row 2: pixel_size_um is 'wide'"),
        (f"{HEADER},pixel_size_um\nx,b,r,y,g,-1\n", "0.005 to 10 µm"),
        (f"{HEADER},pixel_size_um\nx,b,r,y,g,80\n", "'80', wanted 0.005 to 10 µm"),
        (f"{HEADER},pixel_size_um\nx,b,r,y,g,nan\n", "0.005 to 10 µm"),
        (f"{HEADER},file_size\nx,b,r,y,g,big\n", "file_size is 'big'"),
        ("Metadata_Id,Cells_AreaShape_Area\nx,3\n", "not a manifest"),
        (f'{HEADER}\nx,"b,r,y,g\n', "never closed"),
    ],
)
def test_a_manifest_that_cannot_be_is_a_usage_error(tmp_path, text, says):
    with pytest.raises(UsageError, match=says) as caught:
        find_fields(written(tmp_path, text), SETTINGS)
    assert "m.csv" in caught.value.message
    assert caught.value.hint


def test_paths_may_begin_at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    (source,) = find_fields(written(tmp_path, f"{HEADER}\nx,~/b.png,r,~y,g\n"), SETTINGS).sources
    assert source.files[Channel.DNA] == "/home/me/b.png"
    assert source.files[Channel.ER] == str(tmp_path / "~y")


@pytest.mark.parametrize("address", ["https://host/b.png", "s3://bucket/b.png"])
def test_an_address_is_not_a_path(tmp_path, address):
    (source,) = find_fields(written(tmp_path, f"{HEADER}\nx,{address},r,y,g\n"), SETTINGS).sources
    with pytest.raises(FieldError, match="is an address, not a path") as caught:
        read_field(source, SETTINGS)
    assert (caught.value.file, "download" in caught.value.hint) == (address, True)
    with pytest.raises(UsageError, match="is an address, not a path"):
        find_fields(address, SETTINGS)


def test_bytes_that_are_no_text_are_told(tmp_path):
    path = tmp_path / "m.csv"
    path.write_bytes(f"{HEADER}\n".encode() + b"\xff\xfe,b,r,y,g\n")
    with pytest.raises(UsageError, match="not UTF-8"):
        find_fields(str(path), SETTINGS)


def test_damaged_parquet_and_gzip_are_told(tmp_path):
    path = tmp_path / "m.parquet"
    path.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(UsageError, match="Parquet"):
        find_fields(str(path), SETTINGS)
    path = tmp_path / "m.csv.gz"
    path.write_bytes(gzip.compress(HEADER.encode())[:-4])
    with pytest.raises(UsageError, match="cannot be read"):
        find_fields(str(path), SETTINGS)


def test_an_arrow_table_is_sent_to_predict():
    with pytest.raises(UsageError, match="Arrow"):
        find_fields("-", SETTINGS, stdin=io.BytesIO(b"\xff\xff\xff\xff\0\0\0\0"))


SOURCES = (
    FieldSource(
        "10580_1610_C1_2",
        {channel: f"{channel.colour}.png" for channel in Channel},
        cells="masks/c.png",
        nuclei="masks/n.png",
        pixel_size_um=0.1 + 0.2,
        pixel_size_source=PixelSizeSource.ESTIMATED,
        file_size=4_195_920,
        metadata={"Antibody": "10580", "Plate": "1610", "Well": "C1", "Field": "2", "Gene": "a,b"},
    ),
    FieldSource(
        "other",
        {channel: f"/elsewhere/{channel.colour}.tif#page=3" for channel in Channel},
    ),
)


def below(folder, source):
    """`source` with its relative paths below `folder`."""
    files = {channel: str(folder / text) for channel, text in source.files.items()}
    return FieldSource(
        source.id,
        files,
        cells=source.cells and str(folder / source.cells),
        nuclei=source.nuclei and str(folder / source.nuclei),
        pixel_size_um=source.pixel_size_um,
        pixel_size_source=source.pixel_size_source,
        file_size=source.file_size,
        metadata=source.metadata,
    )


@pytest.mark.parametrize("name", ["m.csv", "m.tsv", "m.parquet", "new/folder/m.csv"])
def test_what_is_written_reads_back_the_same(tmp_path, name):
    sources = tuple(below(tmp_path, source) for source in SOURCES)
    write_manifest(Manifest(sources), tmp_path / name)
    assert find_fields(str(tmp_path / name), SETTINGS).sources == sources
    assert [path.name for path in (tmp_path / name).parent.glob(".*")] == []


def test_paths_below_the_manifest_are_written_relative_to_it(tmp_path):
    write_manifest(Manifest((below(tmp_path, SOURCES[0]),)), tmp_path / "m.csv")
    assert str(tmp_path) not in (tmp_path / "m.csv").read_text()
    (tmp_path / "away").mkdir()
    write_manifest(Manifest((below(tmp_path, SOURCES[0]),)), tmp_path / "away" / "m.csv")
    assert str(tmp_path / "blue.png") in (tmp_path / "away" / "m.csv").read_text()


def test_a_stream_keeps_paths_as_they_are():
    text = io.StringIO()
    write_manifest(Manifest(SOURCES), text)
    again = find_fields("-", SETTINGS, stdin=io.BytesIO(text.getvalue().encode()))
    assert again.sources == SOURCES


@given(
    st.dictionaries(
        st.text("abcXYZ", min_size=1, max_size=5),
        st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1),
        max_size=4,
    )
)
def test_any_metadata_survives_a_manifest(metadata):
    source = FieldSource("x", {c: c.colour for c in Channel}, metadata=metadata)
    text = io.StringIO()
    write_manifest(Manifest((source,)), text)
    stream = io.BytesIO(text.getvalue().encode())
    assert find_fields("-", SETTINGS, stdin=stream).sources == (source,)


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (b"\xff\xff\xff\xff\x10", StreamKind.ARROW),
        (b"ARROW1\0\0", StreamKind.ARROW),
        (b"PAR1\x15", StreamKind.PARQUET),
        (b"Id,blue,red,yellow,green\n", StreamKind.MANIFEST),
        (b"\xef\xbb\xbfId;blue;red;green\r\n", StreamKind.MANIFEST),
        (b'"Id","green"', StreamKind.MANIFEST),
        (b"Id,Cells_Mean\n", StreamKind.TABLE),
        (b"Metadata_Id,Cells_Mean\n", StreamKind.TABLE),
        (b"images/x_green.png\n", StreamKind.PATHS),
        (b"green\n", StreamKind.PATHS),
        (b"a\0b", StreamKind.PATHS),
        (b"\x80\x81", StreamKind.PATHS),
        (b"", StreamKind.PATHS),
    ],
)
def test_first_bytes_tell_what_a_stream_carries(first, kind):
    assert sniff(first) is kind


def test_the_cut_mosaics_manifest_form_is_read(tmp_path):
    path = written(
        tmp_path,
        "Id,blue,red,yellow,green,pixel_size_um\npure-0-t1,"
        + ",".join(f"fields/pure-0-t1_{colour}.png" for colour in ("blue", "red", "yellow"))
        + ",fields/pure-0-t1_green.png,0.16\n",
    )
    (source,) = find_fields(path, SETTINGS).sources
    assert Path(source.files[Channel.PROTEIN]) == tmp_path / "fields" / "pure-0-t1_green.png"
    assert source.pixel_size_um == 0.16


@pytest.mark.parametrize("missing", ["NA", "nan", "None", "<NA>", ""])
def test_a_missing_file_is_an_absent_one(missing, tmp_path):
    path = written(tmp_path, f"{HEADER},cells\nx,b,r,{missing},g,{missing}\nNA,b,r,y,g,c\n")
    manifest = find_fields(path, SETTINGS)
    assert [failure.id for failure in manifest.failures] == ["x"]
    assert "yellow" in manifest.failures[0].error
    assert [source.id for source in manifest.sources] == ["NA"]
    (source, _) = find_fields(path, InputSettings(allow_missing_yellow=True)).sources
    assert not source.cells
