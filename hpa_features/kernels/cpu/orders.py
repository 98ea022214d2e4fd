"""Each cell's pixels in ascending order: ranks, quantiles and thresholds are read along it."""

from __future__ import annotations

from typing import Any

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


@njit(cache=True, nogil=True)
def sort_places(values: NDArray[np.uint16], places: NDArray[Any], room: NDArray[Any]) -> None:
    """Put places in order of ascending value, equal ones as they were; `room` holds as many.

    Two stable counting passes, by low and then by high byte.
    """
    low, high = np.zeros(257, np.int64), np.zeros(257, np.int64)
    for place in places:
        low[(values[place] & 255) + 1] += 1
        high[(values[place] >> 8) + 1] += 1
    for k in range(256):
        low[k + 1] += low[k]
        high[k + 1] += high[k]
    for place in places:
        byte = values[place] & 255
        room[low[byte]] = place
        low[byte] += 1
    for place in room:
        byte = values[place] >> 8
        places[high[byte]] = place
        high[byte] += 1


@each
@njit(cache=True, nogil=True)
def ascending_order(
    values: NDArray[np.uint16], inside: NDArray[np.bool_], layout: CropLayout
) -> NDArray[np.int32]:
    """Return (total,) int32: places of each cell's pixels inside by ascending value, then −1.

    The places of a cell begin where its crop begins. Equal values keep their raster order.
    """
    order = np.full(values.size, -1, np.int32)
    room = places_buffer(layout)
    for cell in range(layout.starts.size - 1):
        begin = end = layout.starts[cell]
        for at in range(begin, layout.starts[cell + 1]):
            if inside[at]:
                order[end] = at
                end += 1
        sort_places(values, order[begin:end], room[: end - begin])
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
