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
        count, sum_a, sum_b = 0, 0.0, 0.0
        shared_a, shared_b, aa, bb, ab = 0.0, 0.0, 0.0, 0.0, 0.0
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if inside[at]:
                a, b = float(first[at]), float(second[at])
                count += 1
                sum_a += a
                sum_b += b
                aa += a * a
                bb += b * b
                ab += a * b
                if b > second_limit[cell]:
                    shared_a += a
                if a > first_limit[cell]:
                    shared_b += b
        if count == 0:
            continue
        if sum_a > 0.0:
            result[cell, 0] = shared_a / sum_a
        if sum_b > 0.0:
            result[cell, 1] = shared_b / sum_b
        if aa > 0.0 and bb > 0.0:
            result[cell, 3] = ab / np.sqrt(aa * bb)
        same, apart_a, apart_b = 0, 0, 0
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if inside[at]:
                # Compared as integers, so that a pixel at the mean is seen exactly.
                side_a = np.int64(first[at]) * count - np.int64(sum_a)
                side_b = np.int64(second[at]) * count - np.int64(sum_b)
                apart_a += side_a != 0
                apart_b += side_b != 0
                if (side_a > 0 and side_b > 0) or (side_a < 0 and side_b < 0):
                    same += 1
        if apart_a > 0 and apart_b > 0:
            result[cell, 2] = same / count - 0.5
    return result


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
        top_a, top_b, ranks = 0.0, 0.0, 1
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if inside[at]:
                top_a, top_b = max(top_a, float(first[at])), max(top_b, float(second[at]))
                ranks = max(ranks, first_rank[at] + 1, second_rank[at] + 1)
        sums = np.zeros(4)
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if inside[at]:
                a, b = float(first[at]), float(second[at])
                over_a, over_b = a >= share * top_a, b >= share * top_b
                if over_a:
                    sums[0] += a
                if over_b:
                    sums[1] += b
                if over_a and over_b:
                    weight = (ranks - abs(first_rank[at] - second_rank[at])) / ranks
                    sums[2] += a * weight
                    sums[3] += b * weight
        if sums[0] > 0.0 and sums[1] > 0.0:
            result[cell, 0] = sums[2] / sums[0]
            result[cell, 1] = sums[3] / sums[1]
    return result
