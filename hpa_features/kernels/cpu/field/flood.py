"""Watershed by flooding from seeds, with a queue of levels in place of a heap."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_DIGIT = 11  # bits sorted by at a time
_OUTSIDE = -1  # label of pixels that are never flooded
_END = -1  # of a list of pixels


@njit(cache=True, nogil=True)
def _keys(bits: NDArray[np.unsignedinteger], pixels: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return whole numbers that order as the floats whose `bits` are given at `pixels`."""
    keys = np.empty(pixels.size, np.uint64)
    top = np.uint64(1) << np.uint64(8 * bits.itemsize - 1)
    below = top - np.uint64(1)
    for k in range(pixels.size):
        key = np.uint64(bits[pixels[k]])
        if key & top:
            # −0 is 0; the lower a negative number, the higher its bits.
            keys[k] = below - (key & below) + np.uint64(1)
        else:
            keys[k] = key | top
    return keys


@njit(cache=True, nogil=True)
def _levels(
    bits: NDArray[np.unsignedinteger], pixels: NDArray[np.int64]
) -> tuple[NDArray[np.int32], int]:
    """Return the rank of each pixel's value among the different ones, and their number."""
    keys = _keys(bits, pixels)
    order = np.arange(pixels.size, dtype=np.int32)
    keys_next, order_next = np.empty_like(keys), np.empty_like(order)
    mask = np.uint64((1 << _DIGIT) - 1)
    starts = np.empty((1 << _DIGIT) + 1, np.int64)
    for shift in range(0, 8 * bits.itemsize, _DIGIT):
        starts[:] = 0
        for k in range(keys.size):
            starts[((keys[k] >> np.uint64(shift)) & mask) + np.uint64(1)] += 1
        if starts.max() == keys.size:
            continue
        starts = np.cumsum(starts)
        for k in range(keys.size):
            digit = (keys[k] >> np.uint64(shift)) & mask
            at = starts[digit]
            starts[digit] += 1
            keys_next[at], order_next[at] = keys[k], order[k]
        keys, keys_next = keys_next, keys
        order, order_next = order_next, order
    levels = np.empty(keys.size, np.int32)
    level = -1
    for k in range(keys.size):
        if k == 0 or keys[k] != keys[k - 1]:
            level += 1
        levels[order[k]] = level
    return levels, level + 1


@njit(cache=True, nogil=True)
def _flood(
    seeds: NDArray[np.int32],
    pixels: NDArray[np.int64],
    levels: NDArray[np.int32],
    count: int,
) -> NDArray[np.int32]:
    """Return the label that reaches each of `pixels` first; see `watershed`.

    Each level has a list of pixels that wait for it. The flood only rises: a pixel below the
    present level joins that level's list.
    """
    rows, columns = seeds.shape
    wide = columns + 2
    # A frame that is never flooded: every pixel has four neighbours.
    label = np.full((rows + 2) * wide, _OUTSIDE, np.int32)
    level = np.empty(label.size, np.int32)
    at = pixels + (wide + 1 + 2 * (pixels // columns))
    flat = seeds.ravel()
    for k in range(pixels.size):
        label[at[k]], level[at[k]] = flat[pixels[k]], levels[k]
    first, last = np.full((2, count), _END, np.int32)
    following = np.empty(label.size, np.int32)
    for p in at:
        if label[p] > 0:
            # A seed without room to flood need not wait.
            if label[p - wide] and label[p - 1] and label[p + 1] and label[p + wide]:
                continue
            _append(first, last, following, level[p], p)
    for present in range(count):
        p = first[present]
        while p != _END:
            for step in (-wide, -1, 1, wide):
                q = p + step
                if label[q] != 0:
                    continue
                label[q] = label[p]
                if label[q - wide] and label[q - 1] and label[q + 1] and label[q + wide]:
                    continue
                _append(first, last, following, max(level[q], present), q)
            p = following[p]
    flooded = np.zeros_like(seeds)
    out = flooded.ravel()
    for k in range(pixels.size):
        out[pixels[k]] = label[at[k]]
    return flooded


@njit(cache=True, nogil=True, inline="always")
def _append(
    first: NDArray[np.int32],
    last: NDArray[np.int32],
    following: NDArray[np.int32],
    level: int,
    pixel: int,
) -> None:
    """Put `pixel` at the end of the list of `level`."""
    if first[level] == _END:
        first[level] = pixel
    else:
        following[last[level]] = pixel
    last[level] = pixel
    following[pixel] = _END


def watershed(
    heights: NDArray[np.floating], seeds: NDArray[np.int32], mask: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Return (rows, columns) int32: the seed whose flood reaches each pixel of `mask` first.

    Floods rise from the pixels of `seeds` to their four neighbours, the lowest of `heights`
    first; of equally high pixels the one that was reached earlier. 0 where none arrives.
    Scikit-image's watershed floods in the same order.
    """
    image = np.ascontiguousarray(heights)
    pixels = np.flatnonzero(mask)
    bits = image.view(f"u{image.itemsize}").ravel()
    levels, count = _levels(bits, pixels)
    return _flood(seeds, pixels, levels, count)
