"""Which plane of a TIFF is read: stacks behind one directory, and pages."""

import gzip
import io
import math
import os
import struct

import numpy as np
import pytest
import tifffile
from image_files import page_tags, pixels, png, tags_tiff, tiff, write
from image_reads import SETTINGS, field_in, plane_after_dry_run, refusal_when_opened

from hpa_features.core.errors import FieldError
from hpa_features.core.settings import InputSettings
from hpa_features.io.images import channel_image
from hpa_features.io.masks import check_given, read_given

STACK = pixels(shape=(3, 24, 32), dtype=np.uint16)
GRAY = pixels()
SMALL = GRAY[::4, ::4].copy()


# Stacks -------------------------------------------------------------------------------------

FORMS = {
    "ImageJ, one directory": {"imagej": True, "truncate": True},
    "ImageJ, a directory a plane": {"imagej": True},
    "ImageJ, big-endian": {"imagej": True, "truncate": True, "byteorder": ">"},
    "shaped, one directory": {"photometric": "minisblack", "truncate": True},
    "shaped, big-endian": {"photometric": "minisblack", "truncate": True, "byteorder": ">"},
    "shaped, BigTIFF": {"photometric": "minisblack", "truncate": True, "bigtiff": True},
    "shaped, compressed": {"photometric": "minisblack", "compression": "zlib"},
    "OME": {"photometric": "minisblack", "ome": True},
    "OME, compressed": {"photometric": "minisblack", "ome": True, "compression": "zlib"},
}
AXES = {"ZYX": "is a stack of 3 planes in Z", "TYX": "3 time points", "CYX": "has 3 channels"}


@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("form", FORMS)
def test_a_stack_is_refused_whatever_describes_it_and_each_plane_is_reached(tmp_path, form, axes):
    data = tiff(STACK, **FORMS[form], metadata={"axes": axes})
    path = write(tmp_path / "x.tif", data)
    assert AXES[axes] in refusal_when_opened(path)
    for n, plane in enumerate(STACK):
        np.testing.assert_array_equal(plane_after_dry_run(f"{path}#page={n}"), plane)
        if axes == "CYX":
            np.testing.assert_array_equal(plane_after_dry_run(f"{path}#channel={n}"), plane)
        else:
            assert AXES[axes] in refusal_when_opened(f"{path}#channel={n}")
    assert "wanted page 3" in refusal_when_opened(f"{path}#page=3")
    if axes == "CYX":
        assert "has 3 channels, wanted channel 3" in refusal_when_opened(f"{path}#channel=3")


def metamorph(stack):
    """A STK file: UIC tags of as many values as there are planes, and one directory."""
    count, rows, columns = stack.shape
    data = 8
    uic2 = data + stack.nbytes
    uic1 = uic2 + 24 * count
    directory = uic1 + 8 * count
    entries = [
        (256, 4, 1, columns), (257, 4, 1, rows), (258, 3, 1, 16), (259, 3, 1, 1), (262, 3, 1, 1),
        (273, 4, 1, data), (277, 3, 1, 1), (278, 4, 1, rows), (279, 4, 1, stack[0].nbytes),
        (33628, 4, count, uic1), (33629, 5, count, uic2),
    ]  # fmt: skip
    return (
        struct.pack("<2sHI", b"II", 42, directory)
        + stack.tobytes()
        + struct.pack("<6I", 0, 1, 2_450_000, 0, 2_450_000, 0) * count
        + struct.pack("<2I", 0, 0) * count
        + struct.pack("<H", len(entries))
        + b"".join(struct.pack("<HHII", *entry) for entry in entries)
        + bytes(4)
    )


def test_a_metamorph_stack(tmp_path):
    path = write(tmp_path / "x.tif", metamorph(STACK))
    assert "has 3 pages" in refusal_when_opened(path)
    for n, plane in enumerate(STACK):
        np.testing.assert_array_equal(plane_after_dry_run(f"{path}#page={n}"), plane)
    one = write(tmp_path / "y.tif", metamorph(STACK[:1]))
    np.testing.assert_array_equal(plane_after_dry_run(one), STACK[0])


def test_a_stack_behind_one_directory_in_gzip(tmp_path):
    data = tiff(STACK, imagej=True, truncate=True, metadata={"axes": "CYX"})
    path = write(tmp_path / "x.tif.gz", data)
    assert gzip.decompress((tmp_path / "x.tif.gz").read_bytes()) == data
    assert "has 3 channels" in refusal_when_opened(path)
    np.testing.assert_array_equal(plane_after_dry_run(f"{path}#channel=2"), STACK[2])


