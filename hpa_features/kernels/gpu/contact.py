"""Which parts of a cell's edge touch another cell."""

from __future__ import annotations

import cupy
import numpy as np

from hpa_features.kernels.gpu.launch import (
    Array,
    Arrays,
    Each,
    empties,
    floats,
    integers,
    launch,
    listed,
    over,
)
from hpa_features.kernels.layout import CropLayout, NativeLayout


def edge_kinds(touch_um: list[float], native: NativeLayout) -> Arrays:
    """Return (pixels,) uint8: 0 not on a cell's edge, 1 free edge, 2 edge that touches.

    An edge pixel has a side in common with another label or with none; the field's border is
    not an edge. It touches where another cell lies within `touch_um`, edge to edge.
    """
    kinds = [cupy.zeros(native.labels.size, np.uint8) for _ in touch_um]
    launch("contact", "edge_kinds", native.field.size, floats(touch_um), native, Each(kinds))
    return kinds


def edge_lengths(kinds: Arrays, native: NativeLayout) -> Arrays:
    """Return (n, 2): µm of free and of touching edge, native edge pixels times their edge."""
    cells = native.field.size
    lengths = empties(len(kinds), (cells, 2), float)
    launch("contact", "edge_lengths", cells, Each(kinds, np.uint8), native, Each(lengths))
    return lengths


def grid_edge_kinds(
    kinds: Arrays, native: NativeLayout, region: Array, layout: CropLayout
) -> Arrays:
    """Return (total,) uint8: kinds of edge on the working grid, 0 off the edge.

    A grid pixel with a side to the outside takes the kind of the cell's nearest native edge pixel
    within one grid pixel (touching before free on ties), none where there is none.
    """
    result = empties(len(kinds), layout.total, np.uint8)
    given = (Each(kinds, np.uint8), native, region, layout, Each(result))
    launch("contact", "grid_edge_kinds", len(layout.step_um), *given)
    return result


def edge_distances_by_kind(
    kind: list[int], kinds: Arrays | Array, region: Array, layout: CropLayout
) -> Arrays:
    """Return (total,) µm to the nearest place of a kind of edge, from pixel centres.

    `kinds` are those of the working grid. Infinite outside the cell and in cells without an edge of
    the kind.
    """
    count = len(kind)
    room, lengths = (empties(count, layout.total, of) for of in (np.int32, float))
    edges = Each(listed(kinds, count), np.uint8)
    given = (integers(kind), edges, region, layout, Each(room), Each(lengths))
    launch("contact", "edge_distances_by_kind", len(layout.step_um), *given)
    return lengths


def contact_bands(
    free: Arrays,
    touching: Arrays,
    mask: Arrays | Array,
    limits: list[tuple[float, float, float, float]],
) -> Arrays:
    """Return (total,) int8: 0 at touching edges, 1 at free ones, 2 deep inside, −1 elsewhere.

    `free` and `touching` are the distances to edges of both kinds. `limits` are the width of both
    bands, how far from a touching edge the free band begins, and where the inside begins and ends.
    """
    total = free[0].size
    bands = empties(len(free), total, np.int8)
    numbers = (floats([own[k] for own in limits]) for k in range(4))
    masks = Each(listed(mask, len(free)), bool)
    given = (Each(free, float), Each(touching, float), masks, *numbers, Each(bands), total)
    launch("contact", "contact_bands", over(total), *given)
    return bands


def lower(image: Arrays, other: Arrays) -> Arrays:
    """Return (total,): the lower of two images at each pixel."""
    total = image[0].size
    result = empties(len(image), total, float)
    given = (Each(image, float), Each(other, float), Each(result), total)
    launch("contact", "lower", over(total), *given)
    return result
