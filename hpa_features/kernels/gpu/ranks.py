"""Ranks of each cell's pixels, thresholds that follow from their order, and the brightest."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from hpa_features.kernels.gpu.launch import (
    Array,
    Arrays,
    Each,
    Numbers,
    empties,
    floats,
    launch,
    listed,
)
from hpa_features.kernels.layout import CropLayout


def _read(
    name: str,
    arrays: tuple[Arrays, Arrays | Array, Arrays | Array],
    layout: CropLayout,
    *more: Numbers,
    size: int | None = None,
    dtype: DTypeLike = float,
) -> Arrays:
    """Return what a kernel makes of values along their order, in each item's part."""
    values, order, inside = arrays
    count = len(values)
    room = (empties(count, layout.total, kind) for kind in (np.int32, np.uint16))
    results = empties(count, layout.total if size is None else size, dtype)
    launch(
        "ranks",
        name,
        len(layout.step_um),
        Each(values, np.uint16),
        Each(listed(order, count), np.int32),
        Each(listed(inside, count), bool),
        *map(Each, room),
        layout,
        *more,
        Each(results),
    )
    return results


def average_ranks(
    values: Arrays, order: Arrays | Array, inside: Arrays | Array, layout: CropLayout
) -> Arrays:
    """Return (total,): ranks 1…m of each cell's pixels inside, ties their mean; 0 elsewhere."""
    return _read("average_ranks", (values, order, inside), layout)


def rank_shares(
    values: Arrays,
    order: Arrays | Array,
    inside: Arrays | Array,
    outside: list[float] | float,
    layout: CropLayout,
) -> Arrays:
    """Return (total,): share of each cell's pixels inside with a lower value, 0…1.

    Equal values lie at the middle of their span; `outside` stands elsewhere.
    """
    other = floats(listed(outside, len(values)))
    return _read("rank_shares", (values, order, inside), layout, other)


def dense_ranks(
    values: Arrays, order: Arrays | Array, inside: Arrays | Array, layout: CropLayout
) -> Arrays:
    """Return (total,) int32: ranks 0, 1, 2, … of the different values inside, 0 elsewhere."""
    return _read("dense_ranks", (values, order, inside), layout, dtype=np.int32)


def otsu_thresholds(
    values: Arrays, order: Arrays | Array, inside: Arrays | Array, layout: CropLayout
) -> Arrays:
    """Return (n,) float64: Otsu's threshold of each cell's pixels inside, the lowest on ties.

    The greatest value where all are equal, 0 without pixels.
    """
    cells = len(layout.step_um)
    return _read("otsu_thresholds", (values, order, inside), layout, size=cells)


def brightest(
    values: Arrays,
    order: Arrays | Array,
    inside: Arrays | Array,
    share: list[float] | float,
    layout: CropLayout,
) -> Arrays:
    """Return (total,): 1 on the brightest share of the pixels inside, 0 elsewhere.

    Pixels tied at the limit share what is left.
    """
    wanted = floats(listed(share, len(values)))
    return _read("brightest", (values, order, inside), layout, wanted)
