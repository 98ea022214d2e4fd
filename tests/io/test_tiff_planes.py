"""Which plane of a TIFF is read: stacks behind one directory, sets of files, pages."""

import gzip
import io
import math
import os
import struct

import numpy as np
import pytest
import tifffile
from image_files import page_tags, pixels, png, tags_tiff, tiff, write, write_field

from hpa_features.core.errors import FieldError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Channel, FieldSource
from hpa_features.io.files import Place
from hpa_features.io.images import channel_image, open_image, read_plane
from hpa_features.io.masks import check_given, read_given

SETTINGS = InputSettings()
STACK = pixels(shape=(3, 24, 32), dtype=np.uint16)
GRAY = pixels()
SMALL = GRAY[::4, ::4].copy()


def plane_at(text, settings=SETTINGS):
    """Read a plane as extraction does, after the dry run has taken its header."""
    channel_image(text, settings)
    with open_image(Place.of(text), settings) as image:
        return read_plane(image, Channel.DNA, settings)[0]


def refusal_of(text, settings=SETTINGS):
    """The message of the dry run, which extraction repeats."""
    with pytest.raises(FieldError) as dry:
        channel_image(text, settings)
    with pytest.raises(FieldError) as real, open_image(Place.of(text), settings):
        pass
    assert str(dry.value) == str(real.value)
    assert dry.value.hint
    return dry.value.message


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
    assert AXES[axes] in refusal_of(path)
    for n, plane in enumerate(STACK):
        np.testing.assert_array_equal(plane_at(f"{path}#page={n}"), plane)
        if axes == "CYX":
            np.testing.assert_array_equal(plane_at(f"{path}#channel={n}"), plane)
        else:
            assert AXES[axes] in refusal_of(f"{path}#channel={n}")
    assert "wanted page 3" in refusal_of(f"{path}#page=3")
    if axes == "CYX":
        assert "has 3 channels, wanted channel 3" in refusal_of(f"{path}#channel=3")


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
    assert "has 3 pages" in refusal_of(path)
    for n, plane in enumerate(STACK):
        np.testing.assert_array_equal(plane_at(f"{path}#page={n}"), plane)
    one = write(tmp_path / "y.tif", metamorph(STACK[:1]))
    np.testing.assert_array_equal(plane_at(one), STACK[0])


def test_a_stack_behind_one_directory_in_gzip(tmp_path):
    data = tiff(STACK, imagej=True, truncate=True, metadata={"axes": "CYX"})
    path = write(tmp_path / "x.tif.gz", data)
    assert gzip.decompress((tmp_path / "x.tif.gz").read_bytes()) == data
    assert "has 3 channels" in refusal_of(path)
    np.testing.assert_array_equal(plane_at(f"{path}#channel=2"), STACK[2])


def test_several_axes_behind_one_directory(tmp_path):
    stack = pixels(shape=(2, 3, 24, 32))
    path = write(
        tmp_path / "x.tif", tiff(stack, imagej=True, truncate=True, metadata={"axes": "ZCYX"})
    )
    assert "stack of 2 planes in Z" in refusal_of(path)
    np.testing.assert_array_equal(plane_at(f"{path}#page=4"), stack[1, 1])


@pytest.mark.parametrize("planes", [1.2, 2.9])
@pytest.mark.parametrize(
    "form", ["ImageJ, one directory", "shaped, one directory", "shaped, big-endian"]
)
def test_a_stack_that_was_cut_is_refused_and_not_read_as_its_first_plane(tmp_path, form, planes):
    data = tiff(STACK, **FORMS[form], metadata={"axes": "CYX"})
    cut = len(data) - math.ceil((3 - planes) * STACK[0].nbytes)
    path = write(tmp_path / "x.tif", data[:cut])
    refusal_of(path)
    np.testing.assert_array_equal(plane_at(f"{path}#page=0"), STACK[0])
    refusal_of(f"{path}#page=2")


def imagej_tiff(array, *lines, **options):
    description = "\n".join(["ImageJ=1.53", *lines, ""])
    options = {"photometric": "minisblack", "metadata": None, "description": description} | options
    return tiff(array, **options)


def test_planes_that_only_imagejs_count_of_images_tells_of(tmp_path):
    path = write(tmp_path / "x.tif", imagej_tiff(STACK, "images=3", truncate=True))
    assert "has 3 pages" in refusal_of(path)
    np.testing.assert_array_equal(plane_at(f"{path}#page=2"), STACK[2])


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}], ids=["raw", "zlib"])
@pytest.mark.parametrize("lines", [["images=3"], ["images=3", "slices=3"]], ids=len)
def test_a_plane_left_of_an_imagej_stack(tmp_path, lines, options):
    path = write(tmp_path / "x.tif", imagej_tiff(STACK[0], *lines, **options))
    refusal_of(path)
    np.testing.assert_array_equal(plane_at(f"{path}#page=0"), STACK[0])


