"""Stored values become uint8 or uint16 with a known full scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Plane
from hpa_features.io.files import Place
from hpa_features.io.header import Header

_SAVE = "Save it as 8- or 16-bit unsigned gray."


def check_levels(header: Header, place: Place) -> None:
    """Refuse values that are not measured levels of a supported kind.

    Raises
    ------
    FieldError
        Signed, complex, 32-bit or fewer than 8 bits.
    """
    kind, size = header.dtype.kind, header.dtype.itemsize
    if kind == "f":
        return
    if kind == "i":
        raise place.error(f"holds signed {8 * size}-bit integers, wanted unsigned", _SAVE)
    if kind == "b" or (kind == "u" and header.bits < 8):
        raise place.error(
            f"has {header.bits} bit{'s' if header.bits > 1 else ''} per pixel, wanted 8 or 16",
            "If it is a mask, put masks in a separate folder and give it with --masks.",
        )
    if kind != "u" or size > 2:
        raise place.error(
            f"holds {8 * size}-bit {'integers' if kind == 'u' else 'values'} "
            f"({header.dtype.name}), wanted 8 or 16 bits",
            _SAVE,
        )


def to_integers(
    plane: NDArray[Any], header: Header, settings: InputSettings, place: Place
) -> tuple[Plane, int]:
    """Return a plane as uint8 or uint16, and the value of a saturated pixel.

    Integers keep their values. Floats from 0 to 1, or between the ends of ``float_range``,
    become 0 to 65535, rounded half up. The full scale is the container's, unless the file states
    its significant bits or ``bit_depth`` is given.

    Raises
    ------
    FieldError
        As `check_levels`; NaN or infinity, floats outside their range, or values above the full
        scale.
    """
    check_levels(header, place)
    size = plane.dtype.itemsize
    if plane.dtype.kind == "f":
        return _from_float(plane, settings, place), 65535
    bits = min(settings.bit_depth or header.bits, 8 * size)
    full = (1 << bits) - 1
    brightest = int(plane.max())
    if brightest > full:
        stated_by = "--bit-depth states" if settings.bit_depth else "its metadata state"
        raise place.error(
            f"has values up to {brightest:,}, above the {full:,} of {bits} bits that {stated_by}",
            f"Try --bit-depth {brightest.bit_length()}.",
        )
    if header.inverted:
        plane = plane.dtype.type(full) - plane
    # Writable, because numba compiles its kernels a second time for read-only arrays.
    if size == 1:
        return np.require(plane, np.uint8, ["C", "W"]), full
    return np.require(plane, np.uint16, ["C", "W"]), full


def _from_float(plane: NDArray[Any], settings: InputSettings, place: Place) -> NDArray[np.uint16]:
    low, high = settings.float_range or (0.0, 1.0)
    values = plane.astype(np.float64)
    bad = int(values.size - np.isfinite(values).sum())
    if bad:
        raise place.error(
            f"holds NaN or infinity in {bad:,} of {values.size:,} pixels",
            "Replace them, or save it as 16-bit.",
        )
    darkest, brightest = float(values.min()), float(values.max())
    if darkest < low or brightest > high:
        where = f"--float-range {low:g} {high:g}" if settings.float_range else "0 to 1"
        raise place.error(
            f"has floats from {darkest:g} to {brightest:g}, outside {where}",
            f"Give the range of all files, for example --float-range {min(darkest, 0):g} "
            f"{brightest:g}, or save them as 16-bit.",
        )
    scaled = (values - low) * (65535.0 / (high - low))
    return np.floor(scaled + 0.5).astype(np.uint16)
