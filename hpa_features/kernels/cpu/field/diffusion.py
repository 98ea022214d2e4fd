"""How well labels fit a flow: the flow that each label would have, by diffusion from its centre.

Formula: Stringer et al. 2021, Methods; the package's `dynamics.masks_to_flows` and
`metrics.flow_error` in version 3.1.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.field.regions import boxes


@njit(cache=True, nogil=True)
def _centre(inside: NDArray[np.float64]) -> tuple[int, int]:
    """Return the pixel of a mask nearest to the mean of its pixels, the first of several."""
    rows, columns = inside.shape
    total, down, right = 0.0, 0.0, 0.0
    for r in range(rows):
        for c in range(columns):
            total += inside[r, c]
            down += inside[r, c] * r
            right += inside[r, c] * c
    down, right = down / total, right / total
    best, row, column = np.inf, 0, 0
    for r in range(rows):
        for c in range(columns):
            far = (r - down) ** 2 + (c - right) ** 2
            if inside[r, c] > 0 and far < best:
                best, row, column = far, r, c
    return row, column


@njit(cache=True, nogil=True, fastmath={"contract"})
def _diffused(inside: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Return heat after `steps`, each adding 1 at the centre and taking means of 3 × 3 pixels.

    `inside` is 1 in the mask and 0 elsewhere, also in a frame of one pixel; heat is lost there.
    """
    rows, columns = inside.shape
    row, column = _centre(inside)
    heat, sums = np.zeros((rows, columns)), np.zeros((rows, columns))
    for _ in range(steps):
        heat[row, column] += 1.0
        for r in range(rows):
            for c in range(1, columns - 1):
                sums[r, c] = heat[r, c - 1] + heat[r, c] + heat[r, c + 1]
        for r in range(1, rows - 1):
            for c in range(1, columns - 1):
                mean = (sums[r - 1, c] + sums[r, c] + sums[r + 1, c]) * (1 / 9)
                heat[r, c] = mean * inside[r, c]
    return heat


@njit(cache=True, nogil=True)
def label_flows(labels: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    """Return (rows, columns, 2) the flow that labels 1…`count` would have: unit steps, 0 outside.

    The first of the two is down, the second right.
    """
    flow = np.zeros((*labels.shape, 2))
    found = boxes(labels, count)
    for label in range(1, count + 1):
        top, bottom, left, last = found[label]
        if bottom < top:
            continue
        tall, wide = bottom - top + 1, last - left + 1
        inside = np.zeros((tall + 2, wide + 2))
        for r in range(tall):
            for c in range(wide):
                if labels[top + r, left + c] == label:
                    inside[r + 1, c + 1] = 1.0
        heat = _diffused(inside, 2 * (tall + wide + 4))
        for r in range(1, tall + 1):
            for c in range(1, wide + 1):
                if inside[r, c] > 0:
                    dy, dx = heat[r + 1, c] - heat[r - 1, c], heat[r, c + 1] - heat[r, c - 1]
                    length = 1e-60 + np.sqrt(dy * dy + dx * dx)
                    flow[top + r - 1, left + c - 1, 0] = dy / length
                    flow[top + r - 1, left + c - 1, 1] = dx / length
    return flow


@njit(cache=True, nogil=True)
def flow_errors(
    labels: NDArray[np.int32], flow: NDArray[np.float32], count: int
) -> NDArray[np.float64]:
    """Return (count + 1,) the mean squared difference between `flow` and that of each label.

    `flow` is (rows, columns, 2), steps down and right of about length 1. The difference is 0 for
    label 0 and for labels without a pixel.
    """
    own = label_flows(labels, count)
    errors, pixels = np.zeros(count + 1), np.zeros(count + 1)
    for r in range(labels.shape[0]):
        for c in range(labels.shape[1]):
            label = labels[r, c]
            if label:
                errors[label] += (own[r, c, 0] - flow[r, c, 0]) ** 2
                errors[label] += (own[r, c, 1] - flow[r, c, 1]) ** 2
                pixels[label] += 1
    return errors / np.maximum(pixels, 1)
