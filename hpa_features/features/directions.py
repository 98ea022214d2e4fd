"""Directions on the working grid, as the cosine and sine of twice their angle to the rows' axis.

Doubled angles are those of lines, which have no head: a half turn changes nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hpa_features.features.products.working import WorkingGrid

Floats = NDArray[np.float64]


def places(grid: WorkingGrid, about: Floats) -> tuple[Floats, Floats]:
    """Return (total,) float64 twice: rows and columns from the cell's point `about` (n, 2)."""
    sizes = np.diff(grid.starts)
    inside = np.arange(grid.region.size) - np.repeat(grid.starts[:-1], sizes)
    columns = np.repeat(grid.shape[:, 1], sizes)
    row, column = np.repeat(about, sizes, axis=0).T
    return inside // columns - row, inside % columns - column


def doubled(y: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Return cos 2ψ and sin 2ψ of the direction (y, x), 0 where it has none."""
    square = y * y + x * x
    there = square > 0
    safe = np.where(there, square, 1.0)
    return np.where(there, (y * y - x * x) / safe, 0.0), np.where(there, 2 * y * x / safe, 0.0)


def steepest(grid: WorkingGrid, length: Floats) -> tuple[Floats, Floats]:
    """Return cos 2ψ and sin 2ψ of the way in which `length` changes fastest; 0 outside cells."""
    columns = np.repeat(grid.shape[:, 1], np.diff(grid.starts))
    at = np.flatnonzero(grid.region > 0)  # the crop's margin keeps neighbours in the crop
    y, x = np.zeros((2, grid.region.size))
    y[at] = length[at + columns[at]] - length[at - columns[at]]
    x[at] = length[at + 1] - length[at - 1]
    return doubled(y, x)
