"""The grid that masks are found on: 0.32 µm or the field's own pixel, whichever is coarser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from skimage.transform import resize

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

    def reduce(self, plane: NDArray[np.number]) -> NDArray[np.float32]:
        """Return the mean of `plane` over each grid pixel; edges are repeated to fill the last."""
        f = self.factor
        if f == 1:
            return plane.astype(np.float32)
        rows, columns = self.shape
        padded = np.pad(plane, ((0, -rows % f), (0, -columns % f)), mode="edge")
        tall, wide = padded.shape[0] // f, padded.shape[1] // f
        blocks = padded.reshape(tall, f, wide, f)
        reduced: NDArray[np.float32] = blocks.mean(axis=(1, 3), dtype=np.float32)
        return reduced

    def enlarge(self, labels: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return grid labels at the field's own pixels, outlines smoothed over one grid pixel."""
        f = self.factor
        if f == 1:
            return labels
        rows, columns = self.shape
        whole = (labels.shape[0] * f, labels.shape[1] * f)
        # The smoothed 0/1 mask passes 0.5 at the outline, between the steps of the grid.
        inside = ndi.gaussian_filter((labels > 0).astype(np.float32), 1.0, mode="nearest")
        fine = resize(inside, whole, order=1, mode="edge", anti_aliasing=False) > 0.5
        nearest = ndi.distance_transform_edt(
            labels == 0, return_distances=False, return_indices=True
        )
        spread = labels[tuple(nearest)].repeat(f, axis=0).repeat(f, axis=1)
        return np.where(fine, spread, 0)[:rows, :columns].astype(np.int32)
