"""One pass over label images: where each cell's pixels are."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.layout import NativeLayout


@njit(cache=True, nogil=True)
def _count_pixels(labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return (count,) int64: pixels of each label 1…count in flat `labels`."""
    pixels = np.zeros(count, np.int64)
    for label in labels:
        if label > 0:
            pixels[label - 1] += 1
    return pixels


@njit(cache=True, nogil=True)
def _list_pixels(labels: NDArray[np.int32], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return flat positions of the pixels of label 1, then of label 2, …, each in raster order.

    `offsets` (n + 1) int64 says where each label's stretch begins (a counting sort).
    """
    place = offsets[:-1].copy()
    position = np.empty(offsets[-1], np.int64)
    for at in range(labels.size):
        label = labels[at]
        if label > 0:
            position[place[label - 1]] = at
            place[label - 1] += 1
    return position


@njit(cache=True, nogil=True)
def _bounding_boxes(
    position: NDArray[np.int64],
    offsets: NDArray[np.int64],
    start: NDArray[np.int64],
    width: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return (n, 4) int64: first row and column, one past the last row and column.

    `start` and `width` (n,) say where the field of each cell begins in the flat planes and how
    wide it is.
    """
    boxes = np.empty((offsets.size - 1, 4), np.int64)
    for cell in range(offsets.size - 1):
        top, left, bottom, right = np.int64(2**62), np.int64(2**62), np.int64(-1), np.int64(-1)
        for at in range(offsets[cell], offsets[cell + 1]):
            row = (position[at] - start[cell]) // width[cell]
            column = (position[at] - start[cell]) % width[cell]
            top, left = min(top, row), min(left, column)
            bottom, right = max(bottom, row), max(right, column)
        boxes[cell] = top, left, bottom + 1, right + 1
    return boxes


@njit(cache=True, nogil=True)
def native_counts(native: NativeLayout) -> NDArray[np.int64]:
    """Return (n, 2) int64: native pixels of each cell, and of its nucleus."""
    counts = np.zeros((native.offsets.size - 1, 2), np.int64)
    for cell in range(native.offsets.size - 1):
        counts[cell, 0] = native.offsets[cell + 1] - native.offsets[cell]
        for at in range(native.offsets[cell], native.offsets[cell + 1]):
            counts[cell, 1] += native.nuclei[native.position[at]]
    return counts


def index_cells(
    labels: NDArray[np.int32],
    nuclei: NDArray[np.bool_],
    field: NDArray[np.int64],
    field_start: NDArray[np.int64],
    field_shape: NDArray[np.int64],
    field_um: NDArray[np.float64],
) -> NativeLayout:
    """Return the layout of the cells that flat planes of labels 1…n hold, made in one pass."""
    offsets = np.concatenate(([0], np.cumsum(_count_pixels(labels, field.size))))
    position = _list_pixels(labels, offsets)
    box = _bounding_boxes(position, offsets, field_start[field], field_shape[field, 1])
    return NativeLayout(
        labels, nuclei, offsets, position, box, field, field_start, field_shape, field_um
    )
