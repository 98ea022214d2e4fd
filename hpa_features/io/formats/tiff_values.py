"""What the values of a TIFF page mean; every meaning that is not handled is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import tifffile

from hpa_features.io.files import Place
from hpa_features.io.formats.tiff_codecs import JPEGS, jpeg_precision

_PHOTOMETRIC = 262
_UNDEFINED = 4  # of SampleFormat
_MINISWHITE, _MINISBLACK, _RGB, _YCBCR = 0, 1, 2, 6
_COLOURS = {_MINISWHITE: 1, _MINISBLACK: 1, _RGB: 3, _YCBCR: 3}
_OLD_JPEG = 6
_SAVE = "Save it as 8- or 16-bit gray TIFF."
_SAVE_BY_IMAGEJ = "Save it with the lookup table Grays and without calibration of values."


def check_values(
    tif: tifffile.TiffFile, page: Any, significant: int, stream: BinaryIO, place: Place
) -> int:
    """Return how many samples of a page are colours, 1 or 3.

    Raises
    ------
    FieldError
        Names what is not supported.
    """
    for problem in _problems(tif, page, significant):
        raise place.error(problem, _SAVE_BY_IMAGEJ if tif.is_imagej else _SAVE)
    if int(page.compression) in JPEGS:
        precision = jpeg_precision(stream, page)
        if precision not in {0, page.bitspersample}:
            raise place.error(
                f"states {page.bitspersample} bits and holds JPEG of {precision} bits", _SAVE
            )
    return _COLOURS[int(page.photometric)]


def _problems(tif: tifffile.TiffFile, page: Any, significant: int) -> Iterator[str]:
    samples, bits = int(page.samplesperpixel), page.bitspersample
    if page.axes not in {"YX", "YXS", "SYX"}:
        yield f"holds a volume (axes {page.axes})"
    if page.dtype is None or isinstance(bits, tuple):
        yield f"holds values of an unsupported kind (SampleFormat {page.sampleformat}, {bits} bits)"
    if page.sampleformat == _UNDEFINED:
        yield "holds values of an undefined kind (SampleFormat 4)"
    if int(page.planarconfig) not in {1, 2}:
        yield f"has the unknown planar configuration {page.planarconfig}"
    if _PHOTOMETRIC not in page.tags:
        yield "has no tag PhotometricInterpretation: whether 0 is black is unknown"
    if int(page.photometric) not in _COLOURS:
        yield f"has the unsupported colour space {_name(page.photometric)}"
    elif samples < _COLOURS[int(page.photometric)]:
        yield f"is {_name(page.photometric)} with {samples} samples per pixel"
    if page.predictor == 2 and bits not in {8, 16, 32, 64}:
        yield f"has a predictor on values of {bits} bits"
    if tif.is_mdgel:
        yield "is a GEL file, whose values are square roots"
    yield from _about_white(tif, page, significant)
    yield from _about_jpeg(page, samples)
    yield from _about_imagej(tif)


def _about_white(tif: tifffile.TiffFile, page: Any, significant: int) -> Iterator[str]:
    if page.photometric != _MINISWHITE:
        return
    if page.samplesperpixel != 1:
        yield f"is MINISWHITE with {page.samplesperpixel} samples per pixel"
    dtype = np.dtype(page.dtype)
    if dtype.kind not in "ub":
        yield f"is MINISWHITE with {dtype.name} values: the black value is unknown"
    if 0 < significant < int(page.bitspersample):
        yield f"is MINISWHITE with {significant} significant bits: the black value is unknown"
    if tif.is_imagej:
        # ImageJ writes MINISWHITE for an inverting lookup table and keeps the measured values.
        yield "is MINISWHITE by ImageJ's inverting lookup table: whether 0 is dark is unknown"


def _about_jpeg(page: Any, samples: int) -> Iterator[str]:
    jpeg = int(page.compression) in JPEGS
    if page.compression == _OLD_JPEG:
        yield "is compressed by the obsolete JPEG of TIFF 6.0"
    if page.photometric == _YCBCR and not (jpeg and samples == 3 and page.planarconfig == 1):
        yield "is YCBCR without JPEG compression of three samples"
    if jpeg and page.planarconfig == 1 and samples > 1:
        if page.photometric == _MINISBLACK:
            yield f"is JPEG of {samples} samples that are not a colour"
        if page.extrasamples:
            yield "is JPEG with extra samples"


def _about_imagej(tif: tifffile.TiffFile) -> Iterator[str]:
    """Yield what ImageJ's calibration does: its signed images are stored with 32,768 added."""
    if not tif.is_imagej:
        return
    told = tif.imagej_metadata or {}
    function = told.get("cf")
    start, slope = float(told.get("c0", 0)), float(told.get("c1", 1))
    if function is not None and (function, start, slope) != (0, 0.0, 1.0):
        yield f"has values calibrated by ImageJ (cf = {function}, c0 = {start:g}, c1 = {slope:g})"


def _name(photometric: int) -> str:
    try:
        return tifffile.PHOTOMETRIC(photometric).name
    except ValueError:
        return str(photometric)
