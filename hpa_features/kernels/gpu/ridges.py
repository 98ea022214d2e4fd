"""Ridges: lines that are brighter than both of their sides."""

from __future__ import annotations

import numpy as np

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, floats, launch
from hpa_features.kernels.layout import CropLayout


def ridges(
    smooth: Arrays,
    mean: Arrays,
    um: list[float],
    limits: list[tuple[float, float, float]],
    region: Array,
    layout: CropLayout,
) -> list[tuple[Array, Array, Array, Array, Array]]:
    """Return cosine, sine, strength and plain (total,), and least (n,), of an image's ridges.

    `limits` are the offset that is added to the level as a share of the cell's mean in `mean`
    (n, 2), and the strength above which a ridge is plain: the least, and as a multiple of the
    cell's mean strength. `kernels.cpu` defines the strength.
    """
    count, cells = len(smooth), len(layout.step_um)
    numbers = (floats([own[k] for own in limits]) for k in range(3))
    maps = [empties(count, layout.total, float) for _ in range(3)]
    plain, least = empties(count, layout.total, bool), empties(count, cells, float)
    given = (Each(smooth, float), Each(mean, float), floats(um), *numbers, region, layout)
    launch("ridges", "ridges", cells, *given, *map(Each, maps), Each(plain), Each(least))
    return list(zip(*maps, plain, least, strict=True))


def ridge_crossings(
    lines: list[tuple[Array, ...]], circle_um: list[float], layout: CropLayout
) -> Arrays:
    """Return (total,) int8: on crests, how many plain ridges leave a circle; −1 elsewhere.

    `lines` are what `ridges` gives.
    """
    crossings = empties(len(lines), layout.total, np.int8)
    kinds = (float, float, float, bool, float)
    parts = (Each([line[k] for line in lines], kind) for k, kind in enumerate(kinds))
    given = (*parts, floats(circle_um), layout, Each(crossings))
    launch("ridges", "ridge_crossings", len(layout.step_um), *given)
    return crossings
