"""`distance`: µm to the nuclear edge and to the cell edge."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.spec import Batch, Product, Products


@dataclass(frozen=True, slots=True)
class Distances:
    """Lengths on the working grid, from pixel centres to edges between pixels.

    Attributes
    ----------
    nucleus
        (total,) float64, µm: to the nuclear edge, negative inside; 0 outside the cell and
        throughout a cell without nucleus.
    edge
        (total,) float64, µm: to the cell edge, 0 outside. Where a cell is cut by the field's
        border, the cut counts as edge.
    has_nucleus
        (n,) bool.
    """

    nucleus: NDArray[np.float64]
    edge: NDArray[np.float64]
    has_nucleus: NDArray[np.bool_]


def make(kernels: ModuleType, batch: Batch, products: Products) -> Distances:
    """Measure both distances of every pixel, exactly."""
    grid: WorkingGrid = products["working"]
    place = (grid.starts, grid.shape)
    outside, nuclear = grid.region == 0, grid.region == 2
    outward = kernels.squared_distances(nuclear, *place)
    inward = kernels.squared_distances(~nuclear, *place)
    to_edge = np.sqrt(kernels.squared_distances(outside, *place)) - 0.5
    step = np.repeat(grid.step_um, np.diff(grid.starts))
    return Distances(
        nucleus=kernels.signed_lengths(grid.region, outward, inward, grid.starts, grid.step_um),
        edge=np.where(outside, 0.0, to_edge * step),
        has_nucleus=outward[grid.starts[:-1]] >= 0,
    )


PRODUCT = Product(name="distance", needs=("working",), make=make)
