"""Ranks of each cell's pixels, and thresholds that follow from their order."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.layout import CropLayout


@njit(cache=True, nogil=True)
def _ascending(values: NDArray[np.uint16]) -> NDArray[np.int64]:
    """Places of `values` in ascending order: two counting sorts, by low then by high byte."""
    order = np.arange(values.size)
    for shift in (0, 8):
        begin = np.zeros(257, np.int64)
        for value in values:
            begin[((value >> shift) & 255) + 1] += 1
        for k in range(256):
            begin[k + 1] += begin[k]
        sorted_places = np.empty(values.size, np.int64)
        for place in order:
            key = (values[place] >> shift) & 255
            sorted_places[begin[key]] = place
            begin[key] += 1
        order = sorted_places
    return order


@njit(cache=True, nogil=True)
def _own_pixels(inside: NDArray[np.bool_], cell: int, layout: CropLayout) -> NDArray[np.int64]:
    begin, end = layout.starts[cell], layout.starts[cell + 1]
    own: NDArray[np.int64] = np.flatnonzero(inside[begin:end]) + begin
    return own


@each
@njit(cache=True, nogil=True)
def average_ranks(
    values: NDArray[np.uint16], inside: NDArray[np.bool_], layout: CropLayout
) -> NDArray[np.float64]:
    """Return (total,): ranks 1…m of each cell's pixels inside, ties their mean; 0 elsewhere."""
    return _ranks(values, inside, layout, False, 0.0)


@each
@njit(cache=True, nogil=True)
def rank_shares(
    values: NDArray[np.uint16], inside: NDArray[np.bool_], outside: float, layout: CropLayout
) -> NDArray[np.float64]:
    """Return (total,): share of each cell's pixels inside with a lower value, 0…1.

    Equal values lie at the middle of their span; `outside` stands elsewhere.
    """
    return _ranks(values, inside, layout, True, outside)


@njit(cache=True, nogil=True)
def _ranks(
    values: NDArray[np.uint16],
    inside: NDArray[np.bool_],
    layout: CropLayout,
    share: bool,
    outside: float,
) -> NDArray[np.float64]:
    ranks = np.full(values.size, outside)
    for cell in range(layout.starts.size - 1):
        own = _own_pixels(inside, cell, layout)
        order = own[_ascending(values[own])]
        begin = 0
        while begin < order.size:
            end = begin + 1
            while end < order.size and values[order[end]] == values[order[begin]]:
                end += 1
            rank = 0.5 * (begin + 1 + end)
            if share:
                rank = (rank - 0.5) / order.size
            for place in range(begin, end):
                ranks[order[place]] = rank
            begin = end
    return ranks


@each
@njit(cache=True, nogil=True)
def dense_ranks(
    values: NDArray[np.uint16], inside: NDArray[np.bool_], layout: CropLayout
) -> NDArray[np.int32]:
    """Return (total,) int32: ranks 0, 1, 2, … of the different values inside, 0 elsewhere."""
    dense = np.zeros(values.size, np.int32)
    for cell in range(layout.starts.size - 1):
        own = _own_pixels(inside, cell, layout)
        order = own[_ascending(values[own])]
        level = 0
        for place in range(1, order.size):
            level += values[order[place]] != values[order[place - 1]]
            dense[order[place]] = level
    return dense


@each
@njit(cache=True, nogil=True)
def otsu_thresholds(
    values: NDArray[np.uint16], inside: NDArray[np.bool_], layout: CropLayout
) -> NDArray[np.float64]:
    """Return (n,) float64: Otsu's threshold of each cell's pixels inside.

    The value at which pixels up to it and pixels above it differ most, over all values there
    are, the lowest on ties (Otsu 1979, eq. 17–19; scikit-image's ``threshold_otsu`` of integer
    images). The greatest value where all are equal, 0 without pixels.
    """
    thresholds = np.zeros(layout.starts.size - 1)
    for cell in range(layout.starts.size - 1):
        begin, end = layout.starts[cell], layout.starts[cell + 1]
        own = values[begin:end][inside[begin:end]]
        if own.size == 0:
            continue
        ordered = own[_ascending(own)].astype(np.int64)
        whole = ordered.sum()
        thresholds[cell] = float(ordered[-1])
        best, below = 0.0, 0
        for k in range(ordered.size - 1):
            below += ordered[k]
            if ordered[k] < ordered[k + 1]:
                count = k + 1.0
                rest = ordered.size - count
                apart = below / count - (whole - below) / rest
                between = count * rest * apart * apart
                if between > best * (1.0 + 1e-12):
                    best = between
                    thresholds[cell] = float(ordered[k])
    return thresholds
