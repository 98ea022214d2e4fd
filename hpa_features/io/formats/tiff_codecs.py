"""Compressions of TIFF that encode whole images with a depth of their own."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

import numpy as np

_OLD_JPEG = 6
JPEGS = frozenset({7, 33007, 34892})
LOSSY = frozenset({
    _OLD_JPEG, *JPEGS,
    22610, 34934,  # JPEG XR
    33003, 33004, 33005, 34712,  # JPEG 2000
    34887,  # LERC
    50001, 34927,  # WebP
    50002, 52546,  # JPEG XL
})  # fmt: skip
"""Compressions that may change values: good enough for images, not for labels."""
_PNG = 34933
# Markers of a JPEG that start a frame (ITU T.81, table B.1); the others of C0 to CF do not.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ENOUGH = 65_536


def jpeg_precision(stream: BinaryIO, page: Any) -> int:
    """Return the bits per sample of the JPEG that a page holds; 0 where it does not state them."""
    stream.seek(page.dataoffsets[0])
    data = stream.read(min(page.databytecounts[0], _ENOUGH))
    at = 2
    while at + 5 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], struct.unpack_from(">H", data, at + 2)[0]
        if marker in _FRAMES:
            return data[at + 4]
        at += 2 + length
    return 0


def check_depth(page: Any) -> None:
    """Compare the values that an image codec gives with the type that the page states.

    tifffile would store 16-bit values into 8 bits and keep their lower half.

    Raises
    ------
    ValueError
        They differ.
    """
    if int(page.compression) not in LOSSY | {_PNG}:
        return
    values, *_ = next(iter(page.segments(maxworkers=1)))
    if values is not None and values.dtype != np.dtype(page.dtype):
        raise ValueError(f"its tags state {page.dtype} values, its data are {values.dtype}")
