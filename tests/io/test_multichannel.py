"""TIFF files that hold all channels of a field, by their names or as stated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import CHANNELS, Channel
from hpa_features.io.channel_planes import guess_channel_planes, parse_channel_planes
from hpa_features.io.images import read_field
from hpa_features.io.manifest import find_fields
from hpa_features.io.store.journal import inputs_of

D, M, E, P = CHANNELS
NAMES = ("Hoechst 33342", "anti-tubulin Alexa 568", "HPA023453 (protein)", "Calreticulin")
GUESSED = {D: 0, M: 1, P: 2, E: 3}
STATED = "DNA=2,Microtubules=0,ER=1,Protein=3"


def write(path: Path, names=NAMES, *, size_um: float = 0.13, planes: int = 4, **more) -> np.ndarray:
    """Write a file of four channels, channel k full of 10·k + noise, and return its pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(len(path.name)).integers(0, 5, (planes, 24, 32))
    pixels = (noise + 10 * np.arange(planes)[:, None, None]).astype(np.uint8)
    about = {"axes": "CYX", "PhysicalSizeX": size_um, "PhysicalSizeY": size_um}
    if names:
        about["Channel"] = {"Name": list(names)}
    tifffile.imwrite(path, pixels, metadata=about, photometric="minisblack", **more)
    return pixels


def test_channels_are_found_by_their_names_and_reported(tmp_path):
    pixels = write(tmp_path / "plate1" / "A01.ome.tif")
    found = find_fields(str(tmp_path), InputSettings())
    [source] = found.sources
    assert source.id == "A01"
    field = read_field(source_with_size(source), InputSettings())
    for channel, number in GUESSED.items():
        assert np.array_equal(field.planes[channel], pixels[number])
    [note] = found.notes
    assert "DNA is channel 0 ('Hoechst 33342')" in note
    assert "--channels" in note


def source_with_size(source):
    return replace(source, pixel_size_um=0.13)


@pytest.mark.parametrize("name", ["a.tif", "a.ome.tif", "a.tiff"])
def test_stated_channels_are_taken_whatever_the_names(tmp_path, name):
    pixels = write(tmp_path / name, NAMES if "ome" in name else None, ome="ome" in name)
    [source] = find_fields(str(tmp_path), InputSettings(channels=STATED)).sources
    field = read_field(source_with_size(source), InputSettings())
    for channel, number in parse_channel_planes(STATED).items():
        assert np.array_equal(field.planes[channel], pixels[number])


def test_files_of_one_channel_stay_what_they_are_beside_others(tmp_path):
    for channel in CHANNELS:
        tifffile.imwrite(tmp_path / f"f_{channel.colour}.tif", np.zeros((9, 9), np.uint8))
    write(tmp_path / "all.ome.tif")
    found = find_fields(str(tmp_path), InputSettings())
    assert [source.id for source in found.sources] == ["f"]
    assert "all.ome.tif" in " ".join(found.notes)
    stated = find_fields(str(tmp_path), InputSettings(channels=STATED))
    assert [source.id for source in stated.sources] == ["all", "f"]


def test_masks_are_no_fields(tmp_path):
    write(tmp_path / "a.ome.tif")
    tifffile.imwrite(tmp_path / "a_cells.tif", np.zeros((24, 32), np.uint16))
    assert len(find_fields(str(tmp_path), InputSettings()).sources) == 1


