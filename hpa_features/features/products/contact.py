"""`contact`: where a cell's edge touches another cell, and where it is free."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.features.products.index import CellIndex
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.spec import Batch, Product, Products

TOUCH_UM = 0.5  # between edges: masks of touching cells may leave a pixel between them
_FREE, _TOUCHING = 1, 2  # the kernels' kinds of edge


@dataclass(frozen=True, slots=True)
class Contacts:
    """Free and touching edge of n cells. The field's border is neither.

    Attributes
    ----------
    free_um, touching_um
        (n,) float64: native edge pixels of each kind times the pixel's edge.
    to_free, to_touching
        (total,) float64, µm on the working grid: from pixel centres to the nearest edge of the
        kind, infinite outside the cell and where it has none.
    """

    free_um: NDArray[np.float64]
    touching_um: NDArray[np.float64]
    to_free: NDArray[np.float64]
    to_touching: NDArray[np.float64]


def make(kernels: ModuleType, batch: Batch, products: Products) -> Contacts:
    """Find the edge pixels of every cell on its native label image, then the ways to them."""
    index: CellIndex = products["index"]
    grid: WorkingGrid = products["working"]
    field_um = np.array([field.pixel_size_um for field in batch.fields])
    # Pixel centres on both sides of an edge lie one pixel apart.
    kinds = kernels.edge_kinds(
        index.labels, index.field_start, index.field_shape, TOUCH_UM / field_um + 1.0
    )
    length = kernels.edge_lengths(kinds, index.position, index.offsets) * index.pixel_um[:, None]
    on_grid = kernels.grid_edge_kinds(
        kinds,
        index.labels,
        index.start,
        index.field_shape[index.field],
        index.box,
        grid.step_um / index.pixel_um,
        grid.starts,
        grid.shape,
        grid.region,
    )
    step = np.repeat(grid.step_um, np.diff(grid.starts))

    def away(kind: int) -> NDArray[np.float64]:
        square = kernels.squared_distances(on_grid == kind, grid.starts, grid.shape)
        there = (grid.region > 0) & (square >= 0)
        return np.where(there, (np.sqrt(np.maximum(square, 0)) + 0.5) * step, np.inf)

    return Contacts(length[:, 0], length[:, 1], away(_FREE), away(_TOUCHING))


PRODUCT = Product(name="contact", needs=("index", "working"), make=make)
