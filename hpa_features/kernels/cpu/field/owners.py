"""Labels in raster order, and runs of pixels that are alike in two label images.

Whole planes are allocated by NumPy: it asks for large memory pages, Numba does not, and fresh small
pages take four times as long to write to.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def _write_order(
    labels: NDArray[np.integer], numbers: NDArray[np.int64], places: NDArray[np.int32]
) -> int:
    """Write the values other than 0 as they first occur and all places; return their number."""
    place_of = np.zeros(numbers.size + 1, np.int32)
    flat, out = labels.ravel(), places.ravel()
    count = 0
    last, place = 0, np.int32(0)
    for at in range(flat.size):
        value = int(flat[at])
        if value != last:
            last = value
            if value != 0 and place_of[value] == 0:
                numbers[count] = value
                count += 1
                place_of[value] = count
            place = place_of[value]
        out[at] = place
    return count


def raster_order(
    labels: NDArray[np.integer], highest: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the values other than 0 as they first occur, and each pixel's place among them.

    Values are 0…`highest`; places count from 1, value 0 stays 0.
    """
    numbers, places = np.empty(highest, np.int64), np.empty(labels.shape, np.int32)
    count = _write_order(labels, numbers, places)
    return numbers[:count], places


@njit(cache=True, nogil=True)
def _write_runs(
    first: NDArray[np.integer],
    second: NDArray[np.int32],
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
) -> int:
    """Write where runs start and stop, as far as there is room; return their number."""
    one, other = first.ravel(), second.ravel()
    count = 0
    last, beside = 0, 0
    for at in range(one.size):
        value = int(one[at])
        if value == last and (value == 0 or other[at] == beside):
            continue
        if last != 0 and count <= stops.size:
            stops[count - 1] = at
        if value != 0:
            if count < starts.size:
                starts[count] = at
            count += 1
            beside = other[at]
        last = value
    if last != 0 and count <= stops.size:
        stops[count - 1] = one.size
    return count


def shared_runs(
    first: NDArray[np.integer], second: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (n,) flat index of the first pixel of each run along the raster, and after its last.

    A run has one value of `first`, not 0, and one of `second`.
    """
    # Counting first is faster than arrays that grow.
    nothing = np.empty(0, np.int64)
    starts, stops = np.empty((2, _write_runs(first, second, nothing, nothing)), np.int64)
    _write_runs(first, second, starts, stops)
    return starts, stops


@njit(cache=True, nogil=True)
def _paint(
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    values: NDArray[np.int32],
    image: NDArray[np.int32],
) -> None:
    flat = image.ravel()
    for k in range(starts.size):
        flat[starts[k] : stops[k]] = values[k]


def painted(
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    values: NDArray[np.int32],
    shape: tuple[int, ...],
) -> NDArray[np.int32]:
    """Return (rows, columns) int32: each run's pixels with its value, 0 elsewhere."""
    image = np.zeros(shape, np.int32)
    _paint(starts, stops, values, image)
    return image
