"""How bright the parts of each cell are, and how evenly."""

from __future__ import annotations

import numpy as np

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, launch, listed
from hpa_features.kernels.layout import CropLayout, NativeLayout


def part_statistics(
    values: Arrays, order: Arrays | Array, region: Array, layout: CropLayout
) -> Arrays:
    """Return (n, 3, 13) for cell, nucleus and cytoplasm, NaN without pixels.

    Mean, standard deviation, median absolute deviation, skewness, excess kurtosis, Gini
    coefficient, the share of the signal in the brightest 1 % of the pixels, then six quantiles;
    `kernels.cpu` defines them.
    """
    count, cells = len(values), len(layout.step_um)
    statistics = empties(count, (cells, 3, 13), float)
    launch(
        "intensity",
        "part_statistics",
        cells,
        Each(values, np.uint16),
        Each(listed(order, count), np.int32),
        region,
        layout,
        Each(empties(count, 3 * layout.total, np.uint16)),
        Each(statistics),
    )
    return statistics


def part_places(values: Arrays, region: Array, layout: CropLayout) -> Arrays:
    """Return (n, 3, 2) for cell, nucleus and cytoplasm, NaN without pixels.

    The mean over the part's inner edge (pixels with a 4-neighbour outside the part), and the
    distance in grid pixels between the part's centroid and its centroid weighted by the image.
    """
    cells = len(layout.step_um)
    places = empties(len(values), (cells, 3, 2), float)
    given = (Each(values, np.uint16), region, layout, Each(places))
    launch("intensity", "part_places", cells, *given)
    return places


def native_sums(signal: Arrays, scale: Arrays | Array, native: NativeLayout) -> Arrays:
    """Return (n, 3, 3) int64 for cell, nucleus and cytoplasm.

    Pixels, sum of the signal, and saturated pixels: those that reach full scale.
    """
    count, cells = len(signal), native.field.size
    sums = empties(count, (cells, 3, 3), np.int64)
    scales = Each(listed(scale, count), float)
    launch("intensity", "native_sums", cells, Each(signal, np.uint16), scales, native, Each(sums))
    return sums
