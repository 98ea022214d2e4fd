"""TIFF files: the page that is meant, its pixel size, its pixels."""

from __future__ import annotations

import logging
import struct
from dataclasses import replace
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import numpy as np
import tifffile
from numpy.typing import NDArray

from hpa_features.core.errors import FieldError
from hpa_features.io.files import Place
from hpa_features.io.headers import Header

# What tifffile raises on damaged tags; its own error is a ValueError.
_DAMAGE = (
    tifffile.TiffFileError,  # a ValueError only in newer versions
    ValueError, struct.error, IndexError, KeyError, TypeError, OverflowError,
)  # fmt: skip
_AGAIN = "Copy or download it again."
_MINISWHITE, _PALETTE = 0, 3
_UM_PER_UNIT = {
    "nm": 1e-3, "µm": 1.0, "μm": 1.0, "um": 1.0, "micron": 1.0, "microns": 1.0,
    "mm": 1e3, "cm": 1e4, "m": 1e6, "inch": 25_400.0, "pm": 1e-6, "å": 1e-4,
}  # fmt: skip
# Screen and print resolutions (72 to 1200 dpi) give pixels of 21 µm and more.
_PLAUSIBLE_UM = (0.005, 10.0)

# Without a handler, Python prints tifffile's warnings on stderr.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


def tiff_header(stream: BinaryIO, place: Place) -> Header:
    """Return what the meant page of a TIFF file says about itself.

    Raises
    ------
    FieldError
        Damaged tags, a stack of several planes of which none is named, a palette image, or
        pixels that lie beyond the file's end.
    """
    try:
        with tifffile.TiffFile(stream) as tif:
            index, sample = _meant(tif, place)
            page = tif.pages.get(index)
            header = replace(_header(tif, page, place), page=index, sample=sample)
            _check_whole(page, stream, place)
    except _DAMAGE as error:
        raise place.error(f"has a damaged TIFF header ({error})", _AGAIN) from error
    return header


def tiff_pixels(stream: BinaryIO, header: Header) -> NDArray[Any]:
    """Return (rows, columns) or (rows, columns, samples) of the page that `header` is of."""
    with tifffile.TiffFile(stream) as tif:
        page = tif.pages.get(header.page)
        pixels = np.asarray(page.asarray(maxworkers=1))
    return np.moveaxis(pixels, 0, -1) if page.axes == "SYX" else pixels


def _meant(tif: tifffile.TiffFile, place: Place) -> tuple[int, int | None]:
    """Return the page that `place` means, and the sample of its pixels (None: by colour)."""
    count = len(tif.pages)
    if place.page is not None:
        if place.page >= count:
            raise place.error(
                f"has {count} page{'s' if count > 1 else ''}, wanted page {place.page}",
                f"Pages count from 0: #page=0 to #page={count - 1}.",
            )
        return place.page, None
    if count == 1:
        return 0, place.channel
    series = tif.series[0]
    sizes = {axis: size for axis, size in zip(series.axes, series.shape) if size > 1}
    planes = {axis: size for axis, size in sizes.items() if axis not in "YXS"}
    if not planes:
        # What follows the first series are thumbnails or smaller copies.
        return int(series.keyframe.index), place.channel
    if set(planes) == {"C"} and place.channel is not None:
        return _channel_page(series, planes["C"], place.channel, place), None
    raise _stack_error(planes, place)


def _channel_page(series: tifffile.TiffPageSeries, count: int, channel: int, place: Place) -> int:
    if channel >= count:
        raise place.error(
            f"has {count} channels, wanted channel {channel}",
            f"Channels count from 0: #channel=0 to #channel={count - 1}.",
        )
    page = series.pages[channel]
    if page is None:
        raise place.error(f"lacks the pixels of channel {channel}", _AGAIN)
    return int(page.index)