def test_one_plane_by_imagej_is_an_image(tmp_path):
    np.testing.assert_array_equal(
        plane_at(write(tmp_path / "x.tif", tiff(GRAY, imagej=True))), GRAY
    )
    rgb = pixels(shape=(24, 32, 3))
    np.testing.assert_array_equal(
        plane_at(write(tmp_path / "y.tif", tiff(rgb, imagej=True))), rgb[..., 2]
    )


def field_in(folder, **masks):
    write_field(folder, "x")
    return FieldSource("x", {c: str(folder / f"x_{c.colour}.png") for c in Channel}, **masks)


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


# Sets of OME files --------------------------------------------------------------------------

OME = """<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:{own}">
<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="32"
 SizeY="24" SizeC="{channels}" SizeZ="{planes}" SizeT="1">{data}</Pixels></Image></OME>"""
DATA = """<TiffData IFD="0" PlaneCount="1" FirstC="{c}" FirstZ="{z}" FirstT="0">
<UUID FileName="{name}">urn:uuid:{name}</UUID></TiffData>"""


def ome_file(own, names, axis="c"):
    """One file of a set that has a plane along `axis` in each file; `own` is this one's name."""
    at = dict.fromkeys("cz", 0)
    data = "".join(DATA.format(**(at | {axis: n}), name=name) for n, name in enumerate(names))
    sizes = {
        "channels": len(names) if axis == "c" else 1,
        "planes": len(names) if axis == "z" else 1,
    }
    xml = OME.format(own=own, data=data, **sizes)
    plane = STACK[names.index(own)]
    return tiff(plane, photometric="minisblack", metadata=None, description=xml)


NAMES = ["A.ome.tif", "B.ome.tif", "C.ome.tif"]


def write_set(folder, axis="c"):
    return [write(folder / name, ome_file(name, NAMES, axis)) for name in NAMES]


def test_of_a_set_with_one_channel_a_file_each_file_is_its_channel(tmp_path):
    for n, path in enumerate(write_set(tmp_path)):
        np.testing.assert_array_equal(plane_at(path), STACK[n])
        np.testing.assert_array_equal(plane_at(f"{path}#channel={n}"), STACK[n])
        np.testing.assert_array_equal(plane_at(f"{path}#page=0"), STACK[n])


def test_a_channel_of_another_file_of_the_set_is_refused(tmp_path):
    for n, path in enumerate(write_set(tmp_path)):
        for other in {0, 1, 2} - {n}:
            message = refusal_of(f"{path}#channel={other}")
            assert f"does not hold the pixels of channel {other}" in message
        assert "wanted page 1" in refusal_of(f"{path}#page=1")
        assert "has 3 channels, wanted channel 3" in refusal_of(f"{path}#channel=3")


def test_a_set_that_does_not_count_the_planes_of_its_files(tmp_path):
    for n, name in enumerate(NAMES):
        data = ome_file(name, NAMES).replace(b'IFD="0" PlaneCount="1" ', b" " * 23)
        path = write(tmp_path / name, data)
        np.testing.assert_array_equal(plane_at(path), STACK[n])
        for other in {0, 1, 2} - {n}:
            refusal_of(f"{path}#channel={other}")


def test_a_set_with_one_z_plane_a_file_is_refused_unless_the_page_is_named(tmp_path):
    for n, path in enumerate(write_set(tmp_path, "z")):
        assert "stack of 3 planes in Z" in refusal_of(path)
        np.testing.assert_array_equal(plane_at(f"{path}#page=0"), STACK[n])


def test_a_file_of_a_set_with_several_planes_names_its_own(tmp_path):
    both = "".join(
        DATA.format(c=c, z=0, name=name).replace('IFD="0"', f'IFD="{c % 2}"')
        for c, name in enumerate(["A.ome.tif", "A.ome.tif", "B.ome.tif", "B.ome.tif"])
    )
    for n, own in enumerate(["A.ome.tif", "B.ome.tif"]):
        xml = OME.format(own=own, channels=4, planes=1, data=both)
        data = tiff(STACK[n : n + 2], photometric="minisblack", metadata=None, description=xml)
        path = write(tmp_path / own, data)
        assert "has 4 channels" in refusal_of(path)
        for c in range(4):
            if c // 2 == n:
                np.testing.assert_array_equal(plane_at(f"{path}#channel={c}"), STACK[n + c % 2])
            else:
                assert "does not hold" in refusal_of(f"{path}#channel={c}")


