"""Leica LIF, by the package liffile.

Channels have no names there, only colours of display, which do not state the stain.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from hpa_features.io.files import Place
from hpa_features.io.formats.physical import plausible_um
from hpa_features.io.formats.vendor import Picture, VendorCodec, refuse_samples


@contextmanager
def _pictures(content: BinaryIO, place: Place) -> Iterator[list[Picture]]:
    """Yield the images that have rows and columns."""
    import liffile

    with liffile.LifFile(content) as file:
        yield [_picture(image, place) for image in file.images if {"Y", "X"} <= {*image.dims}]


def _picture(image: Any, place: Place) -> Picture:
    sizes = dict(image.sizes)
    refuse_samples(sizes.get("S", 1), place)
    loops = {axis: size for axis, size in sizes.items() if axis not in "YXS"}
    return Picture(
        loops,
        sizes["Y"],
        sizes["X"],
        np.dtype(image.dtype),
        partial(_read, image, tuple(loops)),
        pixel_size_um=plausible_um(_step_um(image, "X"), _step_um(image, "Y")),
    )


def _step_um(image: Any, axis: str) -> float:
    """Return the distance of pixels; the file states metres from the first centre to the last."""
    places = image.coords.get(axis, ())
    return 1e6 * float(abs(places[1] - places[0])) if len(places) > 1 else 0.0


def _read(image: Any, axes: tuple[str, ...], index: tuple[int, ...]) -> NDArray[Any]:
    return np.asarray(image.frame(**dict(zip(axes, index))))


CODEC = VendorCodec("LIF", "liffile", _pictures)
header, pixels = CODEC.header, CODEC.pixels
channel_names, count = CODEC.channel_names, CODEC.count
