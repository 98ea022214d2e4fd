"""Directions about a point: sectors, centroids, moments about it."""

from __future__ import annotations

import cupy
import numpy as np

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, integers, launch, listed
from hpa_features.kernels.layout import CropLayout

SECTORS = 8


def sector_numbers(centre: Arrays, region: Array, layout: CropLayout) -> list[tuple[Array, Array]]:
    """Return (total,) int8 twice: the eighth of the circle about `centre` that a pixel lies in.

    The two agree, except on a border between sectors, where they name the sectors of both sides.
    −1 outside the cell and at the centre itself.
    """
    first, second = (empties(len(centre), layout.total, np.int8) for _ in range(2))
    given = (Each(centre, float), region, layout, Each(first), Each(second))
    launch("sectors", "sector_numbers", len(layout.step_um), *given)
    return list(zip(first, second, strict=True))


def sector_sums(
    image: Arrays,
    bands: Arrays,
    count: list[int],
    numbers: list[tuple[Array, Array]],
    layout: CropLayout,
) -> Arrays:
    """Return (n, count, 8, 2): pixels and Σ value of each sector.

    `numbers` are those of the sectors; a pixel on a border gives half to each side.
    """
    cells = len(layout.step_um)
    sums = [cupy.empty((cells, own, SECTORS, 2), float) for own in count]
    first, second = (Each(some, np.int8) for some in zip(*numbers, strict=True))
    given = (Each(image), Each(bands, np.int8), integers(count), first, second, layout)
    launch("sectors", "sector_sums", cells, *given, Each(sums))
    return sums


def nuclear_centres(region: Array, layout: CropLayout) -> Array:
    """Return (n, 2): row and column of the nuclear centroid, of the cell's without nucleus.

    0 for a cell whose native pixels cover less than half of every grid pixel.
    """
    centres = cupy.empty((len(layout.step_um), 2), float)
    launch("sectors", "nuclear_centres", len(layout.step_um), region, layout, centres)
    return centres


def spreads_about(
    values: Arrays, inside: Arrays | Array, centre: Arrays | Array, layout: CropLayout
) -> Arrays:
    """Return (n,): Σ value·r²/Σ value over Σ r²/Σ 1 about `centre`, in its mask.

    1 where values are spread evenly; NaN without signal or where all pixels lie on the centre.
    """
    count, cells = len(values), len(layout.step_um)
    spreads = empties(count, cells, float)
    masks, centres = Each(listed(inside, count), bool), Each(listed(centre, count), float)
    launch("sectors", "spreads_about", cells, Each(values), masks, centres, layout, Each(spreads))
    return spreads