def test_a_sibling_is_never_opened_whatever_the_metadata_name(tmp_path, monkeypatch):
    """A named pipe there would hang the run; an absolute path would read any file."""
    os.mkfifo(tmp_path / "pipe.ome.tif")
    secret = tmp_path / "secret.tif"
    secret.write_bytes(tiff(STACK[1]))
    opened = []
    monkeypatch.setattr("builtins.open", lambda *args, **_: opened.append(args[0]))
    for name in ("pipe.ome.tif", str(secret), "../secret.tif"):
        path = write(tmp_path / "A.ome.tif", ome_file("A.ome.tif", ["A.ome.tif", name]))
        np.testing.assert_array_equal(plane_at(path), STACK[0])
        assert "does not hold" in refusal_of(f"{path}#channel=1")
    assert opened == []  # ours are opened by pathlib, tifffile's by open


@pytest.mark.parametrize("axes", AXES)
def test_ome_metadata_that_describe_more_planes_than_there_are(tmp_path, axes):
    data = tiff(STACK, photometric="minisblack", ome=True, metadata={"axes": axes})
    with tifffile.TiffFile(io.BytesIO(data)) as tif:
        xml = tif.ome_metadata
    one = tiff(STACK[0], photometric="minisblack", metadata=None, description=xml)
    path = write(tmp_path / "x.ome.tif", one)
    assert AXES[axes] in refusal_of(path)
    np.testing.assert_array_equal(plane_at(f"{path}#page=0"), STACK[0])


@pytest.mark.parametrize("planes", [10**9, 10**15])
def test_metadata_that_describe_absurdly_many_planes_are_refused_at_once(tmp_path, planes):
    xml = OME.format(own="x", channels=1, planes=planes, data="<TiffData/>")
    path = write(tmp_path / "x.tif", tiff(GRAY, metadata=None, description=xml))
    assert "more than 1,000,000 planes" in refusal_of(path)
    shaped = f'{{"shape": [{planes}, 24, 32], "truncated": true}}'
    path = write(tmp_path / "y.tif", tiff(GRAY, metadata=None, description=shaped))
    assert "planes, above 1,000,000" in refusal_of(path)


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
    np.testing.assert_array_equal(plane_at(path), GRAY)


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
    assert says in refusal_of(path)
    for n, (strip, _) in enumerate(pages):
        assert plane_at(f"{path}#page={n}").tobytes() == strip


def written(*pages, **file):
    out = io.BytesIO()
    with tifffile.TiffWriter(out, **file) as writer:
        for array, options in pages:
            writer.write(array, photometric="minisblack", **options)
    return out.getvalue()


def test_smaller_levels_in_subdirectories_do_not_matter(tmp_path):
    for file in ({}, {"ome": True}):
        data = written((GRAY, {"subifds": 1}), (SMALL, {"subfiletype": 1}), **file)
        np.testing.assert_array_equal(plane_at(write(tmp_path / "x.tif", data)), GRAY)


def test_a_preview_whose_image_lies_in_a_subdirectory_is_refused(tmp_path):
    tagged_preview = written((SMALL, {"subifds": 1, "subfiletype": 1}), (GRAY, {}))
    assert "only reduced" in refusal_of(write(tmp_path / "x.tif", tagged_preview))
    untagged = written((SMALL, {"subifds": 1}), (GRAY, {}))
    assert "larger image in a subdirectory" in refusal_of(write(tmp_path / "y.tif", untagged))


def test_several_images_of_one_ome_file_are_refused(tmp_path):
    path = write(tmp_path / "x.ome.tif", written((GRAY, {}), (255 - GRAY, {}), ome=True))
    assert "has 2 pages" in refusal_of(path)
    np.testing.assert_array_equal(plane_at(f"{path}#page=1"), 255 - GRAY)
    label = write(tmp_path / "y.ome.tif", written((GRAY, {}), (SMALL, {}), ome=True))
    np.testing.assert_array_equal(plane_at(label), GRAY)


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
    assert "is not a regular file" in refusal_of(str(pipe))
    assert "is not a regular file" in refusal_of("/dev/zero")
    link = tmp_path / "link.png"
    link.symlink_to(write(tmp_path / "y.png", png(GRAY)))
    np.testing.assert_array_equal(plane_at(str(link)), GRAY)
