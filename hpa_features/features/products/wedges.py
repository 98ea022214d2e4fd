"""`wedges`: which eighth of the circle about the nucleus a pixel lies in."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.spec import Batch, Product, Products

WEDGES = 8


@dataclass(frozen=True, slots=True)
class Wedges:
    """Directions about the nuclear centroid (the cell's where it has no nucleus).

    Attributes
    ----------
    centre
        (n, 2) float64: row and column in the crop.
    first, second
        (total,) int8: 0…7, −1 outside. They differ only on borders between wedges, where each
        side gets half of the pixel.
    """

    centre: NDArray[np.float64]
    first: NDArray[np.int8]
    second: NDArray[np.int8]

    def sums(
        self,
        kernels: ModuleType,
        values: NDArray[np.uint16],
        rings: NDArray[np.int16],
        starts: NDArray[np.int64],
        count: int,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (n, count, 8) pixels and Σ values of each ring's wedges; ring −1 is left out."""
        pixels, totals = np.zeros((2, len(self.centre), count * WEDGES))
        for wedge in (self.first, self.second):
            both = np.where((rings >= 0) & (wedge >= 0), rings * WEDGES + wedge, -1)
            found = kernels.bin_sums(values, both.astype(np.int16), starts, count * WEDGES)
            pixels += 0.5 * found[0]
            totals += 0.5 * found[1]
        split = (len(self.centre), count, WEDGES)
        return pixels.reshape(split), totals.reshape(split)


def wedge_cv(pixels: NDArray[np.float64], totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return standard deviation / mean over the wedges' means (last axis), NaN without signal.

    Wedges without pixels are left out.
    """
    used = pixels > 0
    sides = np.maximum(used.sum(-1), 1)
    means = np.where(used, totals / np.maximum(pixels, 0.5), 0.0)
    middle = means.sum(-1) / sides
    spread = np.where(used, means - middle[..., None], 0.0)
    deviation = np.sqrt((spread**2).sum(-1) / sides)
    return np.where(middle > 0, deviation / np.where(middle > 0, middle, 1.0), np.nan)


def make(kernels: ModuleType, batch: Batch, products: Products) -> Wedges:
    """Number the wedges of every cell."""
    grid: WorkingGrid = products["working"]
    place = (grid.starts, grid.shape)
    centre = kernels.centroids(grid.region == 2, *place)
    whole = kernels.centroids(grid.region > 0, *place)
    centre = np.where(np.isnan(centre), whole, centre)
    # A cell whose native pixels cover less than half of every grid pixel has no grid pixel.
    centre = np.nan_to_num(centre)
    return Wedges(centre, *kernels.wedge_numbers(grid.region, centre, *place))


PRODUCT = Product(name="wedges", needs=("working",), make=make)
