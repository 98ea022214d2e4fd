"""Zeiss CZI, by the package czifile (its versions of 2019 and of 2026)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO

import numpy as np
import tifffile
from numpy.typing import NDArray

from hpa_features.io.files import Place
from hpa_features.io.formats.physical import plausible_um
from hpa_features.io.formats.vendor import Picture, VendorCodec, refuse_samples

_NOT_LOOPS = "YXSM0"  # rows, columns, scenes or samples, tiles of a mosaic, samples


@contextmanager
def _pictures(content: BinaryIO, place: Place) -> Iterator[list[Picture]]:
    """Yield the image of each scene."""
    import czifile

    with czifile.CziFile(content) as file:
        scenes: dict[int, list[Any]] = {}
        for block in file.filtered_subblock_directory:
            scenes.setdefault(_scene(block), []).append(block)
        about = _about(file)
        yield [_picture(file, blocks, about, place) for _, blocks in sorted(scenes.items())]


def _axes(block: Any) -> str:
    return str(block.axes) if hasattr(block, "axes") else "".join(block.dims)


def _scene(block: Any) -> int:
    if hasattr(block, "scene_index"):
        return max(int(block.scene_index), 0)
    axes = _axes(block)
    return int(block.start[axes.index("S")]) if "S" in axes else 0


def _picture(file: Any, blocks: list[Any], about: Mapping[str, Any], place: Place) -> Picture:
    """Return the image of a scene whose planes are a block each."""
    axes = _axes(blocks[0])
    samples = {axis: n for axis, n in zip(axes, blocks[0].shape) if axis == axes[-1]}
    refuse_samples(0 if axes[-1] == "X" else samples[axes[-1]], place)
    shape = dict(zip(axes, blocks[0].shape))
    loops = "".join(axis for axis in axes if axis not in _NOT_LOOPS)
    starts = {axis: sorted({_start(each, axis) for each in blocks}) for axis in loops}
    planes: dict[tuple[int, ...], Any] = {}
    for block in blocks:
        at = tuple(starts[axis].index(_start(block, axis)) for axis in loops)
        if planes.setdefault(at, block) is not block:
            raise place.error("is a mosaic of tiles", "Export its tiles or the whole as OME-TIFF.")
    return Picture(
        {axis: len(starts[axis]) for axis in loops},
        shape["Y"],
        shape["X"],
        np.dtype(blocks[0].dtype),
        partial(_read, file, planes),
        about["bits"],
        about["pixel_size_um"],
        about["names"],
    )


def _start(block: Any, axis: str) -> int:
    return int(block.start[_axes(block).index(axis)])


def _read(file: Any, planes: Mapping[tuple[int, ...], Any], index: tuple[int, ...]) -> NDArray[Any]:
    block = planes[index]
    new = hasattr(block, "read_segment_data")
    segment = block.read_segment_data(file) if new else block.data_segment()
    shape = dict(zip(_axes(block), block.shape))
    return np.asarray(segment.data()).reshape(shape["Y"], shape["X"])


def _about(file: Any) -> dict[str, Any]:
    """Return significant bits, pixel size and names of channels from the metadata."""
    document = _inside(tifffile.xml2dict(file.metadata() or ""), "ImageDocument", "Metadata")
    listed = _inside(document, "Information", "Image", "Dimensions", "Channels").get("Channel")
    channels = listed if isinstance(listed, list) else [listed] if listed else []
    distances = _inside(document, "Scaling", "Items").get("Distance") or []
    metres = {each["Id"]: float(each["Value"]) for each in distances if "Value" in each}
    bits = {int(each.get("ComponentBitCount") or 0) for each in channels}
    return {
        "bits": bits.pop() if len(bits) == 1 else 0,
        "pixel_size_um": plausible_um(1e6 * metres.get("X", 0), 1e6 * metres.get("Y", 0)),
        "names": tuple(str(each.get("Name") or "") for each in channels),
    }


def _inside(found: Any, *names: str) -> Any:
    for name in names:
        found = found.get(name) or {}
    return found


CODEC = VendorCodec("CZI", "czifile", _pictures)
header, pixels = CODEC.header, CODEC.pixels
channel_names, count = CODEC.channel_names, CODEC.count