def _stack_error(planes: dict[str, int], place: Place) -> FieldError:
    one = "in a manifest, name one plane with #page=N after the path (N counts from 0)"
    if planes.get("Z", 1) > 1:
        return place.error(
            f"is a stack of {planes['Z']} planes in Z, which is not supported yet",
            f"Save one plane or a projection per channel; or {one}.",
        )
    if planes.get("T", 1) > 1:
        return place.error(
            f"is a series of {planes['T']} time points, which is not supported yet",
            f"Save one time point per channel; or {one}.",
        )
    if set(planes) == {"C"}:
        return place.error(
            f"has {planes['C']} channels, wanted 1",
            "In a manifest, name one with #channel=N after the path (N counts from 0).",
        )
    count = int(np.prod(list(planes.values())))
    return place.error(f"has {count} pages, wanted 1", f"Save one page per channel; or {one}.")


def _header(tif: tifffile.TiffFile, page: Any, place: Place) -> Header:
    if page.axes not in {"YX", "YXS", "SYX"} or page.dtype is None:
        raise place.error(
            f"holds pixels of an unsupported kind (axes {page.axes}, {page.bitspersample} bits)",
            "Save it as 8- or 16-bit gray TIFF.",
        )
    if page.photometric == _PALETTE:
        raise place.error("is a palette image", "Save it as 8- or 16-bit gray TIFF.")
    size, bits = _ome_facts(tif)
    stored = int(page.bitspersample)
    return Header(
        "TIFF",
        int(page.imagelength),
        int(page.imagewidth),
        int(page.samplesperpixel),
        np.dtype(page.dtype),
        bits if 8 <= bits < stored else stored,
        pixel_size_um=size or _tag_size(tif, page),
        inverted=page.photometric == _MINISWHITE,
    )


def _check_whole(page: Any, stream: BinaryIO, place: Place) -> None:
    """Refuse pixels beyond the file's end: JPEG and sparse TIFF would read as gray or black."""
    end = stream.seek(0, 2)
    wanted = max((o + n for o, n in zip(page.dataoffsets, page.databytecounts)), default=0)
    if wanted > end:
        raise place.error(f"is truncated: {end:,} of at least {wanted:,} bytes are there", _AGAIN)
    if not wanted or 0 in page.databytecounts:
        raise place.error("is truncated: some of its pixels were never written", _AGAIN)


def _ome_facts(tif: tifffile.TiffFile) -> tuple[float | None, int]:
    """Return the pixel size in µm (None) and significant bits (0) of OME metadata."""
    if not tif.is_ome or not tif.ome_metadata:
        return None, 0
    try:
        images = tifffile.xml2dict(tif.ome_metadata)["OME"]["Image"]
        pixels = (images[0] if isinstance(images, list) else images)["Pixels"]
    except (ParseError, KeyError, TypeError, IndexError):
        return None, 0
    unit = _UM_PER_UNIT.get(str(pixels.get("PhysicalSizeXUnit", "µm")).casefold(), 0.0)
    across = _number(pixels.get("PhysicalSizeX")) * unit
    down = _number(pixels.get("PhysicalSizeY", pixels.get("PhysicalSizeX"))) * unit
    return _plausible(across, down), int(_number(pixels.get("SignificantBits")))


def _tag_size(tif: tifffile.TiffFile, page: Any) -> float | None:
    across, down = (float(each) for each in page.resolution)  # pixels per unit
    if across <= 0 or down <= 0:
        return None
    unit = {2: "inch", 3: "cm"}.get(int(page.resolutionunit), "")
    if tif.is_imagej:
        # ImageJ writes "\u00B5m" with the escape spelled out.
        unit = str((tif.imagej_metadata or {}).get("unit", unit)).replace("\\u00B5", "µ")
    um = _UM_PER_UNIT.get(unit.casefold(), 0.0)
    return _plausible(um / across, um / down)


def _plausible(across: float, down: float) -> float | None:
    low, high = _PLAUSIBLE_UM
    square = abs(across - down) <= 0.01 * across
    return across if square and low <= across <= high else None


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0
