"""Label images: where each cell's pixels are."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.layout import NativeLayout


@njit(cache=True, nogil=True)
def _sums_and_boxes(
    labels: NDArray[np.int32],
    count: int,
    field_start: NDArray[np.int64],
    field_shape: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (count, 3) pixels, Σ row and Σ column of each label and (count, 4) its box.

    From runs along rows; sums of integers, so no order of pixels decides. A box is the first row
    and column, and one past the last row and column.
    """
    sums = np.zeros((count, 3), np.int64)
    boxes = np.zeros((count, 4), np.int64)
    for field in range(field_start.size):
        rows, columns = field_shape[field]
        for row in range(rows):
            begin = field_start[field] + row * columns
            line = labels[begin : begin + columns]
            column = 0
            while column < columns:
                label, left = line[column], column
                while column < columns and line[column] == label:
                    column += 1
                if label > 0:
                    pixels, own, box = column - left, sums[label - 1], boxes[label - 1]
                    if own[0] == 0:
                        box[0], box[1], box[3] = row, left, column
                    box[1], box[2], box[3] = min(box[1], left), row + 1, max(box[3], column)
                    own[0] += pixels
                    own[1] += pixels * row
                    own[2] += pixels * (left + column - 1) // 2
    return sums, boxes


@njit(cache=True, nogil=True)
def _list_pixels(labels: NDArray[np.int32], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return flat positions of the pixels of label 1, then of label 2, …, each in raster order.

    `offsets` (n + 1) int64 states where each label's stretch begins (a counting sort).
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
def native_counts(native: NativeLayout) -> NDArray[np.int64]:
    """Return (n, 2) int64: native pixels of each cell, and of its nucleus."""
    counts = np.zeros((native.offsets.size - 1, 2), np.int64)
    for cell in range(native.offsets.size - 1):
        counts[cell, 0] = native.offsets[cell + 1] - native.offsets[cell]
        for at in range(native.offsets[cell], native.offsets[cell + 1]):
            counts[cell, 1] += native.nuclei[native.position[at]]
    return counts


@njit(cache=True, nogil=True)
def label_places(
    labels: NDArray[np.int32],
    count: int,
    field_start: NDArray[np.int64],
    field_shape: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return (count, 2): mean row and mean column of the pixels of each label, 0 without any."""
    sums, _ = _sums_and_boxes(labels, count, field_start, field_shape)
    places = np.zeros((count, 2))
    for label in range(count):
        pixels = max(sums[label, 0], 1)
        places[label, 0], places[label, 1] = sums[label, 1] / pixels, sums[label, 2] / pixels
    return places


def index_cells(
    labels: NDArray[np.int32],
    nuclei: NDArray[np.bool_],
    field: NDArray[np.int64],
    field_start: NDArray[np.int64],
    field_shape: NDArray[np.int64],
    field_um: NDArray[np.float64],
) -> NativeLayout:
    """Return the layout of the cells that flat planes of labels 1…n hold."""
    sums, box = _sums_and_boxes(labels, field.size, field_start, field_shape)
    offsets = np.concatenate(([0], np.cumsum(sums[:, 0])))
    position = _list_pixels(labels, offsets)
    return NativeLayout(
        labels, nuclei, offsets, position, box, field, field_start, field_shape, field_um
    )
