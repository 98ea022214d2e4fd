"""Which pixels: compartments, bands of a map, and masks made of both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.intensity import is_part
from hpa_features.kernels.layout import CropLayout

Mask = NDArray[np.bool_]


@njit(cache=True, nogil=True)
def _part_mask(
    region: NDArray[np.uint8], part: int, nucleated: bool, starts: NDArray[np.int64]
) -> Mask:
    mask = np.zeros(region.size, np.bool_)
    for cell in range(starts.size - 1):
        known = not nucleated
        for at in range(starts[cell], starts[cell + 1]):
            known = known or region[at] == 2
        if known:
            for at in range(starts[cell], starts[cell + 1]):
                mask[at] = is_part(region[at], part)
    return mask


def part_masks(
    region: NDArray[np.uint8], parts: Sequence[tuple[int, bool]], layout: CropLayout
) -> list[Mask]:
    """Return for each of `parts` (total,) bool: the pixels of that compartment.

    A part is 0 cell, 1 nucleus or 2 cytoplasm, and whether only cells with a nucleus count.
    """
    return [_part_mask(region, part, nucleated, layout.starts) for part, nucleated in parts]


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


def bands(
    images: Sequence[NDArray[np.float64]], edges: Sequence[tuple[float, ...]], masks: Sequence[Mask]
) -> list[NDArray[np.int8]]:
    """Return for each image (total,) int8: k where edges[k] ≤ value < edges[k + 1] in its mask.

    −1 elsewhere.
    """
    return [
        _bands(image, np.array(limits), mask) for image, limits, mask in zip(images, edges, masks)
    ]


@njit(cache=True, nogil=True)
def _within(image: NDArray[np.float64], low: float, high: float, mask: Mask) -> Mask:
    inside = np.zeros(image.size, np.bool_)
    for at in range(image.size):
        inside[at] = mask[at] and low <= image[at] and (image[at] < high or high == np.inf)
    return inside


def within(
    images: Sequence[NDArray[np.float64]],
    limits: Sequence[tuple[float, float]],
    masks: Sequence[Mask],
) -> list[Mask]:
    """Return for each image (total,) bool: low ≤ value < high in its mask.

    An upper limit of infinity excludes nothing.
    """
    return [
        _within(image, low, high, mask) for image, (low, high), mask in zip(images, limits, masks)
    ]


@njit(cache=True, nogil=True)
def _above(
    image: NDArray[np.uint16], limit: NDArray[np.float64], mask: Mask, layout: CropLayout
) -> Mask:
    above = np.zeros(image.size, np.bool_)
    for cell in range(layout.starts.size - 1):
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            above[at] = mask[at] and image[at] > limit[cell]
    return above


def above(
    images: Sequence[NDArray[np.uint16]],
    limits: Sequence[NDArray[np.float64]],
    masks: Sequence[Mask],
    layout: CropLayout,
) -> list[Mask]:
    """Return for each image (total,) bool: its value exceeds the cell's limit (n,), in its mask."""
    return [_above(image, limit, mask, layout) for image, limit, mask in zip(images, limits, masks)]


@njit(cache=True, nogil=True)
def _clear(
    nucleus: NDArray[np.float64], um: float, region: NDArray[np.uint8], layout: CropLayout
) -> Mask:
    clear = np.zeros(region.size, np.bool_)
    for cell in range(layout.starts.size - 1):
        nucleated = False
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            nucleated = nucleated or region[at] == 2
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            clear[at] = region[at] == 1 and (nucleus[at] >= um or not nucleated)
    return clear


def clear_of_nucleus(
    nucleus: NDArray[np.float64],
    limits_um: Sequence[float],
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> list[Mask]:
    """Return for each limit (total,) bool: cytoplasm at least so far from the nuclear edge.

    `nucleus` is the distance to it; in a cell without nucleus all of the cytoplasm.
    """
    return [_clear(nucleus, um, region, layout) for um in limits_um]
