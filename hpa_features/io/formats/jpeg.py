"""JPEG: gray or colour, 8 bits, decoded by Pillow."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import JpegImagePlugin

from hpa_features.io.files import Place
from hpa_features.io.formats import refuse_pages
from hpa_features.io.formats.exif import orientation_in
from hpa_features.io.header import Header

_COLOURS = {"L": 1, "RGB": 3}
_SAVE = "Save it as 8- or 16-bit gray TIFF."


def header(stream: BinaryIO, place: Place) -> Header:
    """Return what a JPEG states about itself.

    Raises
    ------
    FieldError
        It is CMYK, or Pillow cannot handle its number of bits or layers.
    """
    refuse_pages(place, "JPEG")
    try:
        image = _opened(stream)
    except SyntaxError as error:
        if not str(error).startswith("cannot handle"):
            raise
        raise place.error(f"is an unsupported JPEG: {error}", _SAVE) from error
    if image.mode not in _COLOURS:
        raise place.error(f"is a {image.mode} JPEG, wanted gray or RGB", _SAVE)
    return Header(
        "JPEG",
        image.height,
        image.width,
        _COLOURS[image.mode],
        _COLOURS[image.mode],
        np.dtype(np.uint8),
        8,
        lossy=True,
        orientation=orientation_in(image.info.get("exif", b"")),
        sample=place.channel,
    )


def pixels(stream: BinaryIO, header: Header) -> NDArray[Any]:
    """Return the values of a JPEG; `header` is not needed."""
    del header
    return np.asarray(_opened(stream))


def _opened(stream: BinaryIO) -> JpegImagePlugin.JpegImageFile:
    # Not Image.open: its limit on pixels is a global of Pillow's; ours is --max-pixels.
    return JpegImagePlugin.JpegImageFile(stream)
