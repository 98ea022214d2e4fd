"""Where two channels are bright together inside a part of each cell."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.layout import CropLayout


@each
@njit(cache=True, nogil=True)
def pair_overlaps(
    first: NDArray[np.uint16],
    second: NDArray[np.uint16],
    inside: NDArray[np.bool_],
    first_limit: NDArray[np.float64],
    second_limit: NDArray[np.float64],
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (n, 4): Manders' M1 and M2 above limits (n,), Li's ICQ, overlap coefficient.

    M1 is the share of `first` where `second` exceeds its limit, M2 the other way round. NaN
    where the denominator is 0; ICQ also where a channel is flat.

    References
    ----------
    Manders, Verbeek & Aten 1993, eq. 3, 9; Li et al. 2004, J Neurosci 24: intensity
    correlation quotient (pixels where both lie on the same side of their means, less one half;
    a pixel at a mean counts for neither side).
    """
    result = np.full((layout.starts.size - 1, 4), np.nan)
    for cell in range(layout.starts.size - 1):
        own = slice(layout.starts[cell], layout.starts[cell + 1])
        limit_a = int(np.floor(first_limit[cell]))
        limit_b = int(np.floor(second_limit[cell]))
        _overlap(first[own], second[own], inside[own], limit_a, limit_b, result[cell])
    return result


@njit(cache=True, nogil=True)
def _overlap(
    first: NDArray[np.uint16],
    second: NDArray[np.uint16],
    inside: NDArray[np.bool_],
    limit_a: int,
    limit_b: int,
    row: NDArray[np.float64],
) -> None:
    """Fill `row` for one cell, in whole numbers and without branches: many pixels at a time."""
    count = sum_a = sum_b = aa = bb = ab = shared_a = shared_b = np.int64(0)
    for at in range(first.size):
        a, b = np.int64(first[at]) * inside[at], np.int64(second[at]) * inside[at]
        count += inside[at]
        sum_a += a
        sum_b += b
        aa += a * a
        bb += b * b
        ab += a * b
        shared_a += a * (b > limit_b)
        shared_b += b * (a > limit_a)
    if count == 0:
        return
    if sum_a > 0:
        row[0] = shared_a / sum_a
    if sum_b > 0:
        row[1] = shared_b / sum_b
    if aa > 0 and bb > 0:
        row[3] = ab / np.sqrt(float(aa) * float(bb))
    # Of whole numbers those above a mean exceed its floor, those below it are under its ceiling.
    above_a, below_a = sum_a // count, -(-sum_a // count)
    above_b, below_b = sum_b // count, -(-sum_b // count)
    same = apart_a = apart_b = np.int64(0)
    for at in range(first.size):
        a, b = np.int64(first[at]), np.int64(second[at])
        over_a, over_b = a > above_a, b > above_b
        under_a, under_b = a < below_a, b < below_b
        apart_a += (over_a | under_a) & inside[at]
        apart_b += (over_b | under_b) & inside[at]
        same += ((over_a & over_b) | (under_a & under_b)) & inside[at]
    if apart_a > 0 and apart_b > 0:
        row[2] = same / count - 0.5


@each
@njit(cache=True, nogil=True)
def rank_weighted(
    first: NDArray[np.uint16],
    second: NDArray[np.uint16],
    first_rank: NDArray[np.int32],
    second_rank: NDArray[np.int32],
    inside: NDArray[np.bool_],
    share: float,
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (n, 2): rank-weighted colocalisation of `first` with `second`, and the reverse.

    Pixels count where both reach `share` of their own maximum, weighted by how alike their
    dense ranks are; 0 where no pixel does, NaN without pixels or signal.

    References
    ----------
    Singan et al. 2011, BMC Bioinformatics 12:407, as CellProfiler's RWC.
    """
    result = np.full((layout.starts.size - 1, 2), np.nan)
    for cell in range(layout.starts.size - 1):
        own = slice(layout.starts[cell], layout.starts[cell + 1])
        ranks = (first_rank[own], second_rank[own])
        _rank_weighted(first[own], second[own], ranks, inside[own], share, result[cell])
    return result


@njit(cache=True, nogil=True)
def _rank_weighted(
    first: NDArray[np.uint16],
    second: NDArray[np.uint16],
    ranks: tuple[NDArray[np.int32], NDArray[np.int32]],
    inside: NDArray[np.bool_],
    share: float,
    row: NDArray[np.float64],
) -> None:
    """Fill `row` for one cell; the types of the maxima let them be found many at a time."""
    first_rank, second_rank = ranks
    top_a, top_b, top_rank = np.uint16(0), np.uint16(0), np.int32(0)
    for at in range(first.size):
        if inside[at]:
            top_a, top_b = max(top_a, first[at]), max(top_b, second[at])
            top_rank = max(top_rank, first_rank[at], second_rank[at])
    count, least_a, least_b = top_rank + 1, share * top_a, share * top_b
    sum_a = sum_b = np.int64(0)
    alike_a = alike_b = 0.0
    for at in range(first.size):
        if inside[at]:
            a, b = np.int64(first[at]), np.int64(second[at])
            over_a, over_b = a >= least_a, b >= least_b
            weight = (count - abs(first_rank[at] - second_rank[at])) / count
            sum_a += a * over_a
            sum_b += b * over_b
            # No branch: one on which pixels are bright is slow, as it follows no pattern.
            alike_a += a * (over_a & over_b) * weight
            alike_b += b * (over_a & over_b) * weight
    if sum_a > 0 and sum_b > 0:
        row[0] = alike_a / sum_a
        row[1] = alike_b / sum_b
