"""`working`: every cell on a grid of its own, in µm (DESIGN.md §4 rule 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.products.index import CellIndex
from hpa_features.features.spec import Batch, Compartment, Product, Products


@dataclass(frozen=True, slots=True)
class WorkingGrid:
    """The crops of n cells end to end, each row by row with a margin of one outside pixel.

    Attributes
    ----------
    starts
        (n + 1,) int64: the crop of cell i is ``[starts[i]:starts[i + 1]]``.
    shape
        (n, 2) int64: its rows and columns.
    step_um
        (n,) float64: edge of its grid pixels, within 5 % of the grid asked for.
    region
        (total,) uint8: 0 outside the cell, 1 cytoplasm, 2 nucleus.
    values
        Channel → (total,) uint16: signal, 65535 at full scale; 0 outside the cell.
    """

    starts: NDArray[np.int64]
    shape: NDArray[np.int64]
    step_um: NDArray[np.float64]
    region: NDArray[np.uint8]
    values: Mapping[Channel, NDArray[np.uint16]]

    def inside(self, compartment: Compartment) -> NDArray[np.bool_]:
        """(total,) bool: the pixels of `compartment`."""
        if compartment == Compartment.CELLS:
            return np.asarray(self.region > 0)
        return np.asarray(self.region == (2 if compartment == Compartment.NUCLEI else 1))


def grid_factor(pixel_um: NDArray[np.float64], grid_um: float) -> NDArray[np.float64]:
    """Return native pixels per grid pixel; within 5 % of an integer it is that integer."""
    factor = grid_um / pixel_um
    whole = np.maximum(np.round(factor), 1.0)
    return np.where(np.abs(factor - whole) <= 0.05 * whole, whole, factor)


def make(kernels: ModuleType, batch: Batch, products: Products) -> WorkingGrid:
    """Resample every cell from its own pixels only."""
    index: CellIndex = products["index"]
    factor = grid_factor(index.pixel_um, batch.grid_um)
    extent = np.stack([index.box[:, 2] - index.box[:, 0], index.box[:, 3] - index.box[:, 1]], 1)
    shape = np.ceil(extent / factor[:, None] - 1e-9).astype(np.int64) + 2
    starts = np.concatenate(([0], np.cumsum(shape[:, 0] * shape[:, 1])))
    geometry = (index.start, index.width, index.box, factor, starts, shape)
    region = kernels.resample_regions(index.labels, index.nuclei, *geometry)
    values = {}
    for channel in batch.channels:
        scale = np.array([65535.0 / f.full_scale[channel] for f in batch.fields])[index.field]
        values[channel] = kernels.resample_signal(
            products["signal"][channel], scale, index.labels, *geometry, region
        )
    return WorkingGrid(starts, shape, factor * index.pixel_um, region, values)


PRODUCT = Product(name="working", needs=("index", "signal"), make=make)
