"""Gray levels of each cell between two of its own quantiles."""

from __future__ import annotations

import numpy as np

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, launch, listed
from hpa_features.kernels.layout import CropLayout


def gray_levels(
    image: Arrays,
    order: Arrays | Array,
    smallest_span: Arrays | Array,
    region: Array,
    layout: CropLayout,
) -> list[tuple[Array, Array]]:
    """Return (total,) uint8 levels 1…32 (0 outside) and (n,) bool, whether a cell has enough steps.

    Levels are equal steps between the cell's 0.5th and 99.5th percentile; values beyond them
    take the first or last level. A cell whose percentiles lie closer than `smallest_span` (n,)
    has none: its levels stay 0.
    """
    count, cells = len(image), len(layout.step_um)
    levels, usable = empties(count, layout.total, np.uint8), empties(count, cells, bool)
    launch(
        "levels",
        "gray_levels",
        cells,
        Each(image, np.uint16),
        Each(listed(order, count), np.int32),
        Each(listed(smallest_span, count), float),
        region,
        layout,
        Each(levels),
        Each(usable),
    )
    return list(zip(levels, usable, strict=True))
