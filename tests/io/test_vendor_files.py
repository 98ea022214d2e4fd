"""Files of Zeiss and Leica, read by their packages; Nikon's as far as that goes without a file."""

from __future__ import annotations

import gzip
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lif_files import write_lif

from hpa_features.core.errors import FieldError, MissingExtra
from hpa_features.core.progress import SILENT
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import CHANNELS
from hpa_features.io.files import Place
from hpa_features.io.images import read_field
from hpa_features.io.manifest import find_fields, write_manifest
from hpa_features.io.pixel_size import settle

SETTINGS = InputSettings(z="max")
PLANNED = replace(SETTINGS, channels="DNA=0,Microtubules=1,ER=2,Protein=3")
SCENES = ((24, 32), (16, 20))


def fields_in(place, settings=SETTINGS):
    """Return the fields of a folder by id, read, and the reasons of those that cannot be."""
    read, failed = {}, {}
    found = find_fields(str(place), settings)
    for source in settle(found.sources, settings, SILENT):
        try:
            read[source.id] = read_field(source, settings)
        except FieldError as error:
            failed[source.id] = str(error)
    return read, failed


def values(scene, z):
    """Return what ``tests/golden/make_small_czi.py`` writes of a scene."""
    rows, columns = SCENES[scene]
    plane = 1000 * np.arange(4)[:, None, None] + 100 * z + 10 * scene + np.arange(columns)
    return np.broadcast_to(plane, (4, rows, columns)).astype(np.uint16)


def czi(path):
    packed = Path(__file__).parents[1] / "golden" / "small.czi.gz"
    path.write_bytes(gzip.decompress(packed.read_bytes()))


def lif(path):
    stacks = [np.stack([values(scene, z) for z in (0, 1)], axis=1) for scene in (0, 1)]
    write_lif(path, dict(zip("ab", map(np.ascontiguousarray, stacks), strict=True)), 0.13)


@pytest.mark.parametrize(("write", "settings"), [(czi, SETTINGS), (lif, PLANNED)])
def test_each_image_of_a_file_is_a_field(tmp_path, write, settings):
    write(tmp_path / f"x.{write.__name__}")
    for z, plane in (("max", 1), ("0", 0), ("1", 1)):
        read, failed = fields_in(tmp_path, replace(settings, z=z))
        assert not failed
        assert list(read) == ["x_0", "x_1"]
        for scene, field in enumerate(read.values()):
            assert field.pixel_size_um == pytest.approx(0.13)
            for number, channel in enumerate(CHANNELS):
                wanted = values(scene, plane)[{"ER": 2, "Protein": 3}.get(channel, number)]
                np.testing.assert_array_equal(field.planes[channel], wanted)


def test_channels_of_czi_are_found_by_their_names_and_reported(tmp_path):
    czi(tmp_path / "x.czi")
    assert "ER is channel 2 ('Calnexin')" in find_fields(str(tmp_path), SETTINGS).notes[0]


@pytest.mark.parametrize("write", [czi, lif])
def test_a_stack_a_channel_or_an_image_too_many_is_refused(tmp_path, write):
    path = tmp_path / f"x.{write.__name__}"
    write(path)
    assert "--z max" in fields_in(tmp_path, replace(PLANNED, z=""))[1]["x_0"]
    four = replace(PLANNED, channels="DNA=0,Microtubules=1,ER=2,Protein=4")
    assert "has 4 channels, wanted channel 4" in fields_in(tmp_path, four)[1]["x_0"]
    for series, says in (("", "wanted 1. Name one with #series=N"), ("series=2&", "number 2")):
        planes = ",".join(f"{path}#{series}channel={n}" for n in range(4))
        (tmp_path / "m.csv").write_text(f"Id,blue,red,yellow,green\nf,{planes}\n")
        problem = fields_in(tmp_path / "m.csv")[1]["f"]
        assert "has 2 images, wanted" in problem
        assert says in problem


def test_a_manifest_of_them_gives_the_same_fields(tmp_path):
    czi(tmp_path / "x.czi")
    found = find_fields(str(tmp_path), SETTINGS)
    write_manifest(found, tmp_path / "m.csv")
    assert find_fields(str(tmp_path / "m.csv"), SETTINGS).sources == found.sources


@pytest.mark.parametrize("write", [czi, lif])
def test_a_cut_file_fails_alone_in_one_line(tmp_path, write):
    ending = write.__name__
    for name in "ab":
        write(tmp_path / f"{name}.{ending}")
    data = (tmp_path / f"a.{ending}").read_bytes()
    for share in (0.1, 0.5, 0.9):
        (tmp_path / f"a.{ending}").write_bytes(data[: int(share * len(data))])
        read, failed = fields_in(tmp_path, PLANNED)
        assert set(read) >= {"b_0", "b_1"}
        assert "a_1" not in read  # whose pixels come last
        assert {each.partition("_")[0] for each in failed} == {"a"}
        assert not any("\n" in each for each in failed.values())


def test_without_the_package_the_error_names_the_install(tmp_path, monkeypatch):
    (tmp_path / "x.nd2").write_bytes(struct.pack("<I", 0x0ABECEDA) + bytes(100))
    monkeypatch.setattr("hpa_features.io.formats.vendor.find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"package nd2 is needed.*pip install '.\[vendor\]'"):
        find_fields(str(tmp_path), PLANNED)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a#b.czi#series=1&channel=2", Place("a#b.czi", channel=2, series=1)),
        ("a.lif#series=3", Place("a.lif", series=3)),
        ("a.tif#channel=2", Place("a.tif", channel=2)),
        ("a.tif#page=2", Place("a.tif", page=2)),
        ("a.tif#", Place("a.tif#")),
        ("a.tif#series=1&page=2", Place("a.tif#series=1&page=2")),
    ],
)
def test_a_path_names_an_image_and_a_plane(text, place):
    assert Place.of(text) == place


def test_places_of_other_images_are_other_planes(tmp_path):
    czi(tmp_path / "x.czi")
    one, other = (Place(str(tmp_path / "x.czi"), channel=0, series=n) for n in (0, 1))
    assert not one.is_same(other)
    assert one.is_same(replace(other, series=None))


def test_a_mosaic_is_refused(tmp_path):
    """Tiles of one scene overlap, and which of them is the field is unknown."""
    czi(tmp_path / "x.czi")
    data = bytearray((tmp_path / "x.czi").read_bytes())
    scenes = [n for n in range(len(data)) if data[n : n + 8] == b"S\0\0\0\1\0\0\0"]
    for at in scenes:  # of the second scene, which becomes tiles of the first
        data[at + 4] = 0
    (tmp_path / "x.czi").write_bytes(data)
    read, failed = fields_in(tmp_path, PLANNED)
    assert not read
    assert "is a mosaic of tiles" in failed["x"]
