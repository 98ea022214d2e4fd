"""Arithmetic of whole images, pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cupy
import numpy as np
from numpy.typing import DTypeLike, NDArray

from hpa_features.kernels.gpu.launch import (
    Array,
    Arrays,
    Each,
    contiguous,
    empties,
    floats,
    launch,
    over,
)
from hpa_features.kernels.layout import CropLayout


def _made(name: str, image: Each, *items: Any, dtype: DTypeLike = float) -> Arrays:
    """Return what a kernel makes of each pixel of its items."""
    total = image.arrays[0].size
    results = empties(len(image), total, dtype)
    launch("images", name, over(total), image, *items, Each(results), total)
    return results


def differences(image: Arrays, other: Arrays) -> Arrays:
    """Return (total,) float64: its value minus the other's."""
    return _made("differences", Each(image), Each(other))


def multiples(image: Arrays, other: Arrays) -> Arrays:
    """Return (total,) float64: its value times the other's."""
    return _made("multiples", Each(image), Each(other))


def rounded(image: Arrays) -> Arrays:
    """Return (total,) uint16: rounded half up."""
    return _made("rounded", Each(image, float), dtype=np.uint16)


def shares_of_sum(image: Arrays, other: Arrays) -> Arrays:
    """Return (total,) float64: image / (image + other), negative others as 0; 0 where both are."""
    return _made("shares_of_sum", Each(image, float), Each(other, float))


def stretched(image: Arrays, top: list[float]) -> Arrays:
    """Return (total,) uint16: 0 to its top in 65,535 steps, more in the last."""
    return _made("stretched", Each(image, float), floats(top), dtype=np.uint16)


def falloffs(length: Arrays, reach: list[float]) -> Arrays:
    """Return (total,) float64: exp(−|length| / reach)."""
    return _made("falloffs", Each(length, float), floats(reach))


def local_ratios(
    fine: Arrays,
    coarse: Arrays,
    level: Arrays,
    offset: list[float],
    layout: CropLayout,
) -> Arrays:
    """Return (total,): (fine + floor) / (coarse + floor), 0 where the divisor is 0.

    The floor is `offset` times the mean in levels, which are (n, 2) of `means`.
    """
    return _of_level("local_ratios", fine, coarse, level, offset, layout)


def hole_depths(
    fine: Arrays,
    coarse: Arrays,
    level: Arrays,
    offset: list[float],
    layout: CropLayout,
) -> Arrays:
    """Return (total,): (coarse − fine) / (coarse + floor), ≥ 0; the floor as for `local_ratios`."""
    return _of_level("hole_depths", fine, coarse, level, offset, layout)


def _of_level(
    name: str,
    fine: Arrays,
    coarse: Arrays,
    level: Arrays,
    offset: list[float],
    layout: CropLayout,
) -> Arrays:
    results = empties(len(fine), layout.total, float)
    images = (Each(each, float) for each in (fine, coarse, level))
    launch("images", name, len(layout.step_um), *images, floats(offset), Each(results), layout)
    return results


def to_host(arrays: Sequence[Array]) -> list[NDArray[Any]]:
    """Return arrays of numbers on the host, where formulas read them; one transfer a type."""
    kinds: dict[Any, list[int]] = {}
    for number, array in enumerate(arrays):
        kinds.setdefault(array.dtype, []).append(number)
    found: list[Any] = [None] * len(arrays)
    for numbers in kinds.values():
        joined = cupy.concatenate([contiguous(arrays[k]).ravel() for k in numbers]).get()
        ends = np.cumsum([arrays[k].size for k in numbers])
        for k, values in zip(numbers, np.split(joined, ends[:-1]), strict=True):
            found[k] = values.reshape(arrays[k].shape)
    return found


def from_host(array: NDArray[np.generic]) -> Array:
    """Return an array of the host's on the device."""
    return cupy.asarray(array)
