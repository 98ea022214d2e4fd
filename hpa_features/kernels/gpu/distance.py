"""Exact Euclidean distances inside crops."""

from __future__ import annotations

import cupy
import numpy as np

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, launch, listed, over
from hpa_features.kernels.layout import CropLayout


def nuclear_distances(region: Array, layout: CropLayout) -> Array:
    """Return (total,) float64, µm: to the nuclear edge, negative in the nucleus.

    The edge lies half a pixel from the centres of the pixels next to it. 0 outside the cell and
    throughout a cell without nucleus.
    """
    room, length = empties(2, layout.total, np.int32), cupy.empty(layout.total, float)
    launch("distance", "nuclear_distances", len(layout.step_um), region, layout, *room, length)
    return length


def edge_distances(region: Array, layout: CropLayout) -> Array:
    """Return (total,) float64, µm: to the cell edge, 0 outside the cell.

    Where a cell is cut by the field's border, the cut counts as edge.
    """
    room, length = cupy.empty(layout.total, np.int32), cupy.empty(layout.total, float)
    launch("distance", "edge_distances", len(layout.step_um), region, layout, room, length)
    return length


def gaps(mask: Arrays, layout: CropLayout) -> Arrays:
    """Return (total,) float64, µm: from pixel centres to the nearest pixel's of a mask.

    0 in the mask, infinite throughout a crop without a pixel of it.
    """
    room, lengths = (empties(len(mask), layout.total, kind) for kind in (np.int32, float))
    given = (Each(mask, bool), layout, Each(room), Each(lengths))
    launch("distance", "gaps", len(layout.step_um), *given)
    return lengths


def ways_from_nucleus(nucleus: Arrays, edge: Arrays, mask: Arrays | Array) -> Arrays:
    """Return (total,) float64: share of the way from the nuclear to the cell edge, in the mask.

    `nucleus` and `edge` are the distances to both; NaN outside the mask.
    """
    count, total = len(nucleus), nucleus[0].size
    shares = empties(count, total, float)
    masks = Each(listed(mask, count), bool)
    given = (Each(nucleus, float), Each(edge, float), masks, Each(shares), total)
    launch("distance", "ways_from_nucleus", over(total), *given)
    return shares


def ways_from_edge(edge: Arrays, layout: CropLayout) -> Arrays:
    """Return (total,) float64: distance to the cell edge over the greatest of the cell's crop.

    NaN in a crop without cell.
    """
    shares = empties(len(edge), layout.total, float)
    given = (Each(edge, float), layout, Each(shares))
    launch("distance", "ways_from_edge", len(layout.step_um), *given)
    return shares
