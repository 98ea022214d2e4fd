"""Objects of a field and how far they lie from one another."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.index import label_places
from hpa_features.kernels.layout import NativeLayout

_ROUNDING = 1e-9


@njit(cache=True, nogil=True)
def outline_pixels(
    numbers: NDArray[np.int32],
    count: int,
    start: NDArray[np.int64],
    shape: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (count + 1,) offsets and (k, 2) rows and columns of each object's outermost pixels.

    Those share a side with another number or with the field's border.
    """
    offsets = np.zeros(count + 1, np.int64)
    place = np.zeros(count, np.int64)
    pixels = np.zeros((0, 2), np.int64)
    for writing in (False, True):
        if writing:
            offsets[1:] = np.cumsum(place)
            place = offsets[:-1].copy()
            pixels = np.zeros((offsets[-1], 2), np.int64)
        for field in range(start.size):
            rows, columns = shape[field]
            for row in range(rows):
                for column in range(columns):
                    at = start[field] + row * columns + column
                    own = numbers[at]
                    if own == 0 or (
                        0 < row < rows - 1
                        and 0 < column < columns - 1
                        and numbers[at - columns] == own
                        and numbers[at + columns] == own
                        and numbers[at - 1] == own
                        and numbers[at + 1] == own
                    ):
                        continue
                    if writing:
                        pixels[place[own - 1], 0] = row
                        pixels[place[own - 1], 1] = column
                    place[own - 1] += 1
    return offsets, pixels


