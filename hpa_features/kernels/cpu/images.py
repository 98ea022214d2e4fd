"""Arithmetic of whole images, pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.sums import level_of
from hpa_features.kernels.layout import CropLayout

Floats = NDArray[np.float64]
Image = NDArray[np.uint16] | Floats


@each
@njit(cache=True, nogil=True)
def differences(image: Image, other: Image) -> Floats:
    """Return (total,) float64: its value minus the other's."""
    result = np.empty(image.size)
    for at in range(image.size):
        result[at] = np.float64(image[at]) - np.float64(other[at])
    return result


@each
@njit(cache=True, nogil=True)
def multiples(image: Image, other: Image) -> Floats:
    """Return (total,) float64: its value times the other's."""
    result = np.empty(image.size)
    for at in range(image.size):
        result[at] = np.float64(image[at]) * np.float64(other[at])
    return result


@each
@njit(cache=True, nogil=True)
def rounded(image: Floats) -> NDArray[np.uint16]:
    """Return (total,) uint16: rounded half up."""
    result = np.empty(image.size, np.uint16)
    for at in range(image.size):
        result[at] = np.uint16(np.floor(image[at] + 0.5))
    return result


@each
@njit(cache=True, nogil=True)
def shares_of_sum(image: Floats, other: Floats) -> Floats:
    """Return (total,) float64: image / (image + other), negative others as 0; 0 where both are."""
    result = np.zeros(image.size)
    for at in range(image.size):
        whole = image[at] + max(other[at], 0.0)
        if whole > 0.0:
            result[at] = image[at] / whole
    return result


@each
@njit(cache=True, nogil=True)
def local_ratios(
    fine: Floats, coarse: Floats, level: Floats, offset: float, layout: CropLayout
) -> Floats:
    """Return (total,): (fine + floor) / (coarse + floor).

    The floor is `offset` times the mean in levels, which are (n, 2) of `means`. 0 where the
    divisor is 0.
    """
    ratio = np.zeros(fine.size)
    for cell in range(layout.starts.size - 1):
        floor = offset * level_of(level, cell)
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if coarse[at] + floor != 0.0:
                ratio[at] = (fine[at] + floor) / (coarse[at] + floor)
    return ratio


@each
@njit(cache=True, nogil=True)
def hole_depths(
    fine: Floats, coarse: Floats, level: Floats, offset: float, layout: CropLayout
) -> Floats:
    """Return (total,): (coarse − fine) / (coarse + floor), ≥ 0.

    The floor as for `local_ratios`.
    """
    depth = np.zeros(fine.size)
    for cell in range(layout.starts.size - 1):
        floor = offset * level_of(level, cell)
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if coarse[at] > fine[at] and coarse[at] + floor != 0.0:
                depth[at] = (coarse[at] - fine[at]) / (coarse[at] + floor)
    return depth


@each
@njit(cache=True, nogil=True)
def stretched(image: Floats, top: float) -> NDArray[np.uint16]:
    """Return (total,) uint16: 0 to its top in 65,535 steps, more in the last."""
    result = np.empty(image.size, np.uint16)
    for at in range(image.size):
        result[at] = np.uint16(np.rint(min(max(image[at] / top, 0.0), 1.0) * 65535.0))
    return result


@each
@njit(cache=True, nogil=True)
def falloffs(length: Floats, reach: float) -> Floats:
    """Return (total,) float64: exp(−|length| / reach)."""
    result = np.empty(length.size)
    for at in range(length.size):
        result[at] = np.exp(-abs(length[at]) / reach)
    return result


def to_host(arrays: Sequence[NDArray[np.generic]]) -> list[NDArray[np.generic]]:
    """Return arrays of numbers where formulas read them: here, they are there already."""
    return list(arrays)


def from_host(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return an array of the host's where the kernels run: here, it is there already."""
    return array
