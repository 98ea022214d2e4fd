"""Arithmetic of whole images, pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.layout import CropLayout

Floats = NDArray[np.float64]
Image = NDArray[np.uint16] | Floats


@njit(cache=True, nogil=True)
def _difference(image: Image, other: Image) -> Floats:
    result = np.empty(image.size)
    for at in range(image.size):
        result[at] = np.float64(image[at]) - np.float64(other[at])
    return result


def differences(images: Sequence[Image], others: Sequence[Image]) -> list[Floats]:
    """Return for each image (total,) float64: its value minus the other's."""
    return [_difference(image, other) for image, other in zip(images, others)]


@njit(cache=True, nogil=True)
def _multiple(image: Image, other: Image) -> Floats:
    result = np.empty(image.size)
    for at in range(image.size):
        result[at] = np.float64(image[at]) * np.float64(other[at])
    return result


def multiples(images: Sequence[Image], others: Sequence[Image]) -> list[Floats]:
    """Return for each image (total,) float64: its value times the other's."""
    return [_multiple(image, other) for image, other in zip(images, others)]


@njit(cache=True, nogil=True)
def _rounded(image: Floats) -> NDArray[np.uint16]:
    result = np.empty(image.size, np.uint16)
    for at in range(image.size):
        result[at] = np.uint16(np.floor(image[at] + 0.5))
    return result


def rounded(images: Sequence[Floats]) -> list[NDArray[np.uint16]]:
    """Return for each image of 0…65535 (total,) uint16: rounded half up."""
    return [_rounded(image) for image in images]


@njit(cache=True, nogil=True)
def _share_of_sum(image: Floats, other: Floats) -> Floats:
    result = np.zeros(image.size)
    for at in range(image.size):
        whole = image[at] + max(other[at], 0.0)
        if whole > 0.0:
            result[at] = image[at] / whole
    return result


def shares_of_sum(image: Floats, other: Floats) -> Floats:
    """Return (total,) float64: image / (image + other), negative others as 0; 0 where both are."""
    return _share_of_sum(image, other)


@njit(cache=True, nogil=True)
def _local_ratio(
    fine: Floats, coarse: Floats, level: Floats, offset: float, starts: NDArray[np.int64]
) -> Floats:
    ratio = np.zeros(fine.size)
    for cell in range(starts.size - 1):
        floor = 0.0 if np.isnan(level[cell, 1]) else offset * level[cell, 1]
        for at in range(starts[cell], starts[cell + 1]):
            if coarse[at] + floor != 0.0:
                ratio[at] = (fine[at] + floor) / (coarse[at] + floor)
    return ratio


def local_ratios(
    fine: Sequence[Floats],
    coarse: Sequence[Floats],
    levels: Sequence[Floats],
    offset: float,
    layout: CropLayout,
) -> list[Floats]:
    """Return for each finer and coarser image (total,): (fine + floor) / (coarse + floor).

    The floor is `offset` times the mean in levels, which are (n, 2) of `means`. 0 where the
    divisor is 0.
    """
    return [
        _local_ratio(one, other, level, offset, layout.starts)
        for one, other, level in zip(fine, coarse, levels)
    ]


@njit(cache=True, nogil=True)
def _hole_depth(
    fine: Floats, coarse: Floats, level: Floats, offset: float, starts: NDArray[np.int64]
) -> Floats:
    depth = np.zeros(fine.size)
    for cell in range(starts.size - 1):
        floor = 0.0 if np.isnan(level[cell, 1]) else offset * level[cell, 1]
        for at in range(starts[cell], starts[cell + 1]):
            if coarse[at] > fine[at] and coarse[at] + floor != 0.0:
                depth[at] = (coarse[at] - fine[at]) / (coarse[at] + floor)
    return depth


def hole_depths(
    fine: Sequence[Floats],
    coarse: Sequence[Floats],
    levels: Sequence[Floats],
    offset: float,
    layout: CropLayout,
) -> list[Floats]:
    """Return for each finer and coarser image (total,): (coarse − fine) / (coarse + floor), ≥ 0.

    The floor as for `local_ratios`.
    """
    return [
        _hole_depth(one, other, level, offset, layout.starts)
        for one, other, level in zip(fine, coarse, levels)
    ]


@njit(cache=True, nogil=True)
def _stretched(image: Floats, top: float) -> NDArray[np.uint16]:
    result = np.empty(image.size, np.uint16)
    for at in range(image.size):
        result[at] = np.uint16(np.rint(min(max(image[at] / top, 0.0), 1.0) * 65535.0))
    return result


def stretched(images: Sequence[Floats], tops: Sequence[float]) -> list[NDArray[np.uint16]]:
    """Return for each image (total,) uint16: 0 to its top in 65,535 steps, more in the last."""
    return [_stretched(image, top) for image, top in zip(images, tops)]


@njit(cache=True, nogil=True)
def _falloff(length: Floats, reach: float) -> Floats:
    result = np.empty(length.size)
    for at in range(length.size):
        result[at] = np.exp(-abs(length[at]) / reach)
    return result


def falloffs(lengths: Sequence[Floats], reaches: Sequence[float]) -> list[Floats]:
    """Return for each length (total,) float64: exp(−|length| / reach)."""
    return [_falloff(length, reach) for length, reach in zip(lengths, reaches)]


def to_host(arrays: Sequence[NDArray[np.generic]]) -> list[NDArray[np.generic]]:
    """Return arrays of numbers where formulas read them: here, they are there already."""
    return list(arrays)


def from_host(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return an array of the host's where the kernels run: here, it is there already."""
    return array
