"""Ranks of each cell's pixels, and thresholds that follow from their order."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.orders import kept_places, places_buffer
from hpa_features.kernels.layout import CropLayout


@each
@njit(cache=True, nogil=True)
def average_ranks(
    values: NDArray[np.uint16],
    order: NDArray[np.int32],
    inside: NDArray[np.bool_],
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (total,): ranks 1…m of each cell's pixels inside, ties their mean; 0 elsewhere."""
    ranks = np.zeros(values.size)
    _put_ranks(values, order, inside, layout, False, ranks)
    return ranks


@each
@njit(cache=True, nogil=True)
def rank_shares(
    values: NDArray[np.uint16],
    order: NDArray[np.int32],
    inside: NDArray[np.bool_],
    outside: float,
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (total,): share of each cell's pixels inside with a lower value, 0…1.

    Equal values lie at the middle of their span; `outside` stands elsewhere.
    """
    shares = np.full(values.size, outside)
    _put_ranks(values, order, inside, layout, True, shares)
    return shares


@njit(cache=True, nogil=True)
def _put_ranks(
    values: NDArray[np.uint16],
    order: NDArray[np.int32],
    inside: NDArray[np.bool_],
    layout: CropLayout,
    share: bool,
    into: NDArray[np.float64],
) -> None:
    own = places_buffer(layout)
    for cell in range(layout.starts.size - 1):
        count = kept_places(order, inside, cell, layout, own)
        begin = 0
        while begin < count:
            value, end = values[own[begin]], begin + 1
            while end < count and values[own[end]] == value:
                end += 1
            rank = 0.5 * (begin + end) / count if share else 0.5 * (begin + 1 + end)
            for k in range(begin, end):
                into[own[k]] = rank
            begin = end


@each
@njit(cache=True, nogil=True)
def dense_ranks(
    values: NDArray[np.uint16],
    order: NDArray[np.int32],
    inside: NDArray[np.bool_],
    layout: CropLayout,
) -> NDArray[np.int32]:
    """Return (total,) int32: ranks 0, 1, 2, … of the different values inside, 0 elsewhere."""
    dense = np.zeros(values.size, np.int32)
    own = places_buffer(layout)
    for cell in range(layout.starts.size - 1):
        count = kept_places(order, inside, cell, layout, own)
        level = 0
        for k in range(1, count):
            level += values[own[k]] != values[own[k - 1]]
            dense[own[k]] = level
    return dense


@each
@njit(cache=True, nogil=True)
def otsu_thresholds(
    values: NDArray[np.uint16],
    order: NDArray[np.int32],
    inside: NDArray[np.bool_],
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (n,) float64: Otsu's threshold of each cell's pixels inside.

    The value at which pixels up to it and pixels above it differ most, over all values there
    are, the lowest on ties (Otsu 1979, eq. 17–19; scikit-image's ``threshold_otsu`` of integer
    images). The greatest value where all are equal, 0 without pixels.
    """
    thresholds = np.zeros(layout.starts.size - 1)
    own = places_buffer(layout)
    for cell in range(layout.starts.size - 1):
        count = kept_places(order, inside, cell, layout, own)
        if count == 0:
            continue
        whole = np.int64(0)
        for k in range(count):
            whole += values[own[k]]
        thresholds[cell] = float(values[own[count - 1]])
        best, below = 0.0, np.int64(0)
        for k in range(count - 1):
            value = np.int64(values[own[k]])
            below += value
            if value < values[own[k + 1]]:
                darker = k + 1.0
                rest = count - darker
                apart = below / darker - (whole - below) / rest
                between = darker * rest * apart * apart
                if between > best * (1.0 + 1e-12):
                    best = between
                    thresholds[cell] = float(value)
    return thresholds
