"""Quantiles of the values in each region."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def _select(values: NDArray[np.float32], place: int) -> None:
    """Reorder `values` so that the one at `place` is as after sorting and those after no lower."""
    low, high = 0, values.size - 1
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if place <= j:
            high = j
        elif place >= i:
            low = i
        else:
            return


@njit(cache=True, nogil=True)
def _quantile(values: NDArray[np.float32], q: float) -> np.float32:
    """Return the `q`-quantile, between two values in single precision; reorders `values`."""
    place = (values.size - 1) * q
    low = int(np.floor(place))
    share = place - low
    _select(values, low)
    before = after = values[low]
    if low + 1 < values.size:
        after = values[low + 1 :].min()
    # From the nearer of the two, as NumPy does.
    if share < 0.5:
        return np.float32(before + (after - before) * np.float32(share))
    return np.float32(after - (after - before) * np.float32(1.0 - share))


@njit(cache=True, nogil=True)
def quantiles(
    values: NDArray[np.float32], labels: NDArray[np.int32], q: float, count: int
) -> NDArray[np.float64]:
    """Return (count + 1,) float64: the `q`-quantile of `values` in each label 1…count.

    0 where a label has no pixel; entry 0 is 0.
    """
    flat, labelled = values.ravel(), labels.ravel()
    ends = np.zeros(count + 1, np.int64)
    for at in range(flat.size):
        if labelled[at] > 0:
            ends[labelled[at]] += 1
    ends = np.cumsum(ends)
    # Each region's values follow the previous region's; filled from the end.
    begins = ends.copy()
    grouped = np.empty(ends[count], np.float32)
    for at in range(flat.size):
        if labelled[at] > 0:
            begins[labelled[at]] -= 1
            grouped[begins[labelled[at]]] = flat[at]
    found = np.zeros(count + 1)
    for label in range(1, count + 1):
        if begins[label] < ends[label]:
            found[label] = _quantile(grouped[begins[label] : ends[label]], q)
    return found
