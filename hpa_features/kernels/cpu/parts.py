"""Which pixels: compartments, bands of a map, and masks made of both."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.intensity import is_part
from hpa_features.kernels.layout import CropLayout

Mask = NDArray[np.bool_]


@each
@njit(cache=True, nogil=True)
def part_masks(part: int, nucleated: bool, region: NDArray[np.uint8], layout: CropLayout) -> Mask:
    """Return (total,) bool: the pixels of a compartment, 0 cell, 1 nucleus or 2 cytoplasm.

    With `nucleated` only those of cells that have a nucleus.
    """
    mask = np.zeros(region.size, np.bool_)
    for cell in range(layout.starts.size - 1):
        known = not nucleated
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            known = known or region[at] == 2
        if known:
            for at in range(layout.starts[cell], layout.starts[cell + 1]):
                mask[at] = is_part(region[at], part)
    return mask


@njit(cache=True, nogil=True)
def part_counts(region: NDArray[np.uint8], layout: CropLayout) -> NDArray[np.int64]:
    """Return (n, 3) int64: pixels of cell, nucleus and cytoplasm."""
    counts = np.zeros((layout.starts.size - 1, 3), np.int64)
    for cell in range(layout.starts.size - 1):
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if region[at] > 0:
                counts[cell, 0] += 1
                counts[cell, 3 - region[at]] += 1
    return counts


@njit(cache=True, nogil=True)
def _bands(image: NDArray[np.float64], edges: NDArray[np.float64], mask: Mask) -> NDArray[np.int8]:
    bands = np.full(image.size, -1, np.int8)
    last = edges.size - 1
    for at in range(image.size):
        if mask[at] and edges[0] <= image[at] < edges[last]:
            k = 0
            while image[at] >= edges[k + 1]:
                k += 1
            bands[at] = k
    return bands


@each
def bands(image: NDArray[np.float64], edges: tuple[float, ...], mask: Mask) -> NDArray[np.int8]:
    """Return (total,) int8: k where edges[k] ≤ value < edges[k + 1] in its mask.

    −1 elsewhere.
    """
    return np.asarray(_bands(image, np.array(edges), mask))


@each
@njit(cache=True, nogil=True)
def within(image: NDArray[np.float64], low: float, high: float, mask: Mask) -> Mask:
    """Return (total,) bool: low ≤ value < high in its mask.

    An upper limit of infinity excludes nothing.
    """
    inside = np.zeros(image.size, np.bool_)
    for at in range(image.size):
        inside[at] = mask[at] and low <= image[at] and (image[at] < high or high == np.inf)
    return inside


@each
@njit(cache=True, nogil=True)
def above(
    image: NDArray[np.uint16], limit: NDArray[np.float64], mask: Mask, layout: CropLayout
) -> Mask:
    """Return (total,) bool: its value exceeds the cell's limit (n,), in its mask."""
    above = np.zeros(image.size, np.bool_)
    for cell in range(layout.starts.size - 1):
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            above[at] = mask[at] and image[at] > limit[cell]
    return above


@each
@njit(cache=True, nogil=True)
def clear_of_nucleus(
    nucleus: NDArray[np.float64], um: float, region: NDArray[np.uint8], layout: CropLayout
) -> Mask:
    """Return (total,) bool: cytoplasm at least `um` from the nuclear edge, by distance to it.

    In a cell without nucleus all of the cytoplasm.
    """
    clear = np.zeros(region.size, np.bool_)
    for cell in range(layout.starts.size - 1):
        nucleated = False
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            nucleated = nucleated or region[at] == 2
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            clear[at] = region[at] == 1 and (nucleus[at] >= um or not nucleated)
    return clear
