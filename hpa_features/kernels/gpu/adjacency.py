"""How pixels within limits of brightness lie next to one another."""

from __future__ import annotations

import numpy as np

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, launch, listed
from hpa_features.kernels.layout import CropLayout


def adjacency_counts(
    image: Arrays, mask: Arrays | Array, moments: Arrays, layout: CropLayout
) -> Arrays:
    """Return (n, 3, 2, 9) int64: pixels of a mask by neighbours of their own kind, 0…8.

    `moments` (n, 5) are those of the pixels above a threshold; `kernels.cpu` defines the ranges.
    Only pixels whose eight neighbours lie in the mask count.
    """
    cells = len(layout.step_um)
    counts = empties(len(image), (cells, 3, 2, 9), np.int64)
    masks = Each(listed(mask, len(image)), bool)
    given = (Each(image, np.uint16), masks, Each(moments, float), layout, Each(counts))
    launch("adjacency", "adjacency_counts", cells, *given)
    return counts