def test_without_er_a_field_fails_unless_that_is_accepted(tmp_path):
    write(tmp_path / "a.ome.tif", NAMES[:3], planes=3)
    found = find_fields(str(tmp_path), InputSettings())
    assert [failure.id for failure in found.failures] == ["a"]
    assert "yellow" in found.failures[0].error
    accepted = find_fields(str(tmp_path), InputSettings(allow_missing_yellow=True))
    assert set(accepted.sources[0].files) == {D, M, P}


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (("DAPI", "Hoechst", "tubulin", "GFP"), "not clear which is DNA"),
        (("DAPI", "tubulin", "ER-GFP", "Cy5"), "not clear which is ER"),
        (("DAPI", "tubulin", "Cy5", "Cy3"), "Protein is not among them"),
        (("405", "488", "561", "640"), "DNA and Microtubules and Protein are not among them"),
    ],
)
def test_names_that_leave_a_doubt_are_refused_with_all_of_them(tmp_path, names, what):
    write(tmp_path / "a.ome.tif", names)
    with pytest.raises(UsageError, match=what) as caught:
        find_fields(str(tmp_path), InputSettings())
    assert all(repr(name) in caught.value.message for name in names)
    assert "--channels DNA=0" in caught.value.hint


def test_files_that_name_their_channels_differently_are_refused(tmp_path):
    write(tmp_path / "a.ome.tif")
    write(tmp_path / "b.ome.tif", NAMES[::-1])
    with pytest.raises(UsageError, match="name their channels differently"):
        find_fields(str(tmp_path), InputSettings())


def test_files_without_names_are_counted_and_the_option_named(tmp_path):
    write(tmp_path / "a.tif", None)
    (tmp_path / "cut.tif").write_bytes(b"II*\0")
    with pytest.raises(DataError, match="2 TIFF files") as caught:
        find_fields(str(tmp_path), InputSettings())
    assert "--channels DNA=0" in caught.value.message


def test_a_damaged_file_fails_alone(tmp_path):
    write(tmp_path / "a.ome.tif")
    (tmp_path / "b.ome.tif").write_bytes((tmp_path / "a.ome.tif").read_bytes()[:90])
    found = find_fields(str(tmp_path), InputSettings())
    assert [source.id for source in found.sources] == ["a", "b"]


def test_two_files_of_one_id_are_refused(tmp_path):
    write(tmp_path / "1/a.ome.tif")
    write(tmp_path / "2/a.ome.tif")
    with pytest.raises(UsageError, match=r"a has .*/a\.ome\.tif.* and .*/a\.ome\.tif"):
        find_fields(str(tmp_path), InputSettings())


@pytest.mark.parametrize(
    "text",
    ["DNA", "DNA=x", "DNA=0,DNA=1", "DNA=0,Protein=0", "DNA=0,ER=1", "Cy3=0", "DNA=-1,Protein=2"],
)
def test_channels_that_cannot_be_are_refused(text):
    with pytest.raises(UsageError, match="--channels"):
        parse_channel_planes(text)


@given(st.permutations(list(CHANNELS)))
def test_the_order_of_channels_does_not_matter(order):
    usual = {D: "DAPI", M: "β-tubulin", E: "endoplasmic reticulum", P: "Target-EGFP"}
    names = [usual[channel] for channel in order]
    assert guess_channel_planes(names, "x") == {c: order.index(c) for c in CHANNELS}


@pytest.mark.parametrize("name", ["Fluorescence", "Nuclearity", "Erik", "Greenhouse", "Redox"])
def test_words_count_only_when_whole(name):
    with pytest.raises(UsageError):
        guess_channel_planes(["DAPI", "tubulin", name], "x")


def test_colours_name_channels_too():
    assert parse_channel_planes(" blue = 1, red=0,green=2") == {D: 1, M: 0, P: 2}
    assert parse_channel_planes("") == {}
    assert Channel.ER not in parse_channel_planes("blue=1,red=0,green=2")


def test_other_channels_of_a_file_are_other_inputs(tmp_path):
    """A run that is resumed with other --channels would otherwise keep rows of the earlier ones."""
    write(tmp_path / "a.ome.tif")
    stamps = [
        inputs_of(
            find_fields(str(tmp_path), InputSettings(channels=each)).sources[0].files.values()
        )
        for each in (STATED, STATED, "DNA=0,Microtubules=1,ER=2,Protein=3")
    ]
    assert stamps[0] == stamps[1] != stamps[2]
    assert all(stamp.size > 0 for each in stamps for stamp in each.files)
