"""Which pixels: compartments, bands of a map, and masks made of both."""

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
from hpa_features.kernels.layout import CropLayout


def part_masks(part: list[int], nucleated: list[bool], region: Array, layout: CropLayout) -> Arrays:
    """Return (total,) bool: the pixels of a compartment, 0 cell, 1 nucleus or 2 cytoplasm.

    With `nucleated` only those of cells that have a nucleus.
    """
    masks = empties(len(part), layout.total, bool)
    chosen = (integers(part), integers(nucleated))
    cells = len(layout.step_um)
    launch("parts", "part_masks", cells, *chosen, region, layout, Each(masks))
    return masks


def part_counts(region: Array, layout: CropLayout) -> Array:
    """Return (n, 3) int64: pixels of cell, nucleus and cytoplasm."""
    counts = cupy.empty((len(layout.step_um), 3), np.int64)
    launch("parts", "part_counts", len(layout.step_um), region, layout, counts)
    return counts


def bands(image: Arrays, edges: list[tuple[float, ...]], mask: Arrays | Array) -> Arrays:
    """Return (total,) int8: k where edges[k] ≤ value < edges[k + 1] in its mask, −1 elsewhere."""
    total = image[0].size
    result = empties(len(image), total, np.int8)
    counts = [len(own) for own in edges]
    launch(
        "parts",
        "bands",
        over(total),
        Each(image),
        cupy.asarray(np.concatenate(edges)),
        integers([sum(counts[:k]) for k in range(len(counts))]),
        integers([count - 1 for count in counts]),
        Each(listed(mask, len(image)), bool),
        Each(result),
        total,
    )
    return result


def within(image: Arrays, low: list[float], high: list[float], mask: Arrays | Array) -> Arrays:
    """Return (total,) bool: low ≤ value < high in its mask.

    An upper limit of infinity excludes nothing.
    """
    total = image[0].size
    inside = empties(len(image), total, bool)
    masks = Each(listed(mask, len(image)), bool)
    limits = (floats(limit) for limit in (low, high))
    launch("parts", "within", over(total), Each(image), *limits, masks, Each(inside), total)
    return inside


def above(image: Arrays, limit: Arrays, mask: Arrays | Array, layout: CropLayout) -> Arrays:
    """Return (total,) bool: its value exceeds the cell's limit (n,), in its mask."""
    result = empties(len(image), layout.total, bool)
    masks = Each(listed(mask, len(image)), bool)
    cells = len(layout.step_um)
    launch("parts", "above", cells, Each(image), Each(limit, float), masks, layout, Each(result))
    return result


def clear_of_nucleus(nucleus: Arrays, um: list[float], region: Array, layout: CropLayout) -> Arrays:
    """Return (total,) bool: cytoplasm at least `um` from the nuclear edge, by distance to it.

    In a cell without nucleus all of the cytoplasm.
    """
    clear = empties(len(nucleus), layout.total, bool)
    given = (Each(nucleus, float), floats(um))
    launch("parts", "clear_of_nucleus", len(layout.step_um), *given, region, layout, Each(clear))
    return clear
