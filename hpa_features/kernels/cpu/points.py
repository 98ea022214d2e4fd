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


@njit(cache=True, nogil=True)
def _facing(point: Floats, other: Floats, layout: CropLayout) -> Floats:
    cosine = np.zeros(layout.total)
    for cell in range(layout.starts.size - 1):
        down, right = other[cell, 0] - point[cell, 0], other[cell, 1] - point[cell, 1]
        if np.isnan(down) or np.isnan(right):
            continue
        span = np.hypot(down, right)
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            y = (at - layout.starts[cell]) // layout.shape[cell, 1] - point[cell, 0]
            x = (at - layout.starts[cell]) % layout.shape[cell, 1] - point[cell, 1]
            length = np.hypot(y, x) * span
            if length != 0.0:
                cosine[at] = (y * down + x * right) / length
    return cosine


def facings(points: Sequence[Floats], others: Sequence[Floats], layout: CropLayout) -> list[Floats]:
    """Return for each two points (total,): cosine of the angle at the first to the other.

    0 at the first point itself, and throughout a cell where either is NaN.
    """
    return [_facing(point, other, layout) for point, other in zip(points, others)]


@njit(cache=True, nogil=True)
def _pull(strength: Floats, away: Floats, reach: float) -> Floats:
    pull = np.zeros(strength.size)
    for at in range(strength.size):
        if 0.0 < away[at] <= reach:
            pull[at] = strength[at] / away[at]
    return pull


def pulls(strengths: Sequence[Floats], away: Sequence[Floats], reach_um: float) -> list[Floats]:
    """Return for each strength (total,): itself over the distance, 0 beyond the reach and at 0."""
    return [_pull(strength, length, reach_um) for strength, length in zip(strengths, away)]
