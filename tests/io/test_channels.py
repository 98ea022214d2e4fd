"""Whether the files of a field belong together."""

import os

import numpy as np
import pytest
from image_files import COLOURS, page_tags, pixels, png, tags_tiff, tiff, write, write_field

from hpa_features.core.errors import FieldError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import CHANNEL_OF_COLOUR, FieldSource
from hpa_features.io.images import read_field
from hpa_features.io.manifest import find_fields
from hpa_features.pipeline.manifest import manifest

SETTINGS = InputSettings(pixel_size_um=0.32)


def refusal_of(folder, settings=SETTINGS, **files):
    """The one message of dry run and extraction about a field of four files."""
    names = {colour: f"{colour}.png" for colour in COLOURS} | files
    path = folder / "m.csv"
    path.write_text("Id,blue,red,yellow,green\nx," + ",".join(names[c] for c in COLOURS) + "\n")
    [failed] = manifest(str(path), settings).failed
    [source] = find_fields(str(path), settings).sources
    with pytest.raises(FieldError) as caught:
        read_field(source, settings)
    assert (caught.value.message, caught.value.hint) == (failed.error, failed.hint)
    assert failed.hint
    return failed.error


@pytest.fixture
def folder(tmp_path):
    for seed, colour in enumerate(COLOURS):
        write(tmp_path / f"{colour}.png", png(pixels(seed)))
    return tmp_path


def test_one_file_for_two_channels_is_refused_by_whatever_path(folder):
    (folder / "sub").mkdir()
    (folder / "link.png").symlink_to("red.png")
    os.link(folder / "red.png", folder / "hard.png")
    paths = ["red.png", "./red.png", "sub/../red.png", str(folder / "red.png"), "link.png",
             "hard.png", "red.png#page=0", "red.png#channel=0"]  # fmt: skip
    for path in paths:
        assert "is used for two channels, red and green" in refusal_of(folder, green=path)
    assert "two channels, blue and yellow" in refusal_of(folder, yellow="blue.png")


def test_links_in_a_folder_are_one_file_too(tmp_path):
    write_field(tmp_path, "x")
    (tmp_path / "x_green.png").unlink()
    (tmp_path / "x_green.png").symlink_to("x_red.png")
    [failed] = manifest(str(tmp_path), SETTINGS).failed
    assert "is used for two channels" in failed.error


STACK = pixels(shape=(4, 24, 32), dtype=np.uint16)
STACKS = {
    "pages": tiff(STACK, photometric="minisblack", metadata=None),
    "OME": tiff(STACK, photometric="minisblack", ome=True, metadata={"axes": "CYX"}),
    "ImageJ": tiff(STACK, imagej=True, truncate=True, metadata={"axes": "CYX"}),
    "samples": png(np.moveaxis(STACK, 0, 2)),
}


@pytest.mark.parametrize("kind", STACKS)
def test_planes_of_one_file_are_channels_and_one_plane_twice_is_refused(tmp_path, kind):
    write(tmp_path / "x.tif", STACKS[kind])
    word = "page" if kind == "pages" else "channel"
    files = {colour: f"x.tif#{word}={n}" for n, colour in enumerate(COLOURS)}
    row = ",".join(files.values())
    (tmp_path / "good.csv").write_text(f"Id,blue,red,yellow,green\nx,{row}\n")
    assert manifest(str(tmp_path / "good.csv"), SETTINGS).failed == ()
    [source] = find_fields(str(tmp_path / "good.csv"), SETTINGS).sources
    field = read_field(source_with_size(source), SETTINGS)
    for n, colour in enumerate(COLOURS):
        np.testing.assert_array_equal(field.planes[CHANNEL_OF_COLOUR[colour]], STACK[n])
    twice = files | {"green": files["red"]}
    assert "is used for two channels, red and green" in refusal_of(tmp_path, **twice)


def source_with_size(source):
    return FieldSource(source.id, source.files, pixel_size_um=0.32)


def test_a_page_and_a_channel_may_be_one_plane(tmp_path):
    write(tmp_path / "x.tif", STACKS["OME"])
    files = {colour: f"x.tif#channel={n}" for n, colour in enumerate(COLOURS)}
    assert "two channels" in refusal_of(tmp_path, **files | {"green": "x.tif#page=1"})


def test_an_rgb_file_for_several_channels_needs_named_planes(tmp_path):
    """By colour, a file that was named twice by a slip would give its dark planes."""
    write(tmp_path / "rgb.png", png(pixels(shape=(24, 32, 3))))
    settings = InputSettings(pixel_size_um=0.32, allow_missing_yellow=True)
    names = ("rgb.png",) * 3
    row = "Id,blue,red,green\nx," + ",".join(names) + "\n"
    (tmp_path / "m.csv").write_text(row)
    [failed] = manifest(str(tmp_path / "m.csv"), settings).failed
    assert "rgb.png#channel=0, #channel=1 and #channel=2" in failed.hint
    row = "Id,blue,red,green\nx,rgb.png#channel=2,rgb.png#channel=0,rgb.png#channel=1\n"
    (tmp_path / "m.csv").write_text(row)
    assert manifest(str(tmp_path / "m.csv"), settings).failed == ()


def test_channels_that_are_turned_differently_are_refused(folder):
    """Orientation is not applied, so such planes would lie on one another turned."""
    for colour in COLOURS:
        write(folder / f"{colour}.png", tags_tiff(page_tags(pixels(), 1, t274=6)))
    write(folder / "green.png", tags_tiff(page_tags(pixels(), 1, t274=8)))
    message = refusal_of(folder)
    assert "differ in EXIF orientation: blue 6, red 6, yellow 6, green 8" in message


def test_channels_of_another_pixel_size_are_refused_unless_it_is_given(tmp_path):
    for seed, colour in enumerate(COLOURS):
        size = 0.1 if colour != "green" else 0.2
        tags = {"axes": "YX", "PhysicalSizeX": size, "PhysicalSizeY": size}
        write(tmp_path / f"x_{colour}.tif", tiff(pixels(seed), ome=True, metadata=tags))
    [failed] = manifest(str(tmp_path), InputSettings()).failed
    assert (
        "pixel size in their tags: blue 0.1 µm, red 0.1 µm, yellow 0.1 µm, green 0.2"
        in failed.error
    )
    assert manifest(str(tmp_path), SETTINGS).failed == ()


def test_files_of_several_fields_and_of_another_colour_are_noted(folder):
    header = "Id,blue,red,yellow,green\n"
    rows = (
        "a,blue.png,red.png,yellow.png,green.png\nb,b_blue.png,b_red.png,b_yellow.png,green.png\n"
    )
    (folder / "m.csv").write_text(header + rows)
    notes = " ".join(find_fields(str(folder / "m.csv"), SETTINGS).notes)
    assert "1 file is named for several fields" in notes
    assert "green.png (fields a and b)" in notes
    (folder / "m.csv").write_text(f"{header}a,blue.png,red.png,green.png,x_yellow.ome.tif.gz\n")
    [note] = find_fields(str(folder / "m.csv"), SETTINGS).notes
    assert "2 files are named after another colour than their column" in note
    assert "green.png as yellow of a" in note
