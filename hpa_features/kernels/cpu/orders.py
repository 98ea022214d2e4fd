"""Each cell's pixels in ascending order: ranks, quantiles and thresholds are read along it."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.layout import CropLayout


@njit(cache=True, nogil=True)
def places_buffer(layout: CropLayout) -> NDArray[np.int32]:
    """Return an empty array that holds the places of any one cell's pixels."""
    most = 0
    for cell in range(layout.starts.size - 1):
        most = max(most, layout.starts[cell + 1] - layout.starts[cell])
    return np.empty(most, np.int32)


@each
@njit(cache=True, nogil=True)
def ascending_order(
    values: NDArray[np.uint16], inside: NDArray[np.bool_], layout: CropLayout
) -> NDArray[np.int32]:
    """Return (total,) int32: places of each cell's pixels inside by ascending value, then −1.

    The places of a cell begin where its crop begins. Equal values keep their raster order: two
    stable counting passes, by low and then by high byte.
    """
    order = np.empty(values.size, np.int32)
    own, by_low = places_buffer(layout), places_buffer(layout)
    low, high = np.empty(257, np.int64), np.empty(257, np.int64)
    for cell in range(layout.starts.size - 1):
        begin, end = layout.starts[cell], layout.starts[cell + 1]
        low[:] = 0
        high[:] = 0
        count = 0
        for at in range(begin, end):
            if inside[at]:
                own[count] = at
                count += 1
                low[(values[at] & 255) + 1] += 1
                high[(values[at] >> 8) + 1] += 1
        for k in range(256):
            low[k + 1] += low[k]
            high[k + 1] += high[k]
        for k in range(count):
            byte = values[own[k]] & 255
            by_low[low[byte]] = own[k]
            low[byte] += 1
        for k in range(count):
            byte = values[by_low[k]] >> 8
            order[begin + high[byte]] = by_low[k]
            high[byte] += 1
        order[begin + count : end] = -1
    return order


@njit(cache=True, nogil=True)
def kept_places(
    order: NDArray[np.int32],
    inside: NDArray[np.bool_],
    cell: int,
    layout: CropLayout,
    into: NDArray[np.int32],
) -> int:
    """Copy the places inside of one cell's order; return how many there are."""
    count = 0
    for at in range(layout.starts[cell], layout.starts[cell + 1]):
        place = order[at]
        if place < 0:
            break
        into[count] = place
        count += inside[place]
    return count
