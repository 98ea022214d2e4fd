"""`index`: one flat pixel list per cell over the whole batch, made in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.features.spec import Batch, Product, Products


@dataclass(frozen=True, slots=True)
class CellIndex:
    """Where the batch's n cells are in its flat planes (all fields ravelled, end to end).

    Attributes
    ----------
    labels
        (pixels,) int32: cell number 1…n in the batch, 0 outside.
    nuclei
        (pixels,) bool: nucleus pixels.
    offsets
        (n + 1,) int64: the pixels of cell i are ``position[offsets[i]:offsets[i + 1]]``.
    position
        (covered pixels,) int64: flat positions, in raster order within each cell.
    field
        (n,) int64: number of each cell's field in the batch.
    start, width
        (n,) int64: where that field begins in the flat planes, and its width in pixels.
    box
        (n, 4) int64: first row, first column, one past last row, one past last column.
    pixel_um
        (n,) float64: edge of a native pixel.
    field_start, field_shape
        (f,) and (f, 2) int64: where each of the f fields begins in the flat planes, its rows and
        columns.
    """

    labels: NDArray[np.int32]
    nuclei: NDArray[np.bool_]
    offsets: NDArray[np.int64]
    position: NDArray[np.int64]
    field: NDArray[np.int64]
    start: NDArray[np.int64]
    width: NDArray[np.int64]
    box: NDArray[np.int64]
    pixel_um: NDArray[np.float64]
    field_start: NDArray[np.int64]
    field_shape: NDArray[np.int64]


def _flat_labels(batch: Batch) -> NDArray[np.int32]:
    if len(batch.masks) == 1:
        return batch.masks[0].cells.ravel()
    parts, before = [], 0
    for masks in batch.masks:
        cells = masks.cells.ravel()
        parts.append(np.where(cells > 0, cells + before, 0).astype(np.int32))
        before += masks.count
    return np.concatenate(parts) if parts else np.zeros(0, np.int32)


def make(kernels: ModuleType, batch: Batch, products: Products) -> CellIndex:
    """Index the cells of `batch`; the first product, so it needs no other."""
    labels = _flat_labels(batch)
    counts = kernels.count_pixels(labels, batch.cell_count)
    offsets = np.concatenate(([0], np.cumsum(counts)))
    position = kernels.list_pixels(labels, offsets)
    field = np.repeat(np.arange(len(batch.masks)), [m.count for m in batch.masks])
    shapes = np.array([m.cells.shape for m in batch.masks], np.int64).reshape(-1, 2)
    starts = np.concatenate(([0], np.cumsum(shapes.prod(1))))[: len(shapes)].astype(np.int64)
    start, width = starts[field], shapes[field, 1]
    return CellIndex(
        labels=labels,
        nuclei=np.concatenate([m.nuclei.ravel() for m in batch.masks]) > 0,
        offsets=offsets,
        position=position,
        field=field,
        start=start,
        width=width,
        box=kernels.bounding_boxes(position, offsets, start, width),
        pixel_um=np.array([f.pixel_size_um for f in batch.fields])[field],
        field_start=starts,
        field_shape=shapes,
    )


PRODUCT = Product(name="index", needs=(), make=make)
