"""The gray values of planes: their smallest step, and the background outside cells."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

VALUES = 65536
BINS = 256


@njit(cache=True, nogil=True)
def _counts(
    values: NDArray[np.uint16], labels: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (65536,) twice: how many pixels have each value, and how many outside cells."""
    every = np.zeros(VALUES, np.int64)
    outside = np.zeros(VALUES, np.int64)
    for at in range(values.size):
        every[values[at]] += 1
        outside[values[at]] += labels[at] == 0
    return every, outside


@njit(cache=True, nogil=True)
def _quantile(counts: NDArray[np.int64], per_mille: int) -> int:
    """Return the lowest value that so many per mille of the counted pixels do not exceed."""
    wanted = (counts.sum() * per_mille + 999) // 1000
    below = 0
    for value in range(counts.size):
        below += counts[value]
        if below >= wanted and below > 0:
            return value
    return 0


@njit(cache=True, nogil=True)
def smallest_steps(values: NDArray[np.uint16], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (planes,) the smallest gap between values that occur in each plane.

    Plane i is ``values[starts[i]:starts[i + 1]]``. A plane of one value has the step of its
    container, 1.
    """
    steps = np.ones(starts.size - 1, np.int64)
    for plane in range(steps.size):
        occurs = np.zeros(VALUES, np.bool_)
        for at in range(starts[plane], starts[plane + 1]):
            occurs[values[at]] = True
        smallest, last = VALUES, -1
        for value in range(VALUES):
            if occurs[value]:
                if last >= 0:
                    smallest = min(smallest, value - last)
                last = value
        if smallest < VALUES:
            steps[plane] = smallest
    return steps


@njit(cache=True, nogil=True)
def _tied_bin(counts: NDArray[np.int64], first: int, width: int) -> int:
    """Return the fullest bin after smoothing by 3: of a run of tied bins the middle one.

    Bin k holds the values from ``first + k * width`` on. Below the first bin its own count is
    repeated; above the last is one empty bin.
    """
    sums = np.zeros((VALUES - 1 - first) // width + 2, np.int64)
    for value in range(first, VALUES):
        sums[(value - first) // width] += counts[value]
    fullest, begin, end = np.int64(-1), 0, 0
    for k in range(sums.size):
        above = sums[k + 1] if k + 1 < sums.size else 0
        smooth = sums[max(k - 1, 0)] + sums[k] + above
        if smooth > fullest:
            fullest, begin, end = smooth, k, k
        elif smooth == fullest and end == k - 1:
            end = k
    return (begin + end) // 2


@njit(cache=True, nogil=True)
def background_levels(
    values: NDArray[np.uint16],
    labels: NDArray[np.int32],
    starts: NDArray[np.int64],
    steps: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return (planes,) the background of each plane, an integer on its own scale.

    The mode of the pixels outside cells, whose label is 0: bins are the fewest whole `steps`
    (planes,) wide for which 256 of them reach the 99.9th percentile, smoothed by 3; the lowest
    run of tied bins, its middle. The result is the lower median of the pixels in that bin, the
    middle of its steps where it is empty: where bins are one step wide, the gray value itself.
    Where under 1 % of a plane lies outside cells, the 1st percentile of all its pixels.
    """
    levels = np.zeros(starts.size - 1, np.int64)
    for plane in range(levels.size):
        own = values[starts[plane] : starts[plane + 1]]
        every, counts = _counts(own, labels[starts[plane] : starts[plane + 1]])
        seen = counts.sum()
        if seen == 0 or 100 * seen < own.size:
            levels[plane] = _quantile(every, 10)
            continue
        # Values lie on a grid of steps that need not pass through 0.
        step = steps[plane]
        first = _quantile(every, 0) % step
        reach = (_quantile(counts, 999) - first) // step + 1
        bin_steps = (reach + BINS - 1) // BINS
        low = first + _tied_bin(counts, first, bin_steps * step) * bin_steps * step
        within = counts[low : low + bin_steps * step]
        if within.sum() > 0:
            levels[plane] = low + _quantile(within, 500)
        else:
            levels[plane] = low + (bin_steps - 1) // 2 * step
    return levels


@njit(cache=True, nogil=True)
def subtracted(
    values: NDArray[np.uint16], levels: NDArray[np.int64], starts: NDArray[np.int64]
) -> NDArray[np.uint16]:
    """Return (pixels,) uint16: max(value − level, 0), with the level (planes,) of its plane."""
    signal = np.zeros(values.size, np.uint16)
    for plane in range(levels.size):
        level = np.uint16(levels[plane])
        for at in range(starts[plane], starts[plane + 1]):
            if values[at] > level:
                signal[at] = values[at] - level
    return signal
