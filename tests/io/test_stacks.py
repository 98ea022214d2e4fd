"""Planes of stacks in Z and time, and levels of pyramids."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from image_files import COLOURS, png, write_field

from hpa_features.core.errors import FieldError
from hpa_features.core.progress import SILENT
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import CHANNELS, Channel, FieldSource, PixelSizeSource
from hpa_features.io.files import Place
from hpa_features.io.formats.stacks import chosen_level, meant_indices
from hpa_features.io.images import read_field
from hpa_features.io.manifest import find_fields
from hpa_features.io.pixel_size import settle

PLANNED = InputSettings(channels="DNA=0,Microtubules=1,ER=2,Protein=3")
T, C, Z = 2, 4, 3
VALUES = np.random.default_rng(28).integers(0, 60_000, (T, C, Z, 24, 32), dtype=np.uint16)


def write_stack(path, axes, *, ome=True, size_um=0.2, **more):
    """Write `VALUES` with its axes in the order of `axes`, those absent from it at 0."""
    index = tuple(slice(None) if axis in axes else 0 for axis in "TCZ")
    kept = [axis for axis in "TCZYX" if axis in axes]
    values = VALUES[index].transpose([kept.index(axis) for axis in axes])
    about = {"axes": axes, "PhysicalSizeX": size_um, "PhysicalSizeY": size_um}
    about |= {} if ome else {"spacing": 1, "unit": "um"}
    kind = {"ome": True} if ome else {"imagej": True, "resolution": (1 / size_um,) * 2}
    tifffile.imwrite(path, values, metadata=about, photometric="minisblack", **kind, **more)


def field_of(folder, **settings):
    how = replace(PLANNED, **settings)
    [source] = settle(find_fields(str(folder), how).sources, how, SILENT)
    return read_field(source, how)


@pytest.mark.parametrize(("axes", "ome"), [("TCZYX", True), ("ZCTYX", True), ("TZCYX", False)])
def test_the_plane_that_is_asked_for_is_read(tmp_path, axes, ome):
    write_stack(tmp_path / "a.tif", axes, ome=ome)
    field = field_of(tmp_path, z="2", t=1)
    highest = field_of(tmp_path, z="max", t=0)
    assert field.pixel_size_um == pytest.approx(0.2)
    for number, channel in enumerate(CHANNELS):
        np.testing.assert_array_equal(field.planes[channel], VALUES[1, number, 2])
        np.testing.assert_array_equal(highest.planes[channel], VALUES[0, number].max(axis=0))


@pytest.mark.parametrize(
    ("axes", "settings", "says", "hint"),
    [
        ("TCZYX", {}, "is a stack of 3 planes in Z", "--z max"),
        ("TCZYX", {"z": "max"}, "is a series of 2 time points", "--t N (0 to 1)"),
        ("CZYX", {"z": "3"}, "has 3 planes in Z, wanted 3", "--z 0 to --z 2"),
        ("TCYX", {"t": 2}, "has 2 time points, wanted 2", "--t 0 to --t 1"),
        ("CYX", {"z": "1"}, "has 1 plane in Z, wanted 1", "--z 0"),
        ("CYX", {"t": 1}, "has 1 time point, wanted 1", "--t 0"),
        ("ZYX", {"z": "max"}, "has 1 channel, wanted channel 1", "#channel=0"),
    ],
)
def test_a_plane_that_is_not_there_or_not_named_is_refused(tmp_path, axes, settings, says, hint):
    write_stack(tmp_path / "a.tif", axes)
    with pytest.raises(FieldError) as caught:
        field_of(tmp_path, **settings)
    assert says in caught.value.message
    assert hint in caught.value.hint


def test_white_is_zero_is_brightest_where_values_are_lowest(tmp_path):
    values = VALUES[0, 0].astype(np.uint8)
    about = {"axes": "ZYX"}
    for colour in COLOURS:
        path = tmp_path / f"a_{colour}.ome.tif"
        tifffile.imwrite(path, values, metadata=about, photometric="miniswhite", ome=True)
    field = field_of(tmp_path, z="max", channels="", pixel_size_um=0.3)
    np.testing.assert_array_equal(field.planes[Channel.DNA], 255 - values.min(axis=0))


def test_a_stack_that_is_cut_is_refused(tmp_path):
    write_stack(tmp_path / "a.tif", "CZYX")
    data = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(data[: -VALUES[0, 0, 0].nbytes // 2])
    with pytest.raises(FieldError, match="has 12 pages"):  # its metadata are cut off
        field_of(tmp_path, z="max")


def test_a_picture_of_one_plane_is_one_plane(tmp_path):
    planes = write_field(tmp_path, "a")
    field = field_of(tmp_path, z="max", channels="", pixel_size_um=0.3)
    np.testing.assert_array_equal(field.planes[Channel.DNA], planes["blue"])
    with pytest.raises(FieldError, match="is PNG and has one plane, wanted --z 1"):
        field_of(tmp_path, z="1", channels="", pixel_size_um=0.3)


@given(
    sizes=st.permutations("TCZ").flatmap(
        lambda order: st.tuples(*(st.integers(1, 4) for _ in order)).map(
            lambda n: dict(zip(order, n, strict=True))
        )
    ),
    data=st.data(),
)
def test_indices_choose_one_of_each_axis_but_all_of_the_brightest(sizes, data):
    channel, t, z = (data.draw(st.integers(0, sizes[axis] - 1)) for axis in "CTZ")
    one = meant_indices(sizes, Place("x", channel=channel, z=str(z), t=t))
    wanted = {"C": channel, "T": t, "Z": z}
    assert one == (tuple(wanted[axis] for axis in sizes),)
    every = meant_indices(sizes, Place("x", channel=channel, z="max", t=t))
    assert len(set(every)) == sizes["Z"]
    assert set(one) <= set(every)


def write_pyramid(path, size_um):
    """Write four channels of 64 × 96 whose levels of half and quarter size have other values."""
    about = {"axes": "CYX"}
    if size_um:
        about |= {"PhysicalSizeX": size_um * 1000, "PhysicalSizeXUnit": "nm"}
        about |= {"PhysicalSizeY": size_um * 1000, "PhysicalSizeYUnit": "nm"}
    levels = [
        np.stack([np.full((64 // n, 96 // n), 10 * c + n, np.uint8) for c in range(4)])
        for n in (1, 2, 4)
    ]
    with tifffile.TiffWriter(path, ome=True) as tif:
        tif.write(levels[0], subifds=2, metadata=about, photometric="minisblack")
        for level in levels[1:]:
            tif.write(level, subfiletype=1, photometric="minisblack")


@pytest.mark.parametrize(
    ("wanted", "factor"), [(None, 1), (0.05, 1), (0.19, 1), (0.2, 2), (0.3, 2), (0.4, 4), (9, 4)]
)
def test_the_coarsest_level_up_to_the_size_is_read(tmp_path, wanted, factor):
    write_pyramid(tmp_path / "a.ome.tif", 0.1)
    field = field_of(tmp_path, resolution_um=wanted)
    assert field.shape == (64 // factor, 96 // factor)
    assert field.pixel_size_um == pytest.approx(0.1 * factor)
    assert field.pixel_size_source is PixelSizeSource.TAGS
    assert {int(plane.max()) - factor for plane in field.planes.values()} == {0, 10, 20, 30}


def test_without_a_pixel_size_no_level_is_chosen(tmp_path):
    write_pyramid(tmp_path / "a.ome.tif", None)
    with pytest.raises(FieldError, match="3 resolution levels and states no pixel size"):
        read_field(
            FieldSource(
                "a", {c: f"{tmp_path}/a.ome.tif#channel={n}" for n, c in enumerate(CHANNELS)}
            ),
            replace(PLANNED, resolution_um=0.4),
        )


def test_a_pixel_size_of_another_level_is_refused(tmp_path):
    """Pixels of one level with the size of another would give plausible wrong lengths."""
    write_pyramid(tmp_path / "a.ome.tif", 0.1)
    with pytest.raises(FieldError, match="a smaller level"):
        field_of(tmp_path, resolution_um=0.4, pixel_size_um=0.1)
    how = replace(PLANNED, resolution_um=0.4)
    [source] = settle(find_fields(str(tmp_path), how).sources, how, SILENT)
    with pytest.raises(FieldError, match=r"was 0\.4 µm by the tags of its file, which state 0\.1"):
        read_field(source, PLANNED)


def test_one_level_needs_no_pixel_size():
    assert chosen_level([None], Place("x", resolution_um=0.3)) == 0


def test_masks_are_never_projected(tmp_path):
    from hpa_features.io.masks import read_given

    write_stack(tmp_path / "cells.tif", "ZYX")
    (tmp_path / "a.png").write_bytes(png(np.zeros((24, 32), np.uint8)))
    source = FieldSource("a", {Channel.DNA: f"{tmp_path}/a.png"}, cells=f"{tmp_path}/cells.tif")
    with pytest.raises(FieldError, match="is a stack of 3 planes in Z") as caught:
        read_given(source, (24, 32), InputSettings(z="max"))
    assert "--z" not in caught.value.hint


def test_python_reads_stacks_and_its_errors_name_the_argument(tmp_path):
    import hpa_features as hf

    write_stack(tmp_path / "a.tif", "CZYX")
    channels = {channel: number for number, channel in enumerate(CHANNELS)}
    [field] = hf.read_fields(tmp_path, channels=channels, z="max")
    np.testing.assert_array_equal(field.planes[Channel.ER], VALUES[0, 2].max(axis=0))
    [field] = hf.read_fields(tmp_path, channels=channels, z=1)
    np.testing.assert_array_equal(field.planes[Channel.ER], VALUES[0, 2, 1])
    with pytest.raises(hf.HpaFeatError, match='z="max"'):
        hf.read_fields(tmp_path, channels=channels)
    with pytest.raises(hf.HpaFeatError, match="z must be 'max' or the number"):
        hf.read_fields(tmp_path, channels=channels, z="mean")
