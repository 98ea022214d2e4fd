"""Exact Euclidean distances inside crops."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.resample import NUCLEUS, OUTSIDE
from hpa_features.kernels.layout import CropLayout

NO_TARGET = -1


@njit(cache=True, nogil=True)
def _column_gaps(target: NDArray[np.bool_], far: int) -> NDArray[np.int64]:
    """Rows to the nearest target pixel of the same column, `far` where it has none."""
    rows, columns = target.shape
    gaps = np.empty((rows, columns), np.int64)
    for c in range(columns):
        gap = far
        for r in range(rows):
            gap = 0 if target[r, c] else min(gap + 1, far)
            gaps[r, c] = gap
        gap = far
        for r in range(rows - 1, -1, -1):
            gap = 0 if target[r, c] else min(gap + 1, far)
            gaps[r, c] = min(gaps[r, c], gap)
    return gaps


@njit(cache=True, nogil=True)
def _row_envelope(gap: NDArray[np.int64], out: NDArray[np.int64]) -> None:
    """Write min over j of (c − j)² + gap[j]² for every c: the lower envelope of parabolas."""
    columns = gap.size
    apex = np.empty(columns, np.int64)
    begin = np.empty(columns, np.int64)
    top = 0
    apex[0], begin[0] = 0, 0
    for c in range(1, columns):
        height = gap[c] * gap[c]
        while top >= 0:
            at, j = begin[top], apex[top]
            if (at - j) * (at - j) + gap[j] * gap[j] <= (at - c) * (at - c) + height:
                break
            top -= 1
        if top < 0:
            top = 0
            apex[0], begin[0] = c, 0
        else:
            j = apex[top]
            crossing = 1 + (c * c - j * j + height - gap[j] * gap[j]) // (2 * (c - j))
            if crossing < columns:
                top += 1
                apex[top], begin[top] = c, crossing
    for c in range(columns - 1, -1, -1):
        out[c] = (c - apex[top]) ** 2 + gap[apex[top]] ** 2
        if c == begin[top]:
            top -= 1


@njit(cache=True, nogil=True)
def squared_distances(target: NDArray[np.bool_], layout: CropLayout) -> NDArray[np.int64]:
    """Return (total,) int64: squared pixel distance to the nearest `target` pixel of the crop.

    0 on targets, −1 throughout a crop that has none. Exact integers, so mirror images and 90°
    turns agree to the last bit.

    References
    ----------
    Meijster, Roerdink & Hesselink 2000, A general algorithm for computing distance transforms
    in linear time.
    """
    squared = np.empty(layout.total, np.int64)
    for cell in range(layout.starts.size - 1):
        rows, columns = layout.shape[cell]
        crop = target[layout.starts[cell] : layout.starts[cell + 1]]
        if not crop.any():
            squared[layout.starts[cell] : layout.starts[cell + 1]] = NO_TARGET
            continue
        gaps = _column_gaps(crop.reshape(rows, columns), rows + columns)
        for r in range(rows):
            line = layout.starts[cell] + r * columns
            _row_envelope(gaps[r], squared[line : line + columns])
    return squared


@njit(cache=True, nogil=True)
def nuclear_distances(region: NDArray[np.uint8], layout: CropLayout) -> NDArray[np.float64]:
    """Return (total,) float64, µm: to the nuclear edge, negative in the nucleus.

    The edge lies half a pixel from the centres of the pixels next to it. 0 outside the cell and
    throughout a cell without nucleus.
    """
    nuclear = region == NUCLEUS
    outward = squared_distances(nuclear, layout)
    inward = squared_distances(~nuclear, layout)
    length = np.zeros(region.size)
    for cell in range(layout.starts.size - 1):
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if region[at] == NUCLEUS:
                length[at] = -(np.sqrt(inward[at]) - 0.5) * layout.step_um[cell]
            elif region[at] != OUTSIDE and outward[at] != NO_TARGET:
                length[at] = (np.sqrt(outward[at]) - 0.5) * layout.step_um[cell]
    return length


@njit(cache=True, nogil=True)
def edge_distances(region: NDArray[np.uint8], layout: CropLayout) -> NDArray[np.float64]:
    """Return (total,) float64, µm: to the cell edge, 0 outside the cell.

    Where a cell is cut by the field's border, the cut counts as edge.
    """
    squared = squared_distances(region == OUTSIDE, layout)
    length = np.zeros(region.size)
    for cell in range(layout.starts.size - 1):
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if region[at] != OUTSIDE:
                length[at] = (np.sqrt(squared[at]) - 0.5) * layout.step_um[cell]
    return length


@each
@njit(cache=True, nogil=True)
def gaps(mask: NDArray[np.bool_], layout: CropLayout) -> NDArray[np.float64]:
    """Return (total,) float64, µm: from pixel centres to the nearest pixel's of a mask.

    0 in the mask, infinite throughout a crop without a pixel of it.
    """
    squared = squared_distances(mask, layout)
    length = np.full(mask.size, np.inf)
    for cell in range(layout.starts.size - 1):
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if squared[at] >= 0:
                length[at] = np.sqrt(squared[at]) * layout.step_um[cell]
    return length


@each
@njit(cache=True, nogil=True)
def ways_from_nucleus(
    nucleus: NDArray[np.float64], edge: NDArray[np.float64], mask: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return (total,) float64: share of the way from the nuclear to the cell edge, in the mask.

    `nucleus` and `edge` are the distances to both; NaN outside the mask.
    """
    share = np.full(nucleus.size, np.nan)
    for at in range(nucleus.size):
        whole = nucleus[at] + edge[at]
        if mask[at] and whole != 0.0:
            share[at] = nucleus[at] / whole
    return share


@each
@njit(cache=True, nogil=True)
def ways_from_edge(edge: NDArray[np.float64], layout: CropLayout) -> NDArray[np.float64]:
    """Return (total,) float64: distance to the cell edge over the greatest of the cell's crop.

    NaN in a crop without cell.
    """
    share = np.full(edge.size, np.nan)
    for cell in range(layout.starts.size - 1):
        deepest = 0.0
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            deepest = max(deepest, edge[at])
        if deepest > 0.0:
            for at in range(layout.starts[cell], layout.starts[cell + 1]):
                share[at] = edge[at] / deepest
    return share