@njit(cache=True, nogil=True)
def _boxes(offsets: NDArray[np.int64], pixels: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n, 4) first and last row, first and last column."""
    boxes = np.empty((offsets.size - 1, 4), np.int64)
    for number in range(offsets.size - 1):
        boxes[number] = 2**31, -(2**31), 2**31, -(2**31)
        for row, column in pixels[offsets[number] : offsets[number + 1]]:
            boxes[number, 0] = min(boxes[number, 0], row)
            boxes[number, 1] = max(boxes[number, 1], row)
            boxes[number, 2] = min(boxes[number, 2], column)
            boxes[number, 3] = max(boxes[number, 3], column)
    return boxes


@njit(cache=True, nogil=True)
def _squared_to_box(box: NDArray[np.int64], other: NDArray[np.int64]) -> int:
    down = int(max(box[0] - other[1], other[0] - box[1], 0))
    across = int(max(box[2] - other[3], other[2] - box[3], 0))
    return down * down + across * across


@njit(cache=True, nogil=True)
def _squared_gap(
    one: NDArray[np.int64], other: NDArray[np.int64], box: NDArray[np.int64], limit: int
) -> int:
    """Least squared distance from pixels of `one` to `other` in `box`, at most `limit`."""
    best = limit
    for row, column in one:
        down, across = max(box[0] - row, row - box[1], 0), max(box[2] - column, column - box[3], 0)
        if down * down + across * across >= best:
            continue
        for r, c in other:
            best = min(best, (r - row) ** 2 + (c - column) ** 2)
    return best


@njit(cache=True, nogil=True)
def _upper_bounds(
    field: NDArray[np.int64], offsets: NDArray[np.int64], pixels: NDArray[np.int64], far: int
) -> NDArray[np.int64]:
    """(n,) squared distance between first pixels of the closest two, so that few pairs are met."""
    bounds = np.full(field.size, far, np.int64)
    for i in range(field.size):
        for j in range(i + 1, field.size):
            if field[i] == field[j]:
                row, column = pixels[offsets[i]] - pixels[offsets[j]]
                bounds[i] = min(bounds[i], row * row + column * column)
                bounds[j] = min(bounds[j], row * row + column * column)
    return bounds


@njit(cache=True, nogil=True)
def near_pairs(
    field: NDArray[np.int64],
    offsets: NDArray[np.int64],
    pixels: NDArray[np.int64],
    reach: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return pairs (m, 2) of objects, their distance (m,), and each one's least distance (n,).

    Distances are in pixels between the centres of outline pixels. Pairs are those of one field
    within `reach` (n,); the least distance has no limit and is NaN for the only object of its
    field.

    Parameters
    ----------
    field
        (n,) number of each object's field.
    offsets, pixels
        As `outline_pixels` gives them; no object is empty.
    """
    count = offsets.size - 1
    boxes = _boxes(offsets, pixels)
    far = 2**62
    least = _upper_bounds(field, offsets, pixels, far)
    found = [0 for _ in range(0)]  # i, j, square of the distance, end to end
    for i in range(count):
        one = pixels[offsets[i] : offsets[i + 1]]
        within = np.int64(reach[i] * reach[i]) + 1
        for j in range(i + 1, count):
            if field[i] != field[j]:
                continue
            limit = int(max(within, least[i] + 1, least[j] + 1))
            if _squared_to_box(boxes[i], boxes[j]) >= limit:
                continue
            gap = _squared_gap(one, pixels[offsets[j] : offsets[j + 1]], boxes[j], limit)
            least[i], least[j] = min(least[i], gap), min(least[j], gap)
            if gap < within:
                found.extend((i, j, gap))
    pairs = np.empty((len(found) // 3, 2), np.int64)
    length = np.empty(len(pairs))
    for at in range(len(pairs)):
        pairs[at, 0], pairs[at, 1] = found[3 * at], found[3 * at + 1]
        length[at] = np.sqrt(found[3 * at + 2])
    closest = np.full(count, np.nan)
    for i in range(count):
        if least[i] < far:
            closest[i] = np.sqrt(least[i])
    return pairs, length, closest


@njit(cache=True, nogil=True)
def _close_centres(
    places: NDArray[np.float64], field: NDArray[np.int64], reach: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (n, 2) the two closest other places, −1 for none, and (n,) how many lie in `reach`.

    Parameters
    ----------
    places
        (n, 2) rows and columns.
    field
        (n,): only places of one field see each other.
    reach
        (n,) in the same unit.
    """
    closest = np.full((field.size, 2), -1, np.int64)
    within = np.zeros(field.size, np.int64)
    for i in range(field.size):
        first = second = np.inf
        for j in range(field.size):
            if i == j or field[i] != field[j]:
                continue
            y, x = places[j, 0] - places[i, 0], places[j, 1] - places[i, 1]
            square = y * y + x * x
            within[i] += square <= reach[i] * reach[i] * (1.0 + 1e-9)
            if square < first:
                second, closest[i, 1] = first, closest[i, 0]
                first, closest[i, 0] = square, j
            elif square < second:
                second, closest[i, 1] = square, j
    return closest, within


def cell_places(native: NativeLayout) -> NDArray[np.float64]:
    """Return (n, 2): mean row and column of the native pixels of each cell."""
    place = (native.field.size, native.field_start, native.field_shape)
    places: NDArray[np.float64] = label_places(native.labels, *place)
    return places


@each
def cell_gaps(touch_um: float, near_um: float, native: NativeLayout) -> NDArray[np.float64]:
    """Return (n, 3): other cells within `touch_um`, within `near_um`, and µm to the nearest.

    Edge to edge. The gap is NaN for the only cell of its field.
    """
    count, um = native.field.size, native.field_um[native.field]
    outlines = outline_pixels(native.labels, count, native.field_start, native.field_shape)
    pairs, gap, nearest = near_pairs(native.field, *outlines, near_um / um + 1.0)
    touching = gap <= (touch_um / um + 1.0)[pairs[:, 0]] + _ROUNDING
    return np.stack(
        [
            np.bincount(pairs[touching].ravel(), minlength=count),
            np.bincount(pairs.ravel(), minlength=count),
            np.maximum(nearest - 1.0, 0.0) * um,
        ],
        axis=1,
    )


@each
def close_centres(
    places: NDArray[np.float64], reach_um: float, native: NativeLayout
) -> NDArray[np.float64]:
    """Return (n, 5): row and column of the two closest other centres, and how many lie near.

    `places` are those of `cell_places`; near is within `reach_um`. NaN where a field has fewer.
    """
    um = native.field_um[native.field]
    closest, around = _close_centres(places, native.field, reach_um / um)
    # −1 picks the row of NaN at the end.
    found = np.append(places, [[np.nan, np.nan]], axis=0)[closest]
    return np.concatenate([found.reshape(-1, 4), around[:, None]], axis=1)
