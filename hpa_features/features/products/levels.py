"""`levels`: the protein in 32 gray levels of each cell's own range (DESIGN.md §4 rule 5)."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.spec import Batch, Product, Products

FEWEST_STEPS = 8


@dataclass(frozen=True, slots=True)
class GrayLevels:
    """Protein levels on the working grid.

    Attributes
    ----------
    levels
        (total,) uint8: 1…32 inside cells, 0 outside and in cells that are not usable.
    usable
        (n,) bool: the cell spans at least eight steps of its plane between its percentiles.
    """

    levels: NDArray[np.uint8]
    usable: NDArray[np.bool_]


def make(kernels: ModuleType, batch: Batch, products: Products) -> GrayLevels:
    """Quantise the protein of every cell."""
    grid, field = products["working"], products["index"].field
    steps = FEWEST_STEPS * products["steps"][Channel.PROTEIN]
    # Values of the grid are rounded: so many steps may lie one value closer there.
    span = np.floor(steps * 65535.0 / products["full_scale"][Channel.PROTEIN])[field]
    levels, usable = kernels.gray_levels(
        grid.values[Channel.PROTEIN], grid.region, grid.starts, span
    )
    return GrayLevels(levels, usable)


PRODUCT = Product(name="levels", needs=("index", "full_scale", "steps", "working"), make=make)
