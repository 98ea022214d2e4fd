"""OME-Zarr images, plates and converted files as input."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import zarr
from image_files import COLOURS
from zarr_files import NAMES, put, values, write_image, write_plate

from hpa_features.core.errors import DataError, FieldError, MissingExtra, UsageError
from hpa_features.core.progress import SILENT
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import CHANNELS, Channel, PixelSizeSource
from hpa_features.io.images import read_field
from hpa_features.io.manifest import find_fields, write_manifest
from hpa_features.io.pixel_size import settle
from hpa_features.io.store.journal import inputs_of

SETTINGS = InputSettings()
PLANNED = InputSettings(channels="DNA=0,Microtubules=1,ER=2,Protein=3")
VERSIONS = ("0.4", "0.5")


def fields_in(place, settings=SETTINGS):
    """Return the fields of a folder by id, read, and the reasons of those that cannot be."""
    found = find_fields(str(place), settings)
    read = {}
    failed = {each.id: f"{each.error} {each.hint}" for each in found.failures}
    for source in settle(found.sources, settings, SILENT):
        try:
            read[source.id] = read_field(source, settings)
        except FieldError as error:
            failed[source.id] = str(error)
    return read, failed


def has_planes(field, array):
    for number, channel in enumerate(CHANNELS):
        np.testing.assert_array_equal(field.planes[channel], array[number])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["a.zarr", "a.ome.zarr", "A.ZARR"])
def test_an_image_is_read_by_the_names_of_its_channels(tmp_path, version, name):
    array = values()
    write_image(tmp_path / "images" / name, array, version=version)
    for place in (tmp_path, tmp_path / "images" / name, f"{tmp_path}/images/*"):
        read, failed = fields_in(place)
        assert not failed
        [field] = read.values()
        assert field.id.lower() == "a"
        has_planes(field, array)
        assert field.pixel_size_um == pytest.approx(0.2)
        assert field.pixel_size_source is PixelSizeSource.TAGS
    [note] = find_fields(str(tmp_path), SETTINGS).notes
    assert "DNA is channel 0 ('Hoechst')" in note


@pytest.mark.parametrize(
    ("um", "unit", "wanted"),
    [(200, "nanometer", 0.2), (2e-4, "millimeter", 0.2), (0.2, "micrometer", 0.2)],
)
def test_pixel_sizes_in_other_units(tmp_path, um, unit, wanted):
    write_image(tmp_path / "a.zarr", values(), um=um, unit=unit)
    assert fields_in(tmp_path)[0]["a"].pixel_size_um == pytest.approx(wanted)


@pytest.mark.parametrize(("um", "unit"), [(1, None), (0.2, "parsec"), (1, "meter")])
def test_a_pixel_size_without_a_known_unit_is_not_taken(tmp_path, um, unit):
    write_image(tmp_path / "a.zarr", values(), um=um, unit=unit)
    assert fields_in(tmp_path)[0]["a"].pixel_size_source is PixelSizeSource.ASSUMED


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_levels_of_any_supported_kind(tmp_path, dtype):
    array = values(dtype=dtype)
    write_image(tmp_path / "a.zarr", array)
    field = fields_in(tmp_path)[0]["a"]
    if np.issubdtype(dtype, np.floating):
        array = np.floor(array * 65535 + 0.5).astype(np.uint16)
    has_planes(field, array)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("axes", ["tczyx", "zcyx"])
def test_planes_of_stacks_are_chosen(tmp_path, version, axes):
    array = values(axes)
    write_image(tmp_path / "a.zarr", array, axes, version=version)
    assert "--z max" in fields_in(tmp_path)[1]["a"]
    more = {"t": 1} if "t" in axes else {}
    read, _ = fields_in(tmp_path, replace(SETTINGS, z="max", **more))
    has_planes(read["a"], array[1].max(axis=1) if "t" in axes else array.max(axis=0))


def test_the_level_is_chosen_by_the_pixel_size(tmp_path):
    array = values(rows=64, columns=48)
    write_image(tmp_path / "a.zarr", array, levels=3)
    for wanted, step in ((0.2, 1), (0.5, 2), (0.8, 4)):
        field = fields_in(tmp_path, replace(SETTINGS, resolution_um=wanted))[0]["a"]
        has_planes(field, array[:, ::step, ::step])
        assert field.pixel_size_um == pytest.approx(0.2 * step)


def test_shards_are_read(tmp_path):
    array = values()
    group = zarr.open_group(write_image(tmp_path / "a.zarr", array, version="0.5"), mode="a")
    del group["0"]
    group.create_array("0", data=array, chunks=(1, 8, 8), shards=(1, 24, 16))
    has_planes(fields_in(tmp_path)[0]["a"], array)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_images_of_a_plate_are_fields(tmp_path, version):
    plate = tmp_path / "p1.zarr"
    written = write_plate(plate, ["A/1", "A/2", "B/12"], version=version, fields=("0", "1"))
    read, failed = fields_in(tmp_path)
    assert not failed
    assert set(read) == {f"p1_{w.replace('/', '')}_{n}" for w, n in written}
    assert read["p1_B12_1"].metadata == {"Plate": "p1", "Well": "B12", "Field": "1"}
    has_planes(read["p1_B12_1"], written["B/12", "1"])
    assert set(fields_in(plate / "A")[0]) == {"p1_A1_0", "p1_A1_1", "p1_A2_0", "p1_A2_1"}
    assert set(fields_in(plate / "A/2/1")[0]) == {"p1_A2_1"}


def test_missing_wells_and_images_fail_alone(tmp_path):
    plate = tmp_path / "p.zarr"
    write_plate(plate, ["A/1", "A/2", "A/3", "A/4"], fields=("0", "1"))
    shutil.rmtree(plate / "A/1")
    shutil.rmtree(plate / "A/2/1")
    (plate / "A/3/.zattrs").write_text("{")
    read, failed = fields_in(tmp_path)
    assert set(read) == {"p_A2_0", "p_A4_0", "p_A4_1"}
    assert "the well is missing from its plate" in failed["p_A1"]
    assert "does not exist" in failed["p_A2_1"]
    assert "cannot be read" in failed["p_A3"]


@pytest.mark.parametrize("listed", [True, False])
def test_series_of_a_converted_file_are_fields_of_any_size(tmp_path, listed):
    whole = tmp_path / "scan.zarr"
    group = zarr.open_group(whole, mode="w", zarr_format=2)
    group.attrs["bioformats2raw.layout"] = 3
    arrays = [values(), values(rows=30, columns=20)]
    for number, array in enumerate(arrays):
        write_image(whole / str(number), array)
    if listed:
        put(zarr.open_group(whole / "OME", mode="w", zarr_format=2), "0.4", {"series": ["0", "1"]})
    read, failed = fields_in(tmp_path)
    assert not failed
    for number, array in enumerate(arrays):
        has_planes(read[f"scan_{number}"], array)


def test_one_channel_an_image_is_found_by_its_name(tmp_path):
    array = values()
    for number, colour in enumerate(COLOURS):
        one = array[number : number + 1]
        write_image(tmp_path / f"f_{colour}.zarr", one, names=("?",))
    has = dict(zip(COLOURS, (0, 1, 2, 3), strict=True))
    field = fields_in(tmp_path)[0]["f"]
    for channel in CHANNELS:
        np.testing.assert_array_equal(field.planes[channel], array[has[channel.colour]])


def test_three_channels_lack_er(tmp_path):
    write_image(tmp_path / "a.zarr", values(channels=3), names=("DAPI", "tubulin", "GFP"))
    assert "channel missing: yellow" in fields_in(tmp_path)[1]["a"]
    read, _ = fields_in(tmp_path, replace(SETTINGS, allow_missing_yellow=True))
    assert set(read["a"].planes) == set(CHANNELS) - {Channel.ER}
    assert "has 3 channels, wanted channel 3" in fields_in(tmp_path, PLANNED)[1]["a"]


@pytest.mark.parametrize(
    ("names", "says"),
    [(("DAPI", "Hoechst", "tubulin", "GFP"), "not clear which is DNA"), (("", "1", "2", "3"), "")],
)
def test_names_that_leave_a_doubt_are_refused(tmp_path, names, says):
    write_image(tmp_path / "a.zarr", values(), names=names)
    with pytest.raises(UsageError if says else DataError) as caught:
        find_fields(str(tmp_path), SETTINGS)
    assert says in caught.value.message
    assert "--channels DNA=0" in str(caught.value)
    assert set(fields_in(tmp_path, PLANNED)[0]) == {"a"}


def damage(name):
    """Return what damages an image, by name."""
    return {
        "a chunk is missing": lambda image: next(image.glob("0/1.0.1*")).unlink(),
        "a chunk is cut": lambda image: cut(next(image.glob("0/1.0.1*"))),
        "the array is missing": lambda image: shutil.rmtree(image / "0"),
        "not JSON": lambda image: (image / ".zattrs").write_text('{"multiscales": ['),
        "a list": lambda image: (image / ".zattrs").write_text("[]"),
        "no image": lambda image: (image / ".zattrs").write_text('{"omero": {}}'),
        "no axes": lambda image: edit(image, lambda m: m["multiscales"][0].pop("axes")),
        "odd axes": lambda image: edit(image, lambda m: m["multiscales"][0].update(axes=["q"])),
        "fewer axes": lambda image: edit(image, lambda m: m["multiscales"][0]["axes"].pop(0)),
        "no datasets": lambda image: edit(image, lambda m: m["multiscales"][0].pop("datasets")),
        "a path that leads out": lambda image: edit(
            image, lambda m: m["multiscales"][0]["datasets"][0].update(path="../b.zarr/0")
        ),
        "signed": lambda image: write_image(image, values(dtype=np.int16)),
        "32 bits": lambda image: write_image(image, values(dtype=np.uint32)),
    }[name]


def cut(path):
    path.write_bytes(path.read_bytes()[:40])


def edit(image, change):
    metadata = json.loads((image / ".zattrs").read_text())
    change(metadata)
    (image / ".zattrs").write_text(json.dumps(metadata))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a chunk is missing", "lacks 1 of 4 chunks"),
        ("a chunk is cut", "truncated or damaged"),
        ("the array is missing", "has no array 0"),
        ("not JSON", "cannot be read"),
        ("a list", "not an object"),
        ("no image", "without an OME-Zarr image"),
        ("no axes", "before 0.4"),
        ("odd axes", "has the axes q"),
        ("fewer axes", "2 axes by its metadata"),
        ("no datasets", "damaged OME-Zarr header"),
        ("a path that leads out", "wanted a path inside it"),
        ("signed", "signed 16-bit"),
        ("32 bits", "wanted 8 or 16 bits"),
    ],
)
def test_a_damaged_image_fails_alone_in_one_line(tmp_path, name, says):
    for each in ("a", "b", "c"):
        write_image(tmp_path / f"{each}.zarr", values())
    damage(name)(tmp_path / "b.zarr")
    read, failed = fields_in(tmp_path, PLANNED)
    assert set(read) == {"a", "c"}
    assert says in failed["b"]
    assert "\n" not in failed["b"]


def test_a_manifest_of_a_plate_gives_its_fields_again(tmp_path):
    write_plate(tmp_path / "p.zarr", ["A/1"])
    found = find_fields(str(tmp_path / "p.zarr"), SETTINGS)
    write_manifest(found, tmp_path / "m.csv")
    assert find_fields(str(tmp_path / "m.csv"), SETTINGS).sources == found.sources


def test_a_changed_chunk_is_another_input_and_labels_are_none(tmp_path):
    image = write_image(tmp_path / "a.zarr", values())
    [source] = find_fields(str(tmp_path), SETTINGS).sources
    before = inputs_of(source.files.values())
    write_image(image / "labels/cells", values("yx"), "yx")
    assert inputs_of(source.files.values()) == before
    cut(next(image.glob("0/1.0.1*")))
    assert inputs_of(source.files.values()) != before


def test_without_the_package_the_error_names_the_install(tmp_path, monkeypatch):
    write_image(tmp_path / "a.zarr", values())
    monkeypatch.setattr("hpa_features.io.zarr_nodes.find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"package zarr is needed.*pip install '.\[zarr\]'"):
        find_fields(str(tmp_path), SETTINGS)


def test_a_folder_that_only_looks_like_one_is_named(tmp_path):
    (tmp_path / "a.zarr").mkdir()
    (tmp_path / "b.zarr").write_bytes(b"PK\x03\x04 and more")
    write_image(tmp_path / "c.zarr", values(), names=NAMES)
    read, failed = fields_in(tmp_path, PLANNED)
    assert set(read) == {"c"}
    assert "is a zip archive" in failed["b"]


@pytest.mark.parametrize("name", ["four.zarr", "five.zarr"])
def test_plates_of_ngio_are_read(tmp_path, name):
    """They are recorded: ``tests/golden/make_ngio_plate.py`` writes them."""
    with zipfile.ZipFile(Path(__file__).parents[1] / "golden" / "ngio_plate.zip") as archive:
        archive.extractall(tmp_path)
    found = find_fields(str(tmp_path / name), SETTINGS)
    assert "Microtubules is channel 1 ('alpha-Tubulin')" in found.notes[0]
    read, failed = fields_in(tmp_path / name)
    assert not failed
    stem = name.removesuffix(".zarr")
    assert set(read) == {f"{stem}_A01_0", f"{stem}_B02_0"}
    for number, field in enumerate(read.values()):
        values = 1000 * np.arange(4)[:, None, None] + 100 * number + np.arange(32)
        has_planes(field, np.broadcast_to(values[[0, 1, 2, 3]], (4, 24, 32)))
        assert field.pixel_size_um == pytest.approx(0.13)


def test_no_named_semaphore_is_left_by_a_process_that_is_killed():
    """Python would print that it was leaked when the command ends."""
    code = """
import multiprocessing
from multiprocessing import resource_tracker
multiprocessing.set_start_method("spawn")
made = []
resource_tracker.register = lambda *what: made.append(what)
from hpa_features.io.zarr_nodes import zarr_package
zarr_package()
from numcodecs.blosc import Blosc
Blosc().encode(bytes(8))
print(made, multiprocessing.get_start_method())
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[] spawn\n"
