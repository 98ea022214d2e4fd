"""The one body of a cell that stands out most, grown from its peak."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def bodies(
    height: NDArray[np.float64],
    image: NDArray[np.float64],
    base: NDArray[np.float64],
    inside: NDArray[np.bool_],
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
    reach: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Return (total,) bool: each cell's body, no pixel where nothing stands out.

    The body holds the pixels `inside`, joined by their sides to the one of greatest `height` and
    at most `reach` (n,) pixels from it, whose `image` is at least halfway from `base` (n,) to
    its peak.
    """
    body = np.zeros(inside.size, np.bool_)
    waiting = np.empty(inside.size, np.int64)
    for cell in range(starts.size - 1):
        columns = shape[cell, 1]
        peak = -1
        for at in range(starts[cell], starts[cell + 1]):
            if inside[at] and height[at] > 0.0 and (peak < 0 or height[at] > height[peak]):
                peak = at
        if peak < 0 or not image[peak] > base[cell]:
            continue
        least = 0.5 * (image[peak] + base[cell])
        row, column = (peak - starts[cell]) // columns, (peak - starts[cell]) % columns
        body[peak] = True
        waiting[0], left = peak, 1
        while left > 0:
            left -= 1
            at = waiting[left]
            for step in (-columns, -1, 1, columns):
                other = at + step
                if body[other] or not inside[other] or image[other] < least:
                    continue
                y = (other - starts[cell]) // columns - row
                x = (other - starts[cell]) % columns - column
                if y * y + x * x <= reach[cell] * reach[cell]:
                    body[other] = True
                    waiting[left] = other
                    left += 1
    return body


@njit(cache=True, nogil=True)
def roundness(
    inside: NDArray[np.bool_], starts: NDArray[np.int64], shape: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return (n,): area² / 2π over the second moment about the centroid; 1 for a disc, else less.

    Pixels count as squares (A/6 is added to the moment). NaN for a cell without pixels inside.
    """
    result = np.full(starts.size - 1, np.nan)
    for cell in range(starts.size - 1):
        columns = shape[cell, 1]
        count, y, x, square = 0.0, 0.0, 0.0, 0.0
        for at in range(starts[cell], starts[cell + 1]):
            if inside[at]:
                r = float((at - starts[cell]) // columns)
                c = float((at - starts[cell]) % columns)
                count += 1.0
                y += r
                x += c
                square += r * r + c * c
        if count > 0.0:
            moment = square - (y * y + x * x) / count + count / 6.0
            result[cell] = min(count * count / (2.0 * np.pi * moment), 1.0)
    return result


@njit(cache=True, nogil=True)
def weighted_axes(
    weights: NDArray[np.float64], starts: NDArray[np.int64], shape: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (n, 2) centroids and (n, 4): larger and smaller variance, cos 2θ and sin 2θ.

    θ is the angle between the longer axis and the rows' axis, 0 for both where there is none;
    NaN for a cell without weight.
    """
    centre = np.full((starts.size - 1, 2), np.nan)
    axes = np.full((starts.size - 1, 4), np.nan)
    for cell in range(starts.size - 1):
        columns = shape[cell, 1]
        total, y, x = 0.0, 0.0, 0.0
        for at in range(starts[cell], starts[cell + 1]):
            total += weights[at]
            y += weights[at] * ((at - starts[cell]) // columns)
            x += weights[at] * ((at - starts[cell]) % columns)
        if total <= 0.0:
            continue
        y, x = y / total, x / total
        down, across, mixed = 0.0, 0.0, 0.0
        for at in range(starts[cell], starts[cell + 1]):
            r = (at - starts[cell]) // columns - y
            c = (at - starts[cell]) % columns - x
            down += weights[at] * r * r
            across += weights[at] * c * c
            mixed += weights[at] * r * c
        middle, half = 0.5 * (down + across) / total, 0.5 * (down - across) / total
        mixed /= total
        gap = np.sqrt(half * half + mixed * mixed)
        centre[cell] = y, x
        axes[cell] = middle + gap, max(middle - gap, 0.0), 0.0, 0.0
        if gap > 1e-9 * middle:
            axes[cell, 2:] = half / gap, mixed / gap
    return centre, axes
