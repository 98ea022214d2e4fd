"""TIFF: the header and the pixels of the plane that is meant."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import reduce
from typing import Any, BinaryIO

import numpy as np
import tifffile
from numpy.typing import NDArray

from hpa_features.io.files import Place
from hpa_features.io.formats.stacks import chosen_level
from hpa_features.io.formats.tiff_codecs import LOSSY, check_depth
from hpa_features.io.formats.tiff_metadata import ome_channel_names, ome_facts, pixel_size_um
from hpa_features.io.formats.tiff_planes import Meant, meant_planes
from hpa_features.io.formats.tiff_values import check_values
from hpa_features.io.guard import AGAIN
from hpa_features.io.header import Header

_ORIENTATION = 274
_MINISWHITE = 0
_ASSOCIATED = 1

# Without a handler, Python prints tifffile's warnings on stderr.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


class _Alone:
    """A stream without a name or a file descriptor.

    tifffile opens the other files of an OME, MicroManager or NDTiff set by the paths that a file
    names, whatever they are (a named pipe blocks), but only next to a file with a descriptor.
    """

    def __init__(self, stream: Any) -> None:
        self.read = stream.read
        self.readinto = stream.readinto
        self.seek = stream.seek
        self.tell = stream.tell


def header(stream: BinaryIO, place: Place) -> Header:
    """Return what the meant plane of a TIFF file states about itself.

    Raises
    ------
    FieldError
        A stack of which no plane is meant, values of a kind that is not supported, or pixels
        beyond the file's end.
    """
    with _opened(stream, place.name) as tif:
        planes, sample = meant_planes(tif, place)
        facts = ome_facts(tif, named=place.page is not None)
        full: Any = tif.pages.get(planes[0].page)
        size = facts[0] or pixel_size_um(tif, full)
        level, size = _level(full, size, place)
        page = _page(tif, planes[0], level)
        colours = check_values(tif, page, facts[1], stream, place)
        found = _header(page, colours, size, facts[1])
        for each in planes:
            _check_whole(_page(tif, each, level), each.plane, stream, place)
    parts = tuple((each.page, each.plane) for each in planes)
    return replace(found, parts=parts, level=level, sample=sample)


def pixels(stream: BinaryIO, header: Header) -> NDArray[Any]:
    """Return (rows, columns) or (rows, columns, samples) of the planes that `header` is of."""
    brighter = np.minimum if header.inverted else np.maximum
    with _opened(stream, "") as tif:
        planes = (_plane(tif, Meant(*part), header.level) for part in header.parts)
        return reduce(brighter, planes)


def _plane(tif: tifffile.TiffFile, meant: Meant, level: int) -> NDArray[Any]:
    page = _page(tif, meant, level)
    if meant.plane:
        values = tif.filehandle.read_array(
            np.dtype(page.dtype).newbyteorder(tif.byteorder),
            int(np.prod(page.shape)),
            page.dataoffsets[0] + meant.plane * page.nbytes,
        ).reshape(page.shape)
    else:
        check_depth(page)
        values = np.asarray(page.asarray(maxworkers=1))
    return np.moveaxis(values, 0, -1) if page.axes == "SYX" else values


def _page(tif: tifffile.TiffFile, meant: Meant, level: int) -> Any:
    """Return a page of the main chain, or a smaller level of it in a subdirectory."""
    page: Any = tif.pages.get(meant.page)
    return page.pages[level - 1] if level else page


def _level(page: Any, size: float | None, place: Place) -> tuple[int, float | None]:
    """Return the level of a page that is meant and its pixel size, `size` being the page's."""
    smaller = page.pages if place.resolution_um is not None and page.pages else ()
    factors = [1.0, *(page.imagelength / each.imagelength for each in smaller)]
    sizes = [None if size is None else size * factor for factor in factors]
    level = chosen_level(sizes, place)
    return level, sizes[level]


def channel_names(stream: BinaryIO, place: Place) -> tuple[str, ...]:
    """Return the names that OME metadata give to the channels of the first image; else none."""
    with _opened(stream, place.name) as tif:
        return ome_channel_names(tif)


def _opened(stream: BinaryIO, name: str) -> tifffile.TiffFile:
    alone: Any = _Alone(stream)
    # NDPI by its ending would get 64-bit offsets; a name is only compared with those in OME.
    return tifffile.TiffFile(alone, name=name.removesuffix(".gz") or "image", is_ndpi=False)


def _header(page: Any, colours: int, size: float | None, bits: int) -> Header:
    stored = int(page.bitspersample)
    orientation = int(page.tags.valueof(_ORIENTATION, default=1))
    return Header(
        "TIFF",
        int(page.imagelength),
        int(page.imagewidth),
        int(page.samplesperpixel),
        colours,
        np.dtype(page.dtype),
        bits if 8 <= bits < stored else stored,
        pixel_size_um=size,
        inverted=page.photometric == _MINISWHITE,
        lossy=int(page.compression) in LOSSY,
        premultiplied=_ASSOCIATED in page.extrasamples,
        orientation=orientation if 1 <= orientation <= 8 else 1,
    )


def _check_whole(page: Any, plane: int, stream: BinaryIO, place: Place) -> None:
    """Refuse pixels beyond the file's end: JPEG and sparse TIFF would read as gray or black."""
    end = stream.seek(0, 2)
    wanted = max((o + n for o, n in zip(page.dataoffsets, page.databytecounts)), default=0)
    wanted += plane * page.nbytes
    if wanted > end:
        raise place.error(f"is truncated: {end:,} of at least {wanted:,} bytes are there", AGAIN)
    if not wanted or 0 in page.databytecounts:
        raise place.error("is truncated: some of its pixels were never written", AGAIN)
