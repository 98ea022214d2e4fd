"""From native pixels to each cell's own working grid."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

OUTSIDE, CYTOPLASM, NUCLEUS = 0, 1, 2


@njit(cache=True, nogil=True)
def _overlaps(
    first: float, factor: float, low: int, high: int
) -> tuple[int, int, NDArray[np.float64]]:
    """Native pixels that [first, first + factor) overlaps within [low, high), and by how much."""
    begin = max(low, int(np.floor(first)))
    end = min(high, int(np.ceil(first + factor)))
    weights = np.zeros(max(end - begin, 0))
    for at in range(begin, end):
        weights[at - begin] = max(min(at + 1.0, first + factor) - max(float(at), first), 0.0)
    return begin, end, weights


@njit(cache=True, nogil=True)
def resample_regions(
    labels: NDArray[np.int32],
    nuclei: NDArray[np.bool_],
    start: NDArray[np.int64],
    width: NDArray[np.int64],
    box: NDArray[np.int64],
    factor: NDArray[np.float64],
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Return (total,) uint8: 0 outside, 1 cytoplasm, 2 nucleus, for every cell's crop in turn.

    A grid pixel belongs to the cell when the cell's own pixels cover at least half of it, and
    to the nucleus when nucleus pixels do. Crops have a margin of one outside pixel.

    Parameters
    ----------
    labels, nuclei
        Flat planes of the batch: cell number (1…n) and whether it is nucleus.
    start, width
        (n,) where the field of each cell begins in them, and its width in pixels.
    box
        (n, 4) bounding boxes in native pixels.
    factor
        (n,) native pixels per grid pixel along one side.
    starts, shape
        (n + 1,) and (n, 2): where each crop begins in the result, its rows and columns.
    """
    region = np.zeros(starts[-1], np.uint8)
    for cell in range(factor.size):
        f = factor[cell]
        rows, columns = shape[cell, 0] - 2, shape[cell, 1] - 2
        top, left, bottom, right = box[cell]
        first_row = top + 0.5 * ((bottom - top) - rows * f)
        first_column = left + 0.5 * ((right - left) - columns * f)
        half = 0.5 * f * f - 1e-9
        for r in range(rows):
            row0, row1, row_weights = _overlaps(first_row + r * f, f, top, bottom)
            for c in range(columns):
                col0, col1, col_weights = _overlaps(first_column + c * f, f, left, right)
                covered = 0.0
                nuclear = 0.0
                for row in range(row0, row1):
                    line = start[cell] + row * width[cell]
                    for col in range(col0, col1):
                        if labels[line + col] == cell + 1:
                            weight = row_weights[row - row0] * col_weights[col - col0]
                            covered += weight
                            if nuclei[line + col]:
                                nuclear += weight
                if covered >= half:
                    at = starts[cell] + (r + 1) * shape[cell, 1] + c + 1
                    region[at] = NUCLEUS if nuclear >= half else CYTOPLASM
    return region


@njit(cache=True, nogil=True)
def resample_signal(
    signal: NDArray[np.uint16],
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
    """Return (total,) uint16: `signal` on the working grid, 65535 at full scale, 0 outside.

    A grid pixel is the area-weighted mean over this cell's pixels in it (factor ≥ 1), or the
    linear interpolation from this cell's pixels about its centre (factor < 1), times `scale`
    (n,), rounded half up.
    """
    values = np.zeros(starts[-1], np.uint16)
    for cell in range(factor.size):
        f = factor[cell]
        rows, columns = shape[cell, 0] - 2, shape[cell, 1] - 2
        top, left, bottom, right = box[cell]
        first_row = top + 0.5 * ((bottom - top) - rows * f)
        first_column = left + 0.5 * ((right - left) - columns * f)
        # Linear interpolation weighs the pixels whose centres lie within one pixel of the
        # grid pixel's centre: the same overlap sum with a window of one native pixel.
        window = max(f, 1.0)
        shift = 0.5 * (f - window)
        for r in range(rows):
            row0, row1, row_weights = _overlaps(first_row + r * f + shift, window, top, bottom)
            for c in range(columns):
                at = starts[cell] + (r + 1) * shape[cell, 1] + c + 1
                if region[at] == OUTSIDE:
                    continue
                col0, col1, col_weights = _overlaps(
                    first_column + c * f + shift, window, left, right
                )
                total = 0.0
                covered = 0.0
                for row in range(row0, row1):
                    line = start[cell] + row * width[cell]
                    for col in range(col0, col1):
                        if labels[line + col] == cell + 1:
                            weight = row_weights[row - row0] * col_weights[col - col0]
                            covered += weight
                            total += weight * signal[line + col]
                values[at] = np.uint16(total / covered * scale[cell] + 0.5)
    return values
