"""Points of a cell: how far its pixels lie from them, and in which direction."""

from __future__ import annotations

from hpa_features.kernels.gpu.launch import Arrays, Each, empties, floats, launch, over
from hpa_features.kernels.layout import CropLayout


def offsets(point: Arrays, layout: CropLayout) -> Arrays:
    """Return (n, 2) row and column of a point (total,) µm from it.

    Infinite throughout a cell whose point is NaN.
    """
    away = empties(len(point), layout.total, float)
    launch("points", "offsets", len(layout.step_um), Each(point, float), layout, Each(away))
    return away


def known_points(point: Arrays) -> Arrays:
    """Return (n, 2) point (n,) bool: it is there."""
    cells = len(point[0])
    known = empties(len(point), cells, bool)
    launch("points", "known_points", over(cells), Each(point, float), cells, Each(known))
    return known


def facings(point: Arrays, other: Arrays, layout: CropLayout) -> Arrays:
    """Return (total,): cosine of the angle at the first to the other.

    0 at the first point itself, and throughout a cell where either is NaN.
    """
    cosine = empties(len(point), layout.total, float)
    given = (Each(point, float), Each(other, float), layout, Each(cosine))
    launch("points", "facings", len(layout.step_um), *given)
    return cosine


def pulls(strength: Arrays, away: Arrays, reach: list[float]) -> Arrays:
    """Return (total,): itself over the distance, 0 beyond the reach and at 0."""
    total = strength[0].size
    pull = empties(len(strength), total, float)
    given = (Each(strength, float), Each(away, float), floats(reach), Each(pull), total)
    launch("points", "pulls", over(total), *given)
    return pull
