"""How images vary together inside a part of each cell."""

from __future__ import annotations

from collections.abc import Sequence

import cupy

from hpa_features.kernels.gpu.launch import Array, Arrays, Table, launch, listed
from hpa_features.kernels.layout import CropLayout

TILE = 4
"""Images that a block reads at once: `covariances.cu` has it too."""


def covariances(images: list[Sequence[Array]], mask: Arrays | Array, layout: CropLayout) -> Arrays:
    """Return (n, 1 + k + k²): pixels of a mask, then means and covariances of k images over them.

    Covariances are divided by the count, in two passes. Zeros for a cell without such pixels.
    """
    tables = zip(images, listed(mask, len(images)), strict=True)
    return [_table(some, inside, layout) for some, inside in tables]


def _table(images: Sequence[Array], mask: Array, layout: CropLayout) -> Array:
    cells, kinds = len(layout.step_um), len(images)
    packed = cupy.empty((cells, 1 + kinds + kinds * kinds), float)
    tiles = -(-kinds // TILE)
    given = (Table(images), kinds, mask, layout, packed)
    launch("covariances", "image_means", (cells, tiles), *given)
    launch("covariances", "image_covariances", (cells, tiles * (tiles + 1) // 2), *given)
    return packed
