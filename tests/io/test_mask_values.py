"""Which values of a mask are labels for certain."""

import struct
import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile
from image_files import chunk, jpeg, page_tags, pillow, pixels, png, tags_tiff, tiff, write
from image_reads import SETTINGS, field_in
from PIL import Image

from hpa_features.core.errors import FieldError
from hpa_features.io.masks import read_given

GRAY = pixels()
MINISBLACK, IN_PNG = 1, 34933
LABELS = (GRAY % 4).astype(np.uint8)
BAD_MASKS = {
    "JPEG": (jpeg(LABELS), "compression that changes labels"),
    "JPEG in TIFF": (tiff(LABELS, compression="jpeg"), "compression that changes labels"),
    "JPEG 2000 in TIFF": (tiff(LABELS, compression="jpeg2000"), "compression that changes labels"),
    "MinIsWhite": (tiff(LABELS, photometric="miniswhite"), "MINISWHITE"),
    "palette PNG": (pillow(Image.fromarray(LABELS).convert("P"), "PNG"), "palette"),
    "palette TIFF": (pillow(Image.fromarray(LABELS).convert("P"), "TIFF"), "PALETTE"),
    "gray and alpha": (png(np.stack([LABELS, np.full_like(LABELS, 255)], 2)), "has 2 channels"),
    "two-bit PNG": (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 32, 24, 2, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(bytes(24 * 9)))
        + chunk(b"IEND", b""),
        "has 2 bits per pixel",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_MASKS)
def test_a_mask_whose_labels_are_uncertain_is_refused(tmp_path, name):
    data, says = BAD_MASKS[name]
    source = field_in(tmp_path, cells=write(tmp_path / "cells", data))
    with pytest.raises(FieldError, match=says) as caught:
        read_given(source, (24, 32), SETTINGS)
    assert caught.value.stage == "masks"


def test_packed_labels_and_a_named_sample_of_a_mask(tmp_path):
    in_bits = (LABELS[..., np.newaxis] >> np.arange(4)[::-1] & 1).reshape(24, -1)
    strip = np.packbits(in_bits.astype(np.uint8), axis=1).tobytes()
    tags = page_tags(LABELS, MINISBLACK, t258=4)[1]
    packed = field_in(tmp_path, cells=write(tmp_path / "c.tif", tags_tiff((strip, tags))))
    np.testing.assert_array_equal(read_given(packed, (24, 32), SETTINGS).cells, LABELS)
    both = write(tmp_path / "c.png", png(np.stack([GRAY, LABELS, GRAY], axis=2)))
    named = field_in(tmp_path, cells=f"{both}#channel=1")
    np.testing.assert_array_equal(read_given(named, (24, 32), SETTINGS).cells, LABELS)


def test_png_and_deflate_in_tiff_keep_labels(tmp_path):
    strip = imagecodecs.png_encode(LABELS)
    data = tags_tiff((strip, page_tags(LABELS, MINISBLACK, t259=IN_PNG)[1]))
    source = field_in(tmp_path, cells=write(tmp_path / "c.tif", data))
    np.testing.assert_array_equal(read_given(source, (24, 32), SETTINGS).cells, LABELS)
    assert tifffile.COMPRESSION.PNG == IN_PNG
