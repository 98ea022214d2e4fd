"""The gray values of planes: facts from their histograms, and the background outside cells."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

BINS = 256
MANY_VALUES = 4096


@njit(cache=True, nogil=True)
def _counts(
    values: NDArray[np.uint16], labels: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return up to the highest value: how many pixels have each, and how many outside cells."""
    highest = int(values.max()) if values.size > 0 else 0
    # Neighbours are alike: with a table for each of four, none waits for the one before. Tables of
    # more values would cost more than they save.
    last = 3 if highest < MANY_VALUES else 0
    counts = np.zeros((2, last + 1, highest + 1), np.int64)
    for at in range(values.size):
        counts[int(labels[at] == 0), at & last, values[at]] += 1
    outside = counts[1].sum(axis=0)
    every = counts[0].sum(axis=0) + outside
    return every, outside


@njit(cache=True, nogil=True)
def _quantile(counts: NDArray[np.int64], per_mille: np.int64) -> int:
    """Return the lowest value that so many per mille of the counted pixels do not exceed."""
    wanted = (counts.sum() * per_mille + 999) // 1000
    below = 0
    for value in range(counts.size):
        below += counts[value]
        if below >= wanted and below > 0:
            return value
    return 0


@njit(cache=True, nogil=True)
def _smallest_step(counts: NDArray[np.int64]) -> int:
    """Return the smallest gap between values that occur, 1 for a plane of one value."""
    smallest, last = counts.size, -1
    for value in range(counts.size):
        if counts[value] > 0:
            if last >= 0:
                smallest = min(smallest, value - last)
            last = value
    return smallest if smallest < counts.size else 1


@njit(cache=True, nogil=True)
def _tied_bin(counts: NDArray[np.int64], first: int, width: int) -> int:
    """Return the fullest bin after smoothing by 3: of a run of tied bins the middle one.

    Bin k holds the values from ``first + k * width`` on. Below the first bin its own count is
    repeated; above the last is one empty bin.
    """
    sums = np.zeros((counts.size - 1 - first) // width + 2, np.int64)
    for value in range(first, counts.size):
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
def _background(every: NDArray[np.int64], outside: NDArray[np.int64], step: int) -> int:
    seen = outside.sum()
    if seen == 0 or 100 * seen < every.sum():
        return _quantile(every, np.int64(10))
    # Values lie on a grid of steps that need not pass through 0.
    first = _quantile(every, np.int64(0)) % step
    reach = (_quantile(outside, np.int64(999)) - first) // step + 1
    bin_steps = (reach + BINS - 1) // BINS
    low = first + _tied_bin(outside, first, bin_steps * step) * bin_steps * step
    within = outside[low : low + bin_steps * step]
    if within.sum() > 0:
        return low + _quantile(within, np.int64(500))
    return low + (bin_steps - 1) // 2 * step


@njit(cache=True, nogil=True)
def plane_facts(
    values: NDArray[np.uint16],
    labels: NDArray[np.int32],
    starts: NDArray[np.int64],
    steps: NDArray[np.int64],
    full: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return (planes, 5): step, background, saturated pixels, Σ value and Σ value² of each plane.

    Plane i is ``values[starts[i]:starts[i + 1]]``. The step is the one given in `steps` (planes,),
    where that is 0 the smallest gap between values that occur. Pixels are saturated that reach
    `full` (planes,).

    The background is the mode of the pixels outside cells, whose label is 0: bins are the fewest
    whole steps wide for which 256 of them reach the 99.9th percentile, smoothed by 3; the lowest
    run of tied bins, its middle. The result is the lower median of the pixels in that bin, the
    middle of its steps where it is empty: where bins are one step wide, the gray value itself.
    Where under 1 % of a plane lies outside cells, the 1st percentile of all its pixels.
    """
    facts = np.zeros((starts.size - 1, 5), np.int64)
    for plane in range(starts.size - 1):
        begin, end = starts[plane], starts[plane + 1]
        every, outside = _counts(values[begin:end], labels[begin:end])
        step = steps[plane] if steps[plane] > 0 else _smallest_step(every)
        facts[plane, 0] = step
        facts[plane, 1] = _background(every, outside, step)
        facts[plane, 2] = every[full[plane] :].sum()
        for value in range(every.size):
            facts[plane, 3] += every[value] * value
            facts[plane, 4] += every[value] * value * value
    return facts


@njit(cache=True, nogil=True)
def subtracted(
    values: NDArray[np.uint16], levels: NDArray[np.int64], starts: NDArray[np.int64]
) -> NDArray[np.uint16]:
    """Return (pixels,) uint16: max(value − level, 0), with the level (planes,) of its plane."""
    signal = np.empty(values.size, np.uint16)
    for plane in range(levels.size):
        begin, end = starts[plane], starts[plane + 1]
        own, result, level = values[begin:end], signal[begin:end], np.uint16(levels[plane])
        for at in range(own.size):
            result[at] = own[at] - level if own[at] > level else 0
    return signal
