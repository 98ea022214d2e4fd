"""Sets of OME files: which channel each file is, and what their metadata may not do."""

import io
import os

import numpy as np
import pytest
import tifffile
from image_files import pixels, tiff, write
from image_reads import plane_after_dry_run, refusal_when_opened

STACK = pixels(shape=(3, 24, 32), dtype=np.uint16)
GRAY = pixels()
AXES = {"ZYX": "is a stack of 3 planes in Z", "TYX": "3 time points", "CYX": "has 3 channels"}

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
        np.testing.assert_array_equal(plane_after_dry_run(path), STACK[n])
        np.testing.assert_array_equal(plane_after_dry_run(f"{path}#channel={n}"), STACK[n])
        np.testing.assert_array_equal(plane_after_dry_run(f"{path}#page=0"), STACK[n])


def test_a_channel_of_another_file_of_the_set_is_refused(tmp_path):
    for n, path in enumerate(write_set(tmp_path)):
        for other in {0, 1, 2} - {n}:
            message = refusal_when_opened(f"{path}#channel={other}")
            assert f"does not hold the pixels of channel {other}" in message
        assert "wanted page 1" in refusal_when_opened(f"{path}#page=1")
        assert "has 3 channels, wanted channel 3" in refusal_when_opened(f"{path}#channel=3")


def test_a_set_that_does_not_count_the_planes_of_its_files(tmp_path):
    for n, name in enumerate(NAMES):
        data = ome_file(name, NAMES).replace(b'IFD="0" PlaneCount="1" ', b" " * 23)
        path = write(tmp_path / name, data)
        np.testing.assert_array_equal(plane_after_dry_run(path), STACK[n])
        for other in {0, 1, 2} - {n}:
            refusal_when_opened(f"{path}#channel={other}")


def test_a_set_with_one_z_plane_a_file_is_refused_unless_the_page_is_named(tmp_path):
    for n, path in enumerate(write_set(tmp_path, "z")):
        assert "stack of 3 planes in Z" in refusal_when_opened(path)
        np.testing.assert_array_equal(plane_after_dry_run(f"{path}#page=0"), STACK[n])


def test_a_file_of_a_set_with_several_planes_names_its_own(tmp_path):
    both = "".join(
        DATA.format(c=c, z=0, name=name).replace('IFD="0"', f'IFD="{c % 2}"')
        for c, name in enumerate(["A.ome.tif", "A.ome.tif", "B.ome.tif", "B.ome.tif"])
    )
    for n, own in enumerate(["A.ome.tif", "B.ome.tif"]):
        xml = OME.format(own=own, channels=4, planes=1, data=both)
        data = tiff(STACK[n : n + 2], photometric="minisblack", metadata=None, description=xml)
        path = write(tmp_path / own, data)
        assert "has 4 channels" in refusal_when_opened(path)
        for c in range(4):
            if c // 2 == n:
                np.testing.assert_array_equal(
                    plane_after_dry_run(f"{path}#channel={c}"), STACK[n + c % 2]
                )
            else:
                assert "does not hold" in refusal_when_opened(f"{path}#channel={c}")


def test_a_sibling_is_never_opened_whatever_the_metadata_name(tmp_path, monkeypatch):
    """A named pipe there would hang the run; an absolute path would read any file."""
    os.mkfifo(tmp_path / "pipe.ome.tif")
    secret = tmp_path / "secret.tif"
    secret.write_bytes(tiff(STACK[1]))
    opened = []
    monkeypatch.setattr("builtins.open", lambda *args, **_: opened.append(args[0]))
    for name in ("pipe.ome.tif", str(secret), "../secret.tif"):
        path = write(tmp_path / "A.ome.tif", ome_file("A.ome.tif", ["A.ome.tif", name]))
        np.testing.assert_array_equal(plane_after_dry_run(path), STACK[0])
        assert "does not hold" in refusal_when_opened(f"{path}#channel=1")
    assert opened == []  # ours are opened by pathlib, tifffile's by open


@pytest.mark.parametrize("axes", AXES)
def test_ome_metadata_that_describe_more_planes_than_there_are(tmp_path, axes):
    data = tiff(STACK, photometric="minisblack", ome=True, metadata={"axes": axes})
    with tifffile.TiffFile(io.BytesIO(data)) as tif:
        xml = tif.ome_metadata
    one = tiff(STACK[0], photometric="minisblack", metadata=None, description=xml)
    path = write(tmp_path / "x.ome.tif", one)
    assert AXES[axes] in refusal_when_opened(path)
    np.testing.assert_array_equal(plane_after_dry_run(f"{path}#page=0"), STACK[0])


@pytest.mark.parametrize("planes", [10**9, 10**15])
def test_metadata_that_describe_absurdly_many_planes_are_refused_at_once(tmp_path, planes):
    xml = OME.format(own="x", channels=1, planes=planes, data="<TiffData/>")
    path = write(tmp_path / "x.tif", tiff(GRAY, metadata=None, description=xml))
    assert "more than 1,000,000 planes" in refusal_when_opened(path)
    shaped = f'{{"shape": [{planes}, 24, 32], "truncated": true}}'
    path = write(tmp_path / "y.tif", tiff(GRAY, metadata=None, description=shaped))
    assert "planes, above 1,000,000" in refusal_when_opened(path)
