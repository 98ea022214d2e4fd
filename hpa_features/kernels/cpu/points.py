"""Points of a cell: how far its pixels lie from them, and in which direction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.layout import CropLayout

Floats = NDArray[np.float64]


@njit(cache=True, nogil=True)
def _offsets(point: Floats, layout: CropLayout) -> Floats:
    away = np.empty(layout.total)
    for cell in range(layout.starts.size - 1):
        known = not (np.isnan(point[cell, 0]) or np.isnan(point[cell, 1]))
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if known:
                y = (at - layout.starts[cell]) // layout.shape[cell, 1] - point[cell, 0]
                x = (at - layout.starts[cell]) % layout.shape[cell, 1] - point[cell, 1]
                away[at] = np.hypot(y, x) * layout.step_um[cell]
            else:
                away[at] = np.inf
    return away


def offsets(points: Sequence[Floats], layout: CropLayout) -> list[Floats]:
    """Return for each (n, 2) row and column of a point (total,) µm from it.

    Infinite throughout a cell whose point is NaN.
    """
    return [_offsets(point, layout) for point in points]


@njit(cache=True, nogil=True)
def _known(point: Floats) -> NDArray[np.bool_]:
    known = np.zeros(point.shape[0], np.bool_)
    for cell in range(point.shape[0]):
        known[cell] = not (np.isnan(point[cell, 0]) or np.isnan(point[cell, 1]))
    return known


def known_points(points: Sequence[Floats]) -> list[NDArray[np.bool_]]:
    """Return for each (n, 2) point (n,) bool: it is there."""
    return [_known(point) for point in points]
