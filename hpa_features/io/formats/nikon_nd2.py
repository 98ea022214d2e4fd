"""Nikon ND2, by the package nd2. Not tested with a file: none could be had."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.io.files import Place
from hpa_features.io.formats.physical import plausible_um
from hpa_features.io.formats.vendor import Picture, VendorCodec, frames_by_index, refuse_samples

_SERIES = "P"  # positions of the stage


@contextmanager
def _pictures(content: Any, place: Place) -> Iterator[list[Picture]]:
    """Yield the image of each stage position."""
    import nd2

    with nd2.ND2File(content) as file:
        sizes = dict(file.sizes)
        refuse_samples(sizes.get("S", 1), place)
        loops = "".join(axis for axis in sizes if axis not in "YXCS")
        frames = frames_by_index(iter(file.loop_indices), loops)
        own = {axis: sizes[axis] for axis in loops if axis != _SERIES}
        channels = {"C": sizes["C"]} if "C" in sizes else {}
        size = file.voxel_size()
        described = file.metadata.channels if hasattr(file.metadata, "channels") else None
        yield [
            Picture(
                own | channels,
                sizes["Y"],
                sizes["X"],
                np.dtype(file.dtype),
                partial(_read, file, frames, loops, position, bool(channels)),
                int(file.attributes.bitsPerComponentSignificant or 0),
                plausible_um(size.x, size.y),
                tuple(str(each.channel.name or "") for each in described or ()),
            )
            for position in range(sizes.get(_SERIES, 1))
        ]


def _read(
    file: Any,
    frames: dict[tuple[int, ...], int],
    loops: str,
    position: int,
    channels: bool,
    index: tuple[int, ...],
) -> NDArray[Any]:
    """Return a plane; `index` is along the loops without the position, then the channel."""
    others = iter(index)
    at = tuple(position if axis == _SERIES else next(others) for axis in loops)
    frame = np.asarray(file.read_frame(frames[at]))
    channel = next(others, 0)
    return frame[channel] if channels and frame.ndim == 3 else frame


CODEC = VendorCodec("ND2", "nd2", _pictures)
header, pixels = CODEC.header, CODEC.pixels
channel_names, count = CODEC.channel_names, CODEC.count
