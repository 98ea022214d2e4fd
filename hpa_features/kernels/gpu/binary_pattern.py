"""Local binary patterns inside nucleus and cytoplasm."""

from __future__ import annotations

import numpy as np

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, floats, launch
from hpa_features.kernels.layout import CropLayout


def pattern_counts(image: Arrays, um: list[float], region: Array, layout: CropLayout) -> Arrays:
    """Return (n, 2, 10) int64: pixels by uniform pattern, cytoplasm and nucleus.

    Eight points on a circle of radius `um` in whole grid pixels; `kernels.cpu` defines the
    patterns. A pixel counts where all that it is compared with lies in its own compartment.
    """
    cells = len(layout.step_um)
    counts = empties(len(image), (cells, 2, 10), np.int64)
    given = (Each(image, np.uint16), floats(um), region, layout, Each(counts))
    launch("binary_pattern", "pattern_counts", cells, *given)
    return counts
