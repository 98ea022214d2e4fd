"""Labels of a coarse flow on a finer grid: outlines between the coarse pixels, not along them."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.field.flows import sampled, walk


@njit(cache=True, nogil=True, inline="always")
def _place(fine: int, size: int, sizes: int) -> np.float32:
    """Return where the centre of a fine pixel is, in coarse pixels and within their centres."""
    place = (fine + 0.5) * size / sizes - 0.5
    return np.float32(min(max(place, 0.0), size - 1.0))


@njit(cache=True, nogil=True, inline="always")
def _around(labels: NDArray[np.int32], y: np.float32, x: np.float32) -> int:
    """Return the one label of the four pixels around a place, -1 where they have several."""
    top, left = int(y), int(x)
    bottom, beside = min(top + 1, labels.shape[0] - 1), min(left + 1, labels.shape[1] - 1)
    label = labels[top, left]
    same = label == labels[top, beside] == labels[bottom, left] == labels[bottom, beside]
    return label if same else -1


@njit(cache=True, nogil=True)
def fine_labels(
    labels: NDArray[np.int32],
    flow: NDArray[np.float32],
    height: NDArray[np.float32],
    lowest: float,
    shape: tuple[int, int],
    steps: int,
) -> NDArray[np.int32]:
    """Return labels of `shape`: where `height` is above `lowest`, that which the path leads to.

    Parameters
    ----------
    labels
        (rows, columns) coarse labels.
    flow
        (rows, columns, 2) pixels down and right a step; 0 outside cells.
    height
        (rows, columns) passes `lowest` at the outlines; linear between pixels.
    lowest
        Of pixels inside.
    shape
        (rows, columns) of the fine grid, which covers the same area.
    steps
        Most steps of a path before it counts as ended.
    """
    rows, columns = labels.shape
    found = np.zeros(shape, np.int32)
    level = height.reshape((rows, columns, 1))
    for r in range(shape[0]):
        for c in range(shape[1]):
            y, x = _place(r, rows, shape[0]), _place(c, columns, shape[1])
            label = _around(labels, y, x)
            if label == 0 or sampled(level, y, x, 0) <= lowest:
                continue
            for _ in range(steps):
                if label >= 0:
                    break
                y, x = walk(flow, y, x, 1)
                label = _around(labels, y, x)
            found[r, c] = label if label >= 0 else labels[int(y + 0.5), int(x + 0.5)]
    return found
