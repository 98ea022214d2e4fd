"""Label images: where each cell's pixels are."""

from __future__ import annotations

import cupy
import numpy as np

from hpa_features.kernels.gpu.launch import Array, launch, over
from hpa_features.kernels.layout import NativeLayout

SPAN = 16
"""Pixels that a thread of `counts_and_boxes` reads."""


def index_cells(
    labels: Array,
    nuclei: Array,
    field: Array,
    field_start: Array,
    field_shape: Array,
    field_um: Array,
) -> NativeLayout:
    """Return the layout of the cells that flat planes of labels 1…n hold.

    It waits for the device: how many pixels are covered gives the length of their list.
    """
    cells, farthest = field.size, np.iinfo(np.int32).max
    found = np.zeros((cells, 5), np.int32)
    found[:, 1:3] = farthest
    extents = cupy.asarray(found)
    fields = (field_start, field_shape, field_start.size)
    launch(
        "index",
        "counts_and_boxes",
        over(-(-labels.size // SPAN)),
        labels,
        labels.size,
        *fields,
        extents,
    )
    found = extents.get()
    found[found[:, 0] == 0] = 0
    box = cupy.asarray(found[:, 1:].astype(np.int64))
    ends = np.concatenate(([0], np.cumsum(found[:, 0], dtype=np.int64)))
    offsets = cupy.asarray(ends)
    position = cupy.empty(int(ends[-1]), np.int64)
    launch(
        "index",
        "list_pixels",
        cells,
        labels,
        field,
        field_start,
        field_shape,
        box,
        offsets,
        position,
    )
    return NativeLayout(
        labels, nuclei, offsets, position, box, field, field_start, field_shape, field_um
    )


def native_counts(native: NativeLayout) -> Array:
    """Return (n, 2) int64: native pixels of each cell, and of its nucleus."""
    counts = cupy.empty((native.field.size, 2), np.int64)
    launch("index", "native_counts", native.field.size, native, counts)
    return counts
