"""What an image file says about itself before its pixels are decoded."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from PIL import ImageFile, JpegImagePlugin

from hpa_features.io.files import Place

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PNG_SAMPLES = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # colour type → samples; a palette becomes RGB
_AGAIN = "Copy or download it again."
_OTHER_FORMATS = {
    b"\0\0\0\x0cjP": "JPEG 2000",
    b"ZISRAWFI": "Zeiss CZI",
    b"\x89HDF\r\n": "HDF5",
    b"BM": "BMP",
    b"GIF8": "GIF",
    b"RIFF": "WebP",
    b"<!DO": "a web page",
    b"<htm": "a web page",
    b"PK\x03\x04": "a zip archive",
}


@dataclass(frozen=True, slots=True)
class Header:
    """Size and kind of an image.

    Attributes
    ----------
    format
        ``PNG``, ``JPEG`` or ``TIFF``.
    rows, columns
        Size in pixels.
    samples
        Values per pixel: 1 gray, 3 RGB, 2 and 4 with alpha or something else.
    dtype
        How a value is stored.
    bits
        Significant bits of a value as the file says, else those of `dtype`.
    pixel_size_um
        From OME or TIFF tags; None when they do not say.
    inverted
        Whether 0 is white (TIFF's MINISWHITE).
    page
        Which page of a TIFF file it is.
    sample
        Which value of each pixel is meant; None: the one of the channel's colour.
    """

    format: str
    rows: int
    columns: int
    samples: int
    dtype: np.dtype[np.generic]
    bits: int
    pixel_size_um: float | None = None
    inverted: bool = False
    page: int = 0
    sample: int | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.rows, self.columns


def read_header(stream: BinaryIO, place: Place) -> Header:
    """Return what the image in `stream` says about itself; its format is told by its content.

    Raises
    ------
    FieldError
        It is no PNG, JPEG or TIFF, its header is damaged, or it has several planes and `place`
        does not say which.
    """
    stream.seek(0)
    first = stream.read(16)
    stream.seek(0)
    if first.startswith(_PNG):
        return _png(stream, place)
    if first.startswith(_JPEG):
        return _jpeg(stream, place)
    if first.startswith(_TIFF):
        # tifffile and its codecs are slow to import; folders of PNG do without.
        from hpa_features.io.tiff import tiff_header

        return tiff_header(stream, place)
    for magic, name in _OTHER_FORMATS.items():
        if first.startswith(magic):
            raise place.error(f"is {name}, wanted PNG, TIFF or JPEG", "Convert it to TIFF.")
    raise place.error("is not an image (no PNG, TIFF or JPEG)", _AGAIN)


def _png(stream: BinaryIO, place: Place) -> Header:
    # Pillow would narrow 16-bit RGB to 8 bits; IHDR is always first (PNG, ISO 15948, §11.2.2).
    # sBIT does not matter: samples are scaled to the full range whatever it says (§11.3.2.4).
    _single_plane(place, "PNG")
    start = stream.read(26)
    if len(start) < 26:
        raise place.error("is truncated in its PNG header", _AGAIN)
    columns, rows, depth, kind = struct.unpack(">16xIIBB", start)
    if kind not in _PNG_SAMPLES or not rows or not columns:
        raise place.error("has a damaged PNG header", _AGAIN)
    bits = 8 if kind == 3 else depth  # a palette's colours are 8-bit whatever the index
    dtype = np.dtype(np.uint16 if depth == 16 else np.uint8)
    return Header("PNG", rows, columns, _PNG_SAMPLES[kind], dtype, bits, sample=place.channel)


def _jpeg(stream: BinaryIO, place: Place) -> Header:
    image = open_jpeg(stream, place)
    return Header(
        "JPEG",
        image.height,
        image.width,
        len(image.getbands()),
        np.dtype(np.uint8),
        8,
        sample=place.channel,
    )


def open_jpeg(stream: BinaryIO, place: Place) -> ImageFile.ImageFile:
    """Return a JPEG whose pixels are not decoded yet."""
    _single_plane(place, "JPEG")
    # Not Image.open: its limit on pixels is a global of Pillow's; ours is --max-pixels.
    try:
        return JpegImagePlugin.JpegImageFile(stream)
    except (SyntaxError, OSError, struct.error) as error:
        raise place.error(f"has a damaged or unsupported JPEG header ({error})", _AGAIN) from error


def _single_plane(place: Place, name: str) -> None:
    if place.page:
        raise place.error(
            f"is {name} and has page 0 only, wanted page {place.page}",
            f"Take #page={place.page} off its path.",
        )
