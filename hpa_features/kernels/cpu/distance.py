"""Exact Euclidean distances inside crops."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.resample import NUCLEUS, OUTSIDE

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
def squared_distances(
    target: NDArray[np.bool_], starts: NDArray[np.int64], shape: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return (total,) int64: squared pixel distance to the nearest `target` pixel of the crop.

    0 on targets, −1 throughout a crop that has none. Exact integers, so mirror images and 90°
    turns agree to the last bit.

    References
    ----------
    Meijster, Roerdink & Hesselink 2000, A general algorithm for computing distance transforms
    in linear time.
    """
    squared = np.empty(starts[-1], np.int64)
    for cell in range(starts.size - 1):
        rows, columns = shape[cell]
        crop = target[starts[cell] : starts[cell + 1]]
        if not crop.any():
            squared[starts[cell] : starts[cell + 1]] = NO_TARGET
            continue
        gaps = _column_gaps(crop.reshape(rows, columns), rows + columns)
        for r in range(rows):
            line = starts[cell] + r * columns
            _row_envelope(gaps[r], squared[line : line + columns])
    return squared


@njit(cache=True, nogil=True)
def signed_lengths(
    region: NDArray[np.uint8],
    outward: NDArray[np.int64],
    inward: NDArray[np.int64],
    starts: NDArray[np.int64],
    step_um: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return (total,) float64: µm to the nuclear edge, negative in the nucleus, 0 outside cells.

    `outward` is the squared distance to the nearest nucleus pixel, `inward` to the nearest
    pixel that isn't; the edge lies half a pixel from the centres of the pixels beside it. A
    cell without nucleus has 0 everywhere.
    """
    length = np.zeros(region.size)
    for cell in range(starts.size - 1):
        for at in range(starts[cell], starts[cell + 1]):
            if region[at] == NUCLEUS:
                length[at] = -(np.sqrt(inward[at]) - 0.5) * step_um[cell]
            elif region[at] != OUTSIDE and outward[at] != NO_TARGET:
                length[at] = (np.sqrt(outward[at]) - 0.5) * step_um[cell]
    return length
