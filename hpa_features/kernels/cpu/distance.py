"""Exact Euclidean distances inside crops."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.resample import NUCLEUS, OUTSIDE
from hpa_features.kernels.layout import CropLayout


@njit(cache=True, nogil=True)
def _column_gaps(
    kinds: NDArray[np.uint8],
    kind: np.uint8,
    first: int,
    stride: int,
    gaps: NDArray[np.int32],
) -> None:
    """Write rows to the nearest target of the same column, at least `rows` where it has none."""
    rows, columns = gaps.shape
    last = np.full(columns, rows, np.int32)
    for r in range(rows):
        line, gap = kinds[first + r * stride : first + r * stride + columns], gaps[r]
        for c in range(columns):
            last[c] = gap[c] = np.int32(0) if line[c] == kind else np.int32(last[c] + 1)
    last[:] = rows
    for r in range(rows - 1, -1, -1):
        gap = gaps[r]
        for c in range(columns):
            last[c] = gap[c] = min(gap[c], np.int32(last[c] + 1))


@njit(cache=True, nogil=True)
def _never_lowest(
    left: float, left_height: float, at: float, height: float, right: float, right_height: float
) -> bool:
    """Whether the parabola in the middle lies above one of its neighbours at every place."""
    before, behind = at - left, right - at
    both = before + behind
    return both * height - behind * left_height - before * right_height > before * behind * both


@njit(cache=True, nogil=True)
def _row_distances(
    gap: NDArray[np.int32],
    farthest: int,
    apex: NDArray[np.float64],
    height: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write √ of the least (c − j)² + gap[j]² over j: the lower envelope of parabolas.

    `apex` and `height` are room for them. Floats hold the whole numbers exactly.
    """
    top, last = -1, gap.size - 1
    for c in range(gap.size):
        # Of a run of targets the ends alone are nearest to anything beyond it.
        within_run = 0 < c < last and gap[c - 1] == gap[c] == gap[c + 1] == 0
        if within_run or gap[c] >= farthest:
            continue
        at, square = float(c), float(gap[c]) * float(gap[c])
        while top >= 1 and _never_lowest(
            apex[top - 1], height[top - 1], apex[top], height[top], at, square
        ):
            top -= 1
        top += 1
        apex[top], height[top] = at, square
    k = 0
    for c in range(gap.size):
        if gap[c] == 0:
            out[c] = 0.0
            continue
        away = (c - apex[k]) * (c - apex[k]) + height[k]
        while k < top:
            next_away = (c - apex[k + 1]) * (c - apex[k + 1]) + height[k + 1]
            if next_away > away:
                break
            away = next_away
            k += 1
        out[c] = np.sqrt(away)


@njit(cache=True, nogil=True)
def fill_distances(
    kinds: NDArray[np.uint8],
    kind: np.uint8,
    first: int,
    stride: int,
    window: tuple[int, int],
    out: NDArray[np.float64],
) -> None:
    """Write pixel distances to the nearest pixel of a `kind` in a window, infinite without one.

    The window begins at `first`, in rows `stride` apart; `out` has its pixels in the same places.
    Squares are exact, so mirror images and 90° turns agree to the last bit.

    References
    ----------
    Meijster, Roerdink & Hesselink 2000, A general algorithm for computing distance transforms
    in linear time.
    """
    rows, columns = window
    gaps = np.empty((rows, columns), np.int32)
    _column_gaps(kinds, kind, first, stride, gaps)
    apex, height = np.empty(columns), np.empty(columns)
    for r in range(rows):
        line = out[first + r * stride : first + r * stride + columns]
        if gaps[r].min() >= rows:
            line[:] = np.inf
        else:
            _row_distances(gaps[r], rows, apex, height, line)


@njit(cache=True, nogil=True)
def target_distances(
    kinds: NDArray[np.uint8], kind: np.uint8, layout: CropLayout
) -> NDArray[np.float64]:
    """Return (total,) float64: pixel distances to the crop's nearest pixel of a `kind`.

    See `fill_distances`.
    """
    length = np.empty(layout.total)
    for cell in range(layout.starts.size - 1):
        rows, columns = layout.shape[cell]
        fill_distances(kinds, kind, layout.starts[cell], columns, (rows, columns), length)
    return length


@njit(cache=True, nogil=True)
def _nuclear_box(crop: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """First and last row and column of the nucleus, with one pixel about it; 0 without."""
    rows, columns = crop.shape
    top, left, bottom, right = rows, columns, -1, -1
    for r in range(rows):
        for c in range(columns):
            if crop[r, c] == NUCLEUS:
                top, bottom = min(top, r), max(bottom, r)
                left, right = min(left, c), max(right, c)
    if bottom < 0:
        return 0, 0, 0, 0
    return top - 1, left - 1, bottom + 2, right + 2


@njit(cache=True, nogil=True)
def nuclear_distances(region: NDArray[np.uint8], layout: CropLayout) -> NDArray[np.float64]:
    """Return (total,) float64, µm: to the nuclear edge, negative in the nucleus.

    The edge lies half a pixel from the centres of the pixels next to it. 0 outside the cell and
    throughout a cell without nucleus.
    """
    length = target_distances(region, np.uint8(NUCLEUS), layout)
    for cell in range(layout.starts.size - 1):
        begin, end = layout.starts[cell], layout.starts[cell + 1]
        rows, columns = layout.shape[cell]
        step = layout.step_um[cell]
        own, places = length[begin:end], region[begin:end]
        top, left, bottom, right = _nuclear_box(places.reshape(rows, columns))
        if bottom == 0:
            own[:] = 0.0
            continue
        for k in range(own.size):
            own[k] = (own[k] - 0.5) * step if places[k] != OUTSIDE else 0.0
        # Whatever lies nearest to a pixel of the nucleus lies in its box and one pixel about it.
        inward, outer = np.empty(own.size), (places != NUCLEUS).view(np.uint8)
        corner, window = top * columns + left, (bottom - top, right - left)
        fill_distances(outer, np.uint8(1), corner, columns, window, inward)
        for row in range(top, bottom):
            for k in range(row * columns + left, row * columns + right):
                if places[k] == NUCLEUS:
                    own[k] = -(inward[k] - 0.5) * step
    return length


@njit(cache=True, nogil=True)
def edge_distances(region: NDArray[np.uint8], layout: CropLayout) -> NDArray[np.float64]:
    """Return (total,) float64, µm: to the cell edge, 0 outside the cell.

    Where a cell is cut by the field's border, the cut counts as edge.
    """
    length = target_distances(region, np.uint8(OUTSIDE), layout)
    for cell in range(layout.starts.size - 1):
        own, step = length[layout.starts[cell] : layout.starts[cell + 1]], layout.step_um[cell]
        for k in range(own.size):
            own[k] = max(own[k] - 0.5, 0.0) * step
    return length


@each
@njit(cache=True, nogil=True)
def gaps(mask: NDArray[np.bool_], layout: CropLayout) -> NDArray[np.float64]:
    """Return (total,) float64, µm: from pixel centres to the nearest pixel's of a mask.

    0 in the mask, infinite throughout a crop without a pixel of it.
    """
    length = target_distances(mask.view(np.uint8), np.uint8(1), layout)
    for cell in range(layout.starts.size - 1):
        length[layout.starts[cell] : layout.starts[cell + 1]] *= layout.step_um[cell]
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
