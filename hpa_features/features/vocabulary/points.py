"""Points: places of a cell that a node finds, and how far pixels lie from them."""

from __future__ import annotations

from typing import Any

from hpa_features.features.nodes import Map, Measurement, Shared


class Point(Shared):
    """(n, 2): row and column in the crop, NaN in cells that have none."""


class Offset(Map):
    """µm from a point, infinite throughout a cell without it."""

    point: Point
    kernel = "offsets"
    takes = ("layout",)


class Known(Measurement[Any]):
    """(n,) bool: the cell has the point."""

    point: Point
    kind = bool
    kernel = "known_points"


class Facing(Map):
    """Cosine of the angle at one point between a pixel and another point, 0 where either lacks."""

    point: Point
    other: Point
    kernel = "facings"
    takes = ("layout",)
