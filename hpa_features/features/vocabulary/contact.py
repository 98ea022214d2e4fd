"""Contact: where a cell's edge touches another cell, and where it is free."""

from __future__ import annotations

from hpa_features.features.nodes import Map, Measurement, Shared
from hpa_features.features.plan import Floats

TOUCH_UM = 0.5  # between edges: masks of touching cells may leave a pixel between them
FREE, TOUCHING = 1, 2  # the kernels' kinds of edge


class EdgeKinds(Shared):
    """(pixels,) uint8 of the native planes: free edge, touching edge, or neither.

    The field's border is neither. Edges touch that lie within `touch_um`.
    """

    touch_um: float
    kernel = "edge_kinds"
    takes = ("native",)


KINDS = EdgeKinds(TOUCH_UM)


class EdgeLengths(Measurement[Floats]):
    """(n, 2): µm of free and of touching edge."""

    kinds: EdgeKinds = KINDS
    tail = (2,)
    kernel = "edge_lengths"
    takes = ("native",)


class GridEdgeKinds(Map):
    """uint8 on the working grid: the kind of edge that a cell's outermost pixels lie on."""

    kinds: EdgeKinds = KINDS
    kernel = "grid_edge_kinds"
    takes = ("native", "region", "layout")


GRID_KINDS = GridEdgeKinds()


class ToEdgeKind(Map):
    """µm to the nearest edge of a kind, infinite outside the cell and where it has none."""

    kind: int
    kinds: GridEdgeKinds = GRID_KINDS
    kernel = "edge_distances_by_kind"
    takes = ("region", "layout")


TO_FREE, TO_TOUCHING = ToEdgeKind(FREE), ToEdgeKind(TOUCHING)
