import io

import numpy as np
import pytest
from image_files import pixels, png, write, write_field

from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Channel, PixelSizeSource
from hpa_features.io.manifest import find_fields
from hpa_features.pipeline.manifest import manifest

KNOWN = InputSettings(pixel_size_um=0.2)


def test_good_fields_are_listed_and_bad_ones_told(tmp_path):
    write_field(tmp_path, "b")
    write_field(tmp_path, "a", dtype=np.uint16)
    write_field(tmp_path, "short")
    (tmp_path / "short_red.png").write_bytes(b"")
    write_field(tmp_path, "uneven")
    write(tmp_path / "uneven_red.png", png(pixels(shape=(9, 9))))
    write(tmp_path / "lone_blue.png", png(pixels()))
    summary = manifest(str(tmp_path), KNOWN)
    assert (summary.fields, summary.failures, summary.output) == (2, 3, "")
    first, second = summary.listed
    assert (first.source.id, first.bits, first.formats) == ("a", (16,), ("PNG",))
    assert (second.rows, second.columns, second.colour) == (24, 32, False)
    assert first.source.pixel_size_source is PixelSizeSource.OPTION
    assert {(each.id, each.stage) for each in summary.failed} == {
        ("lone", "find"), ("short", "read"), ("uneven", "read")
    }  # fmt: skip


def test_only_headers_are_read(tmp_path):
    write_field(tmp_path, "x", encode=lambda plane: png(plane)[:40])
    assert manifest(str(tmp_path), KNOWN).fields == 1


def test_what_is_written_is_an_input_with_its_pixel_sizes(tmp_path):
    write_field(tmp_path / "images", "x")
    output = tmp_path / "m.csv"
    summary = manifest(str(tmp_path / "images"), KNOWN, output=output)
    assert summary.output == str(output)
    (again,) = find_fields(str(output), InputSettings()).sources
    assert (again.pixel_size_um, again.pixel_size_source) == (0.2, PixelSizeSource.OPTION)
    assert again.files[Channel.ER] == str(tmp_path / "images" / "x_yellow.png")


def test_a_stream_is_written_to(tmp_path):
    write_field(tmp_path, "x")
    stream = io.StringIO()
    assert manifest(str(tmp_path), KNOWN, output=stream).output == "-"
    assert stream.getvalue().startswith("Id,blue,red,yellow,green,pixel_size_um")


def test_missing_masks_are_told(tmp_path):
    write_field(tmp_path / "images", "x")
    settings = InputSettings(pixel_size_um=0.2, masks=str(tmp_path))
    (failure,) = manifest(str(tmp_path / "images"), settings).failed
    assert failure.stage == "masks"


@pytest.mark.parametrize(("folder", "count"), [("native", 4), ("web_jpeg", 2)])
def test_real_folders(shared_data, folder, count):
    summary = manifest(str(shared_data / "hpa_fields" / folder), InputSettings())
    assert (summary.fields, summary.failures) == (count, 0)
    assert summary.seconds < 5
