"""Points of a cell: how far its pixels lie from them, and in which direction."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.layout import CropLayout

Floats = NDArray[np.float64]


@each
@njit(cache=True, nogil=True)
def offsets(point: Floats, layout: CropLayout) -> Floats:
    """Return (n, 2) row and column of a point (total,) µm from it.

    Infinite throughout a cell whose point is NaN.
    """
    away = np.empty(layout.total)
    for cell in range(layout.starts.size - 1):
        known = not (np.isnan(point[cell, 0]) or np.isnan(point[cell, 1]))
        rows, columns = layout.shape[cell]
        step, middle = layout.step_um[cell], point[cell, 1]
        for row in range(rows):
            begin = layout.starts[cell] + row * columns
            line, y = away[begin : begin + columns], row - point[cell, 0]
            for column in range(columns):
                x = column - middle
                line[column] = np.sqrt(y * y + x * x) * step if known else np.inf
    return away


@each
@njit(cache=True, nogil=True)
def known_points(point: Floats) -> NDArray[np.bool_]:
    """Return (n, 2) point (n,) bool: it is there."""
    known = np.zeros(point.shape[0], np.bool_)
    for cell in range(point.shape[0]):
        known[cell] = not (np.isnan(point[cell, 0]) or np.isnan(point[cell, 1]))
    return known


@each
@njit(cache=True, nogil=True)
def facings(point: Floats, other: Floats, layout: CropLayout) -> Floats:
    """Return (total,): cosine of the angle at the first to the other.

    0 at the first point itself, and throughout a cell where either is NaN.
    """
    cosine = np.zeros(layout.total)
    for cell in range(layout.starts.size - 1):
        down, right = other[cell, 0] - point[cell, 0], other[cell, 1] - point[cell, 1]
        if np.isnan(down) or np.isnan(right):
            continue
        span = np.sqrt(down * down + right * right)
        rows, columns = layout.shape[cell]
        for row in range(rows):
            begin = layout.starts[cell] + row * columns
            line, y = cosine[begin : begin + columns], row - point[cell, 0]
            for column in range(columns):
                x = column - point[cell, 1]
                length = np.sqrt(y * y + x * x) * span
                if length != 0.0:
                    line[column] = (y * down + x * right) / length
    return cosine


@each
@njit(cache=True, nogil=True)
def pulls(strength: Floats, away: Floats, reach: float) -> Floats:
    """Return (total,): itself over the distance, 0 beyond the reach and at 0."""
    pull = np.zeros(strength.size)
    for at in range(strength.size):
        if 0.0 < away[at] <= reach:
            pull[at] = strength[at] / away[at]
    return pull
