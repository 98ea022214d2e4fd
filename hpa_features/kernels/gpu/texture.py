"""Gray-level co-occurrence and Haralick's statistics, compartment by compartment."""

from __future__ import annotations

import numpy as np

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, floats, launch
from hpa_features.kernels.layout import CropLayout


def haralick(
    um: list[float], gray: list[tuple[Array, Array]], region: Array, layout: CropLayout
) -> Arrays:
    """Return (n, 3, 13): the statistics in cell, nucleus and cytoplasm at a distance.

    `gray` are levels (total,) and usable cells (n,). Means of four directions; NaN where the cell
    is not usable or a direction has under 100 pairs. `kernels.cpu` defines them.
    """
    cells = len(layout.step_um)
    statistics = empties(len(um), (cells, 3, 13), float)
    levels, usable = zip(*gray, strict=True)
    launch(
        "texture",
        "haralick",
        cells,
        floats(um),
        Each(levels, np.uint8),
        Each(usable, bool),
        region,
        layout,
        Each(statistics),
    )
    return statistics