def test_several_axes_behind_one_directory(tmp_path):
    stack = pixels(shape=(2, 3, 24, 32))
    path = write(
        tmp_path / "x.tif", tiff(stack, imagej=True, truncate=True, metadata={"axes": "ZCYX"})
    )
    assert "stack of 2 planes in Z" in refusal_when_opened(path)
    np.testing.assert_array_equal(plane_after_dry_run(f"{path}#page=4"), stack[1, 1])


@pytest.mark.parametrize("planes", [1.2, 2.9])
@pytest.mark.parametrize(
    "form", ["ImageJ, one directory", "shaped, one directory", "shaped, big-endian"]
)
def test_a_stack_that_was_cut_is_refused_and_not_read_as_its_first_plane(tmp_path, form, planes):
    data = tiff(STACK, **FORMS[form], metadata={"axes": "CYX"})
    cut = len(data) - math.ceil((3 - planes) * STACK[0].nbytes)
    path = write(tmp_path / "x.tif", data[:cut])
    refusal_when_opened(path)
    np.testing.assert_array_equal(plane_after_dry_run(f"{path}#page=0"), STACK[0])
    refusal_when_opened(f"{path}#page=2")


def imagej_tiff(array, *lines, **options):
    description = "\n".join(["ImageJ=1.53", *lines, ""])
    options = {"photometric": "minisblack", "metadata": None, "description": description} | options
    return tiff(array, **options)


def test_planes_that_only_imagejs_count_of_images_tells_of(tmp_path):
    path = write(tmp_path / "x.tif", imagej_tiff(STACK, "images=3", truncate=True))
    assert "has 3 pages" in refusal_when_opened(path)
    np.testing.assert_array_equal(plane_after_dry_run(f"{path}#page=2"), STACK[2])


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}], ids=["raw", "zlib"])
@pytest.mark.parametrize("lines", [["images=3"], ["images=3", "slices=3"]], ids=len)
def test_a_plane_left_of_an_imagej_stack(tmp_path, lines, options):
    path = write(tmp_path / "x.tif", imagej_tiff(STACK[0], *lines, **options))
    refusal_when_opened(path)
    np.testing.assert_array_equal(plane_after_dry_run(f"{path}#page=0"), STACK[0])


def test_one_plane_by_imagej_is_an_image(tmp_path):
    np.testing.assert_array_equal(
        plane_after_dry_run(write(tmp_path / "x.tif", tiff(GRAY, imagej=True))), GRAY
    )
    rgb = pixels(shape=(24, 32, 3))
    np.testing.assert_array_equal(
        plane_after_dry_run(write(tmp_path / "y.tif", tiff(rgb, imagej=True))), rgb[..., 2]
    )


@pytest.mark.parametrize("form", FORMS)
def test_a_stack_is_not_a_mask_and_its_named_plane_is(tmp_path, form):
    data = tiff(STACK, **FORMS[form], metadata={"axes": "ZYX"})
    path = write(tmp_path / "masks" / "x_cells.tif", data)
    source = field_in(tmp_path)
    for look in (
        lambda settings: read_given(source, (24, 32), settings),
        lambda settings: check_given(source, (24, 32), settings),
    ):
        with pytest.raises(FieldError, match="stack of 3 planes in Z") as caught:
            look(InputSettings(masks=str(tmp_path / "masks")))
        assert caught.value.stage == "masks"
    named = field_in(tmp_path, cells=f"{path}#page=1")
    check_given(named, (24, 32), SETTINGS)
    np.testing.assert_array_equal(read_given(named, (24, 32), SETTINGS).cells, STACK[1])


# Pages --------------------------------------------------------------------------------------

IMAGE, COPY = page_tags(GRAY, 1), page_tags(SMALL, 1)


def tagged(array, **tags):
    return page_tags(array, 1, **tags)


@pytest.mark.parametrize(
    "pages",
    [
        [IMAGE],
        [IMAGE, COPY],
        [IMAGE, tagged(SMALL, t254=1)],
        [tagged(SMALL, t254=1), IMAGE],
        [tagged(SMALL, t255=2), IMAGE],
        [tagged(SMALL, t254=1), IMAGE, COPY],
        [tagged(SMALL, t254=1), tagged(SMALL, t254=1), IMAGE],
        [page_tags(255 - GRAY, 4, t254=4), IMAGE],
        [IMAGE, tagged(255 - GRAY, t254=4)],
        [tagged(255 - GRAY, t254=4), IMAGE],
        [tagged(SMALL, t254=5), IMAGE],
    ],
    ids=lambda pages: f"{len(pages)}",
)
def test_reduced_copies_and_masks_are_not_the_image(tmp_path, pages):
    path = write(tmp_path / "x.tif", tags_tiff(*pages))
    np.testing.assert_array_equal(plane_after_dry_run(path), GRAY)


