"""Labels in raster order, and which of one image lie in which of another."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def raster_order(
    labels: NDArray[np.integer], highest: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the values other than 0 as they first occur, and each pixel's place among them.

    Values are 0…`highest`; places count from 1, value 0 stays 0.
    """
    place_of = np.zeros(highest + 1, np.int32)
    numbers = np.empty(highest, np.int64)
    count = 0
    places = np.empty(labels.shape, np.int32)
    flat, out = labels.ravel(), places.ravel()
    for at in range(flat.size):
        value = flat[at]
        if value != 0 and place_of[value] == 0:
            numbers[count] = value
            count += 1
            place_of[value] = count
        out[at] = place_of[value]
    return numbers[:count].copy(), places


@njit(cache=True, nogil=True)
def shared_runs(
    parts: NDArray[np.int32], cells: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """Return (n,) part, cell and pixels of each run of pixels that are alike in both images.

    Runs follow the raster; pixels of part 0 are in none.
    """
    part_of, cell_of = parts.ravel(), cells.ravel()
    count = 0
    for at in range(part_of.size):
        if part_of[at] != 0 and (
            at == 0 or part_of[at] != part_of[at - 1] or cell_of[at] != cell_of[at - 1]
        ):
            count += 1
    part, cell = np.empty((2, count), np.int32)
    pixels = np.zeros(count, np.int64)
    run = -1
    for at in range(part_of.size):
        if part_of[at] == 0:
            continue
        if at == 0 or part_of[at] != part_of[at - 1] or cell_of[at] != cell_of[at - 1]:
            run += 1
            part[run], cell[run] = part_of[at], cell_of[at]
        pixels[run] += 1
    return part, cell, pixels


@njit(cache=True, nogil=True)
def inside_owners(
    parts: NDArray[np.int32], cells: NDArray[np.int32], owner: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Return `cells` at the pixels of the parts that each owns, 0 elsewhere; owner 0 is none."""
    found = np.zeros(cells.shape, np.int32)
    part_of, cell_of, out = parts.ravel(), cells.ravel(), found.ravel()
    for at in range(part_of.size):
        if part_of[at] != 0 and cell_of[at] == owner[part_of[at]]:
            out[at] = cell_of[at]
    return found
