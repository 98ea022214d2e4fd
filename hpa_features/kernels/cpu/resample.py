"""From native pixels to each cell's own working grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.layout import CropLayout, NativeLayout, crop_layout_of

Four = tuple[NDArray[np.uint16], ...]
OUTSIDE, CYTOPLASM, NUCLEUS = 0, 1, 2
# Exact halves go up, though the last digits of a mean depend on the container of the pixels.
HALF_UP = 0.5 + 1e-6


@njit(cache=True, nogil=True)
def _overlaps(
    firsts: NDArray[np.float64], window: float, high: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Native pixels within [0, high) that each [first, first + window) overlaps, and how much.

    (m,) begins, (m,) ends, and (m, ⌈window⌉ + 1) weights of the pixels from each begin on.
    """
    begins = np.zeros(firsts.size, np.int64)
    ends = np.zeros(firsts.size, np.int64)
    weights = np.zeros((firsts.size, int(np.ceil(window)) + 1))
    for k in range(firsts.size):
        first = firsts[k]
        begins[k] = begin = max(0, int(np.floor(first)))
        ends[k] = end = min(high, int(np.ceil(first + window)))
        for at in range(begin, end):
            weights[k, at - begin] = max(min(at + 1.0, first + window) - max(float(at), first), 0.0)
    return begins, ends, weights


@njit(cache=True, nogil=True)
def _first_edges(high: int, count: int, factor: float) -> NDArray[np.float64]:
    """Where each of `count` grid pixels begins, in native pixels, centred on [0, high).

    Counted from the cell's own box: from the field's corner, the last digits would depend on
    where the cell lies.
    """
    first = 0.5 * (high - count * factor)
    return first + np.arange(count).astype(np.float64) * factor


@njit(cache=True, nogil=True)
def _regions(
    labels: NDArray[np.int32],
    nuclei: NDArray[np.bool_],
    start: NDArray[np.int64],
    width: NDArray[np.int64],
    box: NDArray[np.int64],
    factor: NDArray[np.float64],
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
) -> NDArray[np.uint8]:
    region = np.zeros(starts[-1], np.uint8)
    for cell in range(factor.size):
        f = factor[cell]
        rows, columns = shape[cell, 0] - 2, shape[cell, 1] - 2
        top, left, bottom, right = box[cell]
        half = 0.5 * f * f - 1e-9
        height, length = bottom - top, right - left
        row0, row1, tall = _overlaps(_first_edges(height, rows, f), f, height)
        col0, col1, wide = _overlaps(_first_edges(length, columns, f), f, length)
        corner = start[cell] + top * width[cell] + left
        for r in range(rows):
            for c in range(columns):
                covered = 0.0
                nuclear = 0.0
                for row in range(row0[r], row1[r]):
                    line = corner + row * width[cell]
                    for col in range(col0[c], col1[c]):
                        if labels[line + col] == cell + 1:
                            weight = tall[r, row - row0[r]] * wide[c, col - col0[c]]
                            covered += weight
                            if nuclei[line + col]:
                                nuclear += weight
                if covered >= half:
                    at = starts[cell] + (r + 1) * shape[cell, 1] + c + 1
                    region[at] = NUCLEUS if nuclear >= half else CYTOPLASM
    return region


@njit(cache=True, nogil=True)
def _signals(
    signals: Four,
    scale: NDArray[np.float64],
    labels: NDArray[np.int32],
    start: NDArray[np.int64],
    width: NDArray[np.int64],
    box: NDArray[np.int64],
    factor: NDArray[np.float64],
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
    region: NDArray[np.uint8],
) -> NDArray[np.uint16]:
    """Return (4, total): four channels at once, by `scale` (4, n)."""
    a, b, c, d = signals
    values = np.zeros((4, starts[-1]), np.uint16)
    for cell in range(factor.size):
        f = factor[cell]
        rows, columns = shape[cell, 0] - 2, shape[cell, 1] - 2
        top, left, bottom, right = box[cell]
        height, length = bottom - top, right - left
        row0, row1, tall = _overlaps(_first_edges(height, rows, f), f, height)
        col0, col1, wide = _overlaps(_first_edges(length, columns, f), f, length)
        corner = start[cell] + top * width[cell] + left
        for r in range(rows):
            for k in range(columns):
                at = starts[cell] + (r + 1) * shape[cell, 1] + k + 1
                if region[at] == OUTSIDE:
                    continue
                covered = v = w = x = y = 0.0
                for row in range(row0[r], row1[r]):
                    line = corner + row * width[cell]
                    for pixel in range(line + col0[k], line + col1[k]):
                        if labels[pixel] == cell + 1:
                            weight = tall[r, row - row0[r]] * wide[k, pixel - line - col0[k]]
                            covered += weight
                            v += weight * a[pixel]
                            w += weight * b[pixel]
                            x += weight * c[pixel]
                            y += weight * d[pixel]
                for channel, total in enumerate((v, w, x, y)):
                    value = total / covered * scale[channel, cell] + HALF_UP
                    values[channel, at] = np.uint16(value)
    return values


def crop_layout(native: NativeLayout, grid_um: float) -> CropLayout:
    """Return where each cell's crop on the working grid lies, a margin of one pixel about it."""
    return crop_layout_of(native.box, native.field_um[native.field], grid_um)


def _geometry(native: NativeLayout, layout: CropLayout) -> tuple[Any, Any, Any, Any, Any, Any]:
    start, width = native.field_start[native.field], native.field_shape[native.field, 1]
    factor = layout.step_um / native.field_um[native.field]
    return start, width, native.box, factor, layout.starts, layout.shape


def resample_regions(native: NativeLayout, layout: CropLayout) -> NDArray[np.uint8]:
    """Return (total,) uint8: 0 outside, 1 cytoplasm, 2 nucleus, for every cell's crop in turn.

    A grid pixel belongs to the cell when the cell's own pixels cover at least half of it, and
    to the nucleus when nucleus pixels do.
    """
    return _regions(native.labels, native.nuclei, *_geometry(native, layout))


def resample_signals(
    signals: list[NDArray[np.uint16]],
    scales: list[NDArray[np.float64]],
    native: NativeLayout,
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> list[NDArray[np.uint16]]:
    """Return each of the signals on the working grid, (total,) uint16, 0 outside the cell.

    A grid pixel is the area-weighted mean over this cell's pixels in it, times the cell's scale
    (n,), rounded half up; grid pixels finer than the field's repeat them, with a mixture at their
    edges.
    """
    grids: list[NDArray[np.uint16]] = []
    geometry = _geometry(native, layout)
    for first in range(0, len(signals), 4):
        four = [min(first + k, len(signals) - 1) for k in range(4)]
        scale = np.stack([scales[k] for k in four])
        some = tuple(signals[k] for k in four)
        grids.extend(_signals(some, scale, native.labels, *geometry, region))
    return grids[: len(signals)]
