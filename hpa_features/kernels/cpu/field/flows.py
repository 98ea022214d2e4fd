"""Cellpose's flows to labels: paths along a flow, and the pixels whose paths end together.

Formulas: Stringer et al. 2021 (doi:10.1038/s41592-020-01018-x), Methods, "Cellpose flow fields"
and "Dynamics"; constants as in the package, whose `dynamics.compute_masks` gives the same cells.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.unions import root_of

_ROUND = 10  # steps between two looks at which paths have met
_FINE = 2  # paths have met in the same half of a pixel, along rows and columns
_REACH = 2  # a seed is the highest count within so many pixels
_SEED = 10  # a seed has more ends than this
_GROWN = 5  # a seed grows by so many pixels,
_ENDS = 2  # over pixels with more ends than this


@njit(cache=True, nogil=True, inline="always")
def sampled(planes: NDArray[np.float32], y: np.float32, x: np.float32, plane: int) -> np.float32:
    """Return (rows, columns, n) `planes` at a place between pixels, linearly."""
    top, left = int(y), int(x)
    bottom, beside = min(top + 1, planes.shape[0] - 1), min(left + 1, planes.shape[1] - 1)
    down, right = y - np.float32(top), x - np.float32(left)
    up, before = np.float32(1) - down, np.float32(1) - right
    above = before * planes[top, left, plane] + right * planes[top, beside, plane]
    below = before * planes[bottom, left, plane] + right * planes[bottom, beside, plane]
    return np.float32(up * above + down * below)


@njit(cache=True, nogil=True)
def walk(
    flow: NDArray[np.float32], y: np.float32, x: np.float32, steps: int
) -> tuple[np.float32, np.float32]:
    """Return where a path from a place is after `steps` along `flow`; it stays in the image."""
    first, bottom = np.float32(0), np.float32(flow.shape[0] - 1)
    end = np.float32(flow.shape[1] - 1)
    for _ in range(steps):
        down, right = sampled(flow, y, x, 0), sampled(flow, y, x, 1)
        y = min(max(y + down, first), bottom)
        x = min(max(x + right, first), end)
    return y, x


@njit(cache=True, nogil=True)
def path_ends(
    flow: NDArray[np.float32], pixels: NDArray[np.int64], steps: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return where the path from each of `pixels` ends, and how many end at each pixel.

    A path takes `steps` steps along the flow between pixels and never leaves the image. Paths
    that meet continue as one: at a centre, where most of the steps are taken, few are left.

    Parameters
    ----------
    flow
        (rows, columns, 2) pixels down and right a step; 0 outside cells.
    pixels
        (n,) flat indices.
    steps
        Steps of a path.

    Returns
    -------
    ends
        (n,) flat indices.
    share
        (rows, columns) paths that end at each pixel. Around a centre paths circle, each at its
        own pace; of those that continued as one, a share ends at each of the last pixels.
    """
    rows, columns, _ = flow.shape
    y, x = np.empty(pixels.size, np.float32), np.empty(pixels.size, np.float32)
    for k in range(pixels.size):
        y[k], x[k] = pixels[k] // columns, pixels[k] % columns
    joined, walking = np.arange(pixels.size), np.arange(pixels.size)
    last = min(_ROUND, steps)
    for further in _rounds(steps - last):
        for path in walking:
            y[path], x[path] = walk(flow, y[path], x[path], further)
        walking = _apart(walking, y, x, joined, (rows, columns))
    paths = np.zeros(pixels.size, np.float32)
    for k in range(pixels.size):
        joined[k] = root_of(joined, k)
        paths[joined[k]] += np.float32(1)
    share = np.zeros((rows, columns), np.float32)
    for path in walking:
        for _ in range(last):
            y[path], x[path] = walk(flow, y[path], x[path], 1)
            share[int(y[path]), int(x[path])] += paths[path] / np.float32(last)
    ends = np.empty(pixels.size, np.int64)
    for k in range(pixels.size):
        ends[k] = int(y[joined[k]]) * columns + int(x[joined[k]])
    return ends, share


@njit(cache=True, nogil=True)
def _rounds(steps: int) -> NDArray[np.int64]:
    """Return how `steps` are divided by `_ROUND`."""
    rounds = np.full(-(-steps // _ROUND), _ROUND, np.int64)
    if steps % _ROUND:
        rounds[-1] = steps % _ROUND
    return rounds


@njit(cache=True, nogil=True)
def _apart(
    walking: NDArray[np.int64],
    y: NDArray[np.float32],
    x: NDArray[np.float32],
    joined: NDArray[np.int64],
    shape: tuple[int, int],
) -> NDArray[np.int64]:
    """Return the paths of `walking` that have not met an earlier one; others join that one."""
    met = np.full((shape[0] * _FINE, shape[1] * _FINE), -1, np.int64)
    kept = np.empty_like(walking)
    count = 0
    for k in walking:
        row, column = int(y[k] * _FINE), int(x[k] * _FINE)
        if met[row, column] >= 0:
            joined[k] = met[row, column]
            continue
        met[row, column] = k
        kept[count] = k
        count += 1
    return kept[:count]


@njit(cache=True, nogil=True)
def ends_together(
    ends: NDArray[np.int64], share: NDArray[np.float32], pixels: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Return (rows, columns) int32: labels 1…n of `pixels` whose paths end together, else 0.

    A label grows from each pixel where more paths end than nearby, over pixels where some do;
    where two meet, the one with more ends has the pixel. `path_ends` gives `ends` and `share`.
    """
    seeds = _seeds(share)
    order = np.argsort(share.ravel()[seeds], kind="mergesort")
    at_end = np.zeros(share.shape, np.int32)
    for number in range(order.size):
        _grow(at_end, share, seeds[order[number]], number + 1)
    labels = np.zeros(share.shape, np.int32)
    out, known = labels.ravel(), at_end.ravel()
    for k in range(pixels.size):
        out[pixels[k]] = known[ends[k]]
    return labels


@njit(cache=True, nogil=True)
def _seeds(share: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return flat indices of the pixels with more ends than `_SEED` and than any nearby."""
    rows, columns = share.shape
    found = np.empty(share.size // _SEED + 1, np.int64)
    number = 0
    for r in range(rows):
        for c in range(columns):
            own = share[r, c]
            if own <= _SEED:
                continue
            highest = True
            for row in range(max(r - _REACH, 0), min(r + _REACH + 1, rows)):
                for column in range(max(c - _REACH, 0), min(c + _REACH + 1, columns)):
                    highest = highest and share[row, column] <= own
            if highest:
                found[number] = r * columns + c
                number += 1
    return found[:number].copy()


@njit(cache=True, nogil=True)
def _grow(at_end: NDArray[np.int32], share: NDArray[np.float32], seed: int, label: int) -> None:
    """Write `label` to the pixels of `at_end` that a seed reaches over pixels with ends."""
    rows, columns = share.shape
    r, c = seed // columns, seed % columns
    wide = 2 * _GROWN + 1
    reached = np.zeros((wide, wide), np.bool_)
    reached[_GROWN, _GROWN] = True
    for _ in range(_GROWN):
        before = reached.copy()
        for i in range(wide):
            for j in range(wide):
                row, column = r + i - _GROWN, c + j - _GROWN
                if row < 0 or column < 0 or row >= rows or column >= columns:
                    continue
                near = before[max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2]
                if share[row, column] > _ENDS and near.any():
                    reached[i, j] = True
    for i in range(wide):
        for j in range(wide):
            if reached[i, j]:
                at_end[r + i - _GROWN, c + j - _GROWN] = label
