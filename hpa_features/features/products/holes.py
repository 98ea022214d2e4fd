"""`holes`: how DNA-poor a place of the nucleus is; its poorest places are the nucleoli."""

from __future__ import annotations

from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.products.distance import Distances
from hpa_features.features.products.smooth import Smooth
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.spec import Batch, Product, Products

RIM_UM = 0.6  # DNA fades at the nuclear edge by blur alone; that is no hole
SIGMA_NM = 320
NO_RANK = -1.0


def make(kernels: ModuleType, batch: Batch, products: Products) -> NDArray[np.float64]:
    """Return (total,) float64: share of the nuclear interior with less DNA than this place.

    0…1, equal places at the middle of their span; −1 outside the interior, which is the nucleus
    without its outermost 0.6 µm. DNA is smoothed by σ = 0.32 µm and rounded to the grid's steps.
    """
    grid: WorkingGrid = products["working"]
    distances: Distances = products["distance"]
    smooth: Smooth = products["smooth"]
    inside = (grid.region == 2) & (distances.nucleus <= -RIM_UM)
    dna = np.rint(smooth[Channel.DNA, SIGMA_NM]).astype(np.uint16)
    ranks, _ = kernels.pixel_ranks(dna, inside, grid.starts)
    area, _ = kernels.weighted_means(ranks, inside.astype(np.float64), grid.starts)
    size = np.repeat(np.maximum(area, 1.0), np.diff(grid.starts))
    return np.where(inside, (ranks - 0.5) / size, NO_RANK)


PRODUCT = Product(name="holes", needs=("working", "distance", "smooth"), make=make)
