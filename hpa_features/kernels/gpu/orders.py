"""Each cell's pixels in ascending order: ranks, quantiles and thresholds are read along it."""

from __future__ import annotations

import numpy as np

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, launch, listed
from hpa_features.kernels.layout import CropLayout


def ascending_order(values: Arrays, inside: Arrays | Array, layout: CropLayout) -> Arrays:
    """Return (total,) int32: places of each cell's pixels inside by ascending value, then −1.

    The places of a cell begin where its crop begins. Equal values keep their raster order.
    """
    count = len(values)
    orders, room = (empties(count, layout.total, np.int32) for _ in range(2))
    launch(
        "orders",
        "ascending_order",
        len(layout.step_um),
        Each(values, np.uint16),
        Each(listed(inside, count), bool),
        Each(orders),
        Each(room),
        layout,
    )
    return orders
