"""Arithmetic of whole images, pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

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