@pytest.mark.parametrize(
    ("pages", "says"),
    [
        ([IMAGE, IMAGE], "has 2 pages"),
        ([IMAGE, page_tags(STACK[0], 1)], "has 2 pages"),
        ([COPY, IMAGE], "has 2 pages"),
        ([tagged(SMALL, t254=1), IMAGE, IMAGE], "has 2 pages"),
        ([tagged(GRAY, t254=1)], "only reduced copies or masks"),
        ([tagged(GRAY, t254=4)], "only reduced copies or masks"),
    ],
)
def test_pages_of_which_none_is_clearly_the_image_are_refused(tmp_path, pages, says):
    path = write(tmp_path / "x.tif", tags_tiff(*pages))
    assert says in refusal_when_opened(path)
    for n, (strip, _) in enumerate(pages):
        assert plane_after_dry_run(f"{path}#page={n}").tobytes() == strip


def written(*pages, **file):
    out = io.BytesIO()
    with tifffile.TiffWriter(out, **file) as writer:
        for array, options in pages:
            writer.write(array, photometric="minisblack", **options)
    return out.getvalue()


def test_smaller_levels_in_subdirectories_do_not_matter(tmp_path):
    for file in ({}, {"ome": True}):
        data = written((GRAY, {"subifds": 1}), (SMALL, {"subfiletype": 1}), **file)
        np.testing.assert_array_equal(plane_after_dry_run(write(tmp_path / "x.tif", data)), GRAY)


def test_a_preview_whose_image_lies_in_a_subdirectory_is_refused(tmp_path):
    tagged_preview = written((SMALL, {"subifds": 1, "subfiletype": 1}), (GRAY, {}))
    assert "only reduced" in refusal_when_opened(write(tmp_path / "x.tif", tagged_preview))
    untagged = written((SMALL, {"subifds": 1}), (GRAY, {}))
    assert "larger image in a subdirectory" in refusal_when_opened(
        write(tmp_path / "y.tif", untagged)
    )


def test_several_images_of_one_ome_file_are_refused(tmp_path):
    path = write(tmp_path / "x.ome.tif", written((GRAY, {}), (255 - GRAY, {}), ome=True))
    assert "has 2 pages" in refusal_when_opened(path)
    np.testing.assert_array_equal(plane_after_dry_run(f"{path}#page=1"), 255 - GRAY)
    label = write(tmp_path / "y.ome.tif", written((GRAY, {}), (SMALL, {}), ome=True))
    np.testing.assert_array_equal(plane_after_dry_run(label), GRAY)


def test_of_images_with_different_facts_a_page_has_none(tmp_path):
    facts = [
        {"axes": "YX", "PhysicalSizeX": size, "PhysicalSizeY": size, "SignificantBits": bits}
        for size, bits in ((0.1, 12), (0.2, 14))
    ]
    deep = STACK[0] >> 4
    data = written(*((deep, {"metadata": each}) for each in facts), ome=True)
    path = write(tmp_path / "x.ome.tif", data)
    header = channel_image(f"{path}#page=1", SETTINGS).header
    assert (header.pixel_size_um, header.bits) == (None, 16)
    same = written(*((deep, {"metadata": facts[0]}) for _ in range(2)), ome=True)
    header = channel_image(f"{write(tmp_path / 'y.ome.tif', same)}#page=1", SETTINGS).header
    assert (header.pixel_size_um, header.bits) == (0.1, 12)


# Files --------------------------------------------------------------------------------------


def test_only_regular_files_are_read(tmp_path):
    pipe = tmp_path / "x_blue.png"
    os.mkfifo(pipe)
    assert "is not a regular file" in refusal_when_opened(str(pipe))
    assert "is not a regular file" in refusal_when_opened("/dev/zero")
    link = tmp_path / "link.png"
    link.symlink_to(write(tmp_path / "y.png", png(GRAY)))
    np.testing.assert_array_equal(plane_after_dry_run(str(link)), GRAY)
