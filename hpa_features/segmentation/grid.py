"""The grid that masks are found on: 0.32 µm or the field's own pixel, whichever is coarser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Plane
from hpa_features.kernels.cpu.field.scale import block_means, enlarged
from hpa_features.kernels.cpu.field.smooth import gaussian
from hpa_features.segmentation.nearest import Nearest

# Optical resolution of a 63x/1.4 oil lens is about 0.2 µm: outlines are no finer than this, and a
# 2048² field at 0.08 µm costs what a 512² field costs.
GRID_UM = 0.32


@dataclass(frozen=True, slots=True)
class Grid:
    """How a field's pixels map to grid pixels.

    Attributes
    ----------
    shape
        (rows, columns) of the field.
    factor
        Field pixels along the edge of a grid pixel.
    um
        Edge of a grid pixel in µm.
    """

    shape: tuple[int, int]
    factor: int
    um: float

    @classmethod
    def of(cls, shape: tuple[int, int], pixel_size_um: float) -> Grid:
        """Return the grid for a field of `shape` with pixels of `pixel_size_um`."""
        factor = max(1, round(GRID_UM / pixel_size_um))
        factor = min(factor, *shape)
        return cls(shape, factor, factor * pixel_size_um)

    def pixels(self, um: float) -> float:
        """Return a length in grid pixels."""
        return um / self.um

    def area(self, um2: float) -> float:
        """Return an area in grid pixels."""
        return um2 / self.um**2

    def reduce(self, plane: Plane) -> NDArray[np.float32]:
        """Return the mean of `plane` over each grid pixel; edges are repeated to fill the last."""
        if self.factor == 1:
            return plane.astype(np.float32)
        return block_means(plane, self.factor)

    def enlarge(self, labels: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return grid labels at the field's own pixels, outlines smoothed over one grid pixel."""
        if self.factor == 1:
            return labels
        # The smoothed 0/1 mask passes 0.5 at the outline, between the steps of the grid.
        share = gaussian((labels > 0).astype(np.float32), 1.0, "edge")
        return enlarged(share, Nearest.of(labels).label, self.factor, self.shape)
