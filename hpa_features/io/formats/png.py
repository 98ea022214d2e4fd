"""PNG (ISO 15948): what its chunks state, its pixels."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from hpa_features.io.files import Place
from hpa_features.io.formats import refuse_pages
from hpa_features.io.formats.exif import orientation_in
from hpa_features.io.guard import AGAIN
from hpa_features.io.header import Header

_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # colour type → samples (§11.2.2)
_PALETTE = 3
_GRAY = (0, 4)
_KEPT = (b"acTL", b"tRNS", b"eXIf")
_LARGEST_KEPT = 65_536


def header(stream: BinaryIO, place: Place) -> Header:
    """Return what a PNG states about itself.

    Pillow would narrow 16-bit RGB to 8 bits, so the chunks are read here. sBIT, gAMA and colour
    profiles do not change the stored values: samples fill the full range (§11.3.2.4).

    Raises
    ------
    FieldError
        The header is damaged, or it is a palette image or an animation.
    """
    refuse_pages(place, "PNG")
    start = stream.read(26)
    if len(start) < 26:
        raise place.error("is truncated in its PNG header", AGAIN)
    columns, rows, depth, kind = struct.unpack(">16xIIBB", start)
    if kind not in _SAMPLES or not rows or not columns:
        raise place.error("has a damaged PNG header", AGAIN)
    if kind == _PALETTE:
        raise place.error(
            "is a palette image: its colours are not measured levels",
            "Save it as 8- or 16-bit gray PNG.",
        )
    chunks = _chunks_before_pixels(stream)
    if struct.unpack(">I", chunks.get(b"acTL", b"")[:4].rjust(4, b"\0"))[0] > 1:
        raise place.error("is an animation (APNG) of several frames", "Save one frame per file.")
    return Header(
        "PNG",
        rows,
        columns,
        _SAMPLES[kind] + (b"tRNS" in chunks),  # decoded as an alpha sample
        1 if kind in _GRAY else 3,
        np.dtype(np.uint16 if depth == 16 else np.uint8),
        depth,
        orientation=orientation_in(chunks.get(b"eXIf", b"")),
        sample=place.channel,
    )


def pixels(stream: BinaryIO, header: Header) -> NDArray[Any]:
    """Return the stored values of a PNG; `header` is not needed."""
    import imagecodecs  # slow to import; only pixels need it

    del header
    values: NDArray[Any] = imagecodecs.png_decode(stream.read())
    return values


def _chunks_before_pixels(stream: BinaryIO) -> dict[bytes, bytes]:
    """Return the contents of chunks that change what the pixels mean; a cut file has fewer."""
    chunks = {}
    stream.seek(33)  # after the signature and IHDR
    while len(start := stream.read(8)) == 8:
        length, name = struct.unpack(">I4s", start)
        if name in {b"IDAT", b"IEND"}:
            break
        if name in _KEPT and length <= _LARGEST_KEPT:
            chunks[name] = stream.read(length)
            stream.seek(4, 1)  # the checksum
        else:
            stream.seek(length + 4, 1)
    return chunks
