"""What values of PNG and JPEG mean, and the orientation of all formats."""

import struct
import zlib

import imagecodecs
import numpy as np
import pytest
from image_files import chunk, page_tags, pillow, pixels, png, tags_tiff, write
from image_reads import SETTINGS, dry_refusal_of, plane_at, refusal_of
from PIL import Image

from hpa_features.io.images import channel_image

GRAY, DEEP = pixels(), pixels(dtype=np.uint16)
RGB = pixels(shape=(24, 32, 3))
MINISBLACK = 1

# PNG ----------------------------------------------------------------------------------------


def with_chunk(name, data, image=GRAY):
    """A PNG with one more chunk after its header."""
    whole = png(image)
    return whole[:33] + chunk(name, data) + whole[33:]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (b"sBIT", b"\x05"),
        (b"gAMA", struct.pack(">I", 100_000)),
        (b"bKGD", b"\0\x07"),
        (b"pHYs", struct.pack(">IIB", 12_500_000, 12_500_000, 1)),
        (b"tEXt", b"Title\0cells"),
        (b"acTL", struct.pack(">II", 1, 0)),
    ],
)
def test_png_chunks_that_do_not_change_values_are_ignored(tmp_path, name, data):
    path = write(tmp_path / "x.png", with_chunk(name, data))
    np.testing.assert_array_equal(plane_at(path)[0], GRAY)
    assert channel_image(path, SETTINGS).header.pixel_size_um is None


def test_a_transparent_colour_of_png_is_an_alpha(tmp_path):
    used = with_chunk(b"tRNS", struct.pack(">H", int(GRAY[3, 4])))
    assert "has 2 channels" in refusal_of(write(tmp_path / "x.png", used))
    even = (GRAY // 2 * 2).astype(np.uint8)
    unused = with_chunk(b"tRNS", struct.pack(">H", 77), even)
    np.testing.assert_array_equal(plane_at(write(tmp_path / "y.png", unused))[0], even)


def test_a_palette_png_is_refused(tmp_path):
    data = pillow(Image.fromarray(GRAY).convert("P"), "PNG")
    assert "is a palette image" in dry_refusal_of(write(tmp_path / "x.png", data))


def test_an_animated_png_is_refused(tmp_path):
    frames = [Image.fromarray(GRAY), Image.fromarray(255 - GRAY)]
    data = pillow(frames[0], "PNG", save_all=True, append_images=frames[1:])
    assert "several frames" in dry_refusal_of(write(tmp_path / "x.png", data))


def test_an_interlaced_png_is_read(tmp_path):
    square = GRAY[:8, :8]
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
              (1, 0, 2, 1)]  # fmt: skip
    lines = [b"\0" + line.tobytes() for y, x, dy, dx in passes for line in square[y::dy, x::dx]]
    data = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 1))
        + chunk(b"IDAT", zlib.compress(b"".join(lines)))
        + chunk(b"IEND", b"")
    )
    np.testing.assert_array_equal(plane_at(write(tmp_path / "x.png", data))[0], square)


@pytest.mark.parametrize("channel", range(3))
def test_sixteen_bit_rgb_png_keeps_all_its_bits(tmp_path, channel):
    rgb = pixels(shape=(24, 32, 3), dtype=np.uint16)
    path = write(tmp_path / "x.png", png(rgb))
    plane, full = plane_at(f"{path}#channel={channel}")
    assert full == 65535
    np.testing.assert_array_equal(plane, rgb[..., channel])


# JPEG ---------------------------------------------------------------------------------------


def test_a_cmyk_jpeg_is_refused(tmp_path):
    data = pillow(Image.fromarray(RGB).convert("CMYK"), "JPEG")
    assert "is a CMYK JPEG" in dry_refusal_of(write(tmp_path / "x.jpg", data))


def test_a_twelve_bit_jpeg_is_refused(tmp_path):
    data = imagecodecs.jpeg_encode(DEEP >> 4, bitspersample=12)
    assert "12-bit" in dry_refusal_of(write(tmp_path / "x.jpg", data))


@pytest.mark.parametrize("keep_rgb", [False, True], ids=["YCbCr", "RGB by Adobe"])
def test_both_colour_transforms_of_jpeg_give_rgb(tmp_path, keep_rgb):
    rgb = np.zeros((32, 32, 3), np.uint8)
    rgb[..., 2], rgb[..., 0] = 180, 40
    data = pillow(Image.fromarray(rgb), "JPEG", quality=95, keep_rgb=keep_rgb)
    plane, _ = plane_at(write(tmp_path / "x.jpg", data))
    assert np.abs(plane.astype(int) - 180).max() <= 3


# Orientation --------------------------------------------------------------------------------


def turned(kind, orientation):
    exif = Image.Exif()
    exif[0x112] = orientation
    if kind == "TIFF":
        return tags_tiff(page_tags(GRAY, MINISBLACK, t274=orientation))
    return pillow(Image.fromarray(GRAY), kind, exif=exif)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_the_orientation_is_read_and_not_applied(tmp_path, kind):
    path = write(tmp_path / "x", turned(kind, 6))
    assert channel_image(path, SETTINGS).header.orientation == 6
    assert plane_at(path)[0].shape == GRAY.shape
    upright = write(tmp_path / "y", turned(kind, 1))
    np.testing.assert_array_equal(plane_at(path)[0], plane_at(upright)[0])
