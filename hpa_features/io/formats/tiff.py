"""TIFF: the header and the pixels of the plane that is meant."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
import tifffile
from numpy.typing import NDArray

from hpa_features.io.files import Place
from hpa_features.io.formats.tiff_codecs import LOSSY, check_depth
from hpa_features.io.formats.tiff_metadata import ome_channel_names, ome_facts, pixel_size_um
from hpa_features.io.formats.tiff_planes import meant_plane
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
        A stack of which no plane is named, values of a kind that is not supported, or pixels
        beyond the file's end.
    """
    with _opened(stream, place.name) as tif:
        meant = meant_plane(tif, place)
        page = tif.pages.get(meant.page)
        facts = ome_facts(tif, named=place.page is not None)
        colours = check_values(tif, page, facts[1], stream, place)
        found = _header(tif, page, colours, facts)
        _check_whole(page, meant.plane, stream, place)
    return replace(found, page=meant.page, plane=meant.plane, sample=meant.sample)


def pixels(stream: BinaryIO, header: Header) -> NDArray[Any]:
    """Return (rows, columns) or (rows, columns, samples) of the plane that `header` is of."""
    with _opened(stream, "") as tif:
        page = tif.pages.get(header.page)
        if header.plane:
            values = tif.filehandle.read_array(
                np.dtype(page.dtype).newbyteorder(tif.byteorder),
                int(np.prod(page.shape)),
                page.dataoffsets[0] + header.plane * page.nbytes,
            ).reshape(page.shape)
        else:
            check_depth(page)
            values = np.asarray(page.asarray(maxworkers=1))
    return np.moveaxis(values, 0, -1) if page.axes == "SYX" else values


def channel_names(stream: BinaryIO, place: Place) -> tuple[str, ...]:
    """Return the names that OME metadata give to the channels of the first image; else none."""
    with _opened(stream, place.name) as tif:
        return ome_channel_names(tif)


def _opened(stream: BinaryIO, name: str) -> tifffile.TiffFile:
    alone: Any = _Alone(stream)
    # NDPI by its ending would get 64-bit offsets; a name is only compared with those in OME.
    return tifffile.TiffFile(alone, name=name.removesuffix(".gz") or "image", is_ndpi=False)


def _header(
    tif: tifffile.TiffFile, page: Any, colours: int, facts: tuple[float | None, int]
) -> Header:
    size, bits = facts
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
        pixel_size_um=size or pixel_size_um(tif, page),
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
