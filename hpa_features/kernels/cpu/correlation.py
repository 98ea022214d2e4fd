"""How channels vary together inside a part of each cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.layout import CropLayout

Image = NDArray[np.uint16] | NDArray[np.float64] | NDArray[np.bool_]


@njit(cache=True, nogil=True)
def _taken(image: Image, places: NDArray[np.int64], into: NDArray[np.float64]) -> None:
    for k in range(places.size):
        into[k] = image[places[k]]


@njit(cache=True, nogil=True)
def _covariances(
    images: NDArray[np.float64], places: NDArray[np.int64], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    kinds = images.shape[0]
    packed = np.zeros((starts.size - 1, 1 + kinds + kinds * kinds))
    end = 0
    for cell in range(starts.size - 1):
        begin = end
        while end < places.size and places[end] < starts[cell + 1]:
            end += 1
        count = end - begin
        if count == 0:
            continue
        packed[cell, 0] = count
        for k in range(kinds):
            total = 0.0
            for at in range(begin, end):
                total += images[k, at]
            mean = total / count
            packed[cell, 1 + k] = mean
            for at in range(begin, end):
                images[k, at] -= mean
        for j in range(kinds):
            for k in range(j, kinds):
                total = 0.0
                for at in range(begin, end):
                    total += images[j, at] * images[k, at]
                packed[cell, 1 + kinds + j * kinds + k] = total / count
                packed[cell, 1 + kinds + k * kinds + j] = total / count
    return packed


def covariances(
    images: Sequence[Sequence[Image]], masks: Sequence[NDArray[np.bool_]], layout: CropLayout
) -> list[NDArray[np.float64]]:
    """Return for each k images and their mask (n, 1 + k + k²).

    The mask's pixels, then means and covariances of the images over them, divided by their
    count; in two passes. Zeros for a cell without such pixels.
    """
    tables = []
    for some, mask in zip(images, masks):
        places = np.flatnonzero(mask)
        values = np.empty((len(some), places.size))
        for image, row in zip(some, values):
            _taken(image, places, row)
        tables.append(_covariances(values, places, layout.starts))
    return tables


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
def pixel_ranks(
    values: NDArray[np.uint16], inside: NDArray[np.bool_], starts: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return (total,) twice: average ranks 1…m of each cell's pixels `inside`, and dense ranks.

    Ties take the mean of their ranks, or one dense rank 0, 1, 2, …; 0 elsewhere.
    """
    average = np.zeros(values.size)
    dense = np.zeros(values.size, np.int64)
    for cell in range(starts.size - 1):
        own = np.flatnonzero(inside[starts[cell] : starts[cell + 1]]) + starts[cell]
        order = own[_ascending(values[own])]
        begin, level = 0, 0
        while begin < order.size:
            end = begin + 1
            while end < order.size and values[order[end]] == values[order[begin]]:
                end += 1
            for place in range(begin, end):
                average[order[place]] = 0.5 * (begin + 1 + end)
                dense[order[place]] = level
            begin, level = end, level + 1
    return average, dense


@njit(cache=True, nogil=True)
def _otsu(
    values: NDArray[np.uint16], inside: NDArray[np.bool_], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    thresholds = np.zeros(starts.size - 1)
    for cell in range(starts.size - 1):
        begin, end = starts[cell], starts[cell + 1]
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


@njit(cache=True, nogil=True)
def _overlaps(
    first: NDArray[np.uint16],
    second: NDArray[np.uint16],
    inside: NDArray[np.bool_],
    starts: NDArray[np.int64],
    limits: NDArray[np.float64],
) -> NDArray[np.float64]:
    result = np.full((starts.size - 1, 4), np.nan)
    for cell in range(starts.size - 1):
        count, sum_a, sum_b = 0, 0.0, 0.0
        shared_a, shared_b, aa, bb, ab = 0.0, 0.0, 0.0, 0.0, 0.0
        for at in range(starts[cell], starts[cell + 1]):
            if inside[at]:
                a, b = float(first[at]), float(second[at])
                count += 1
                sum_a += a
                sum_b += b
                aa += a * a
                bb += b * b
                ab += a * b
                if b > limits[cell, 1]:
                    shared_a += a
                if a > limits[cell, 0]:
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
        for at in range(starts[cell], starts[cell + 1]):
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


@njit(cache=True, nogil=True)
def _rank_weighted(
    first: NDArray[np.uint16],
    second: NDArray[np.uint16],
    first_rank: NDArray[np.int32],
    second_rank: NDArray[np.int32],
    inside: NDArray[np.bool_],
    starts: NDArray[np.int64],
    share: float,
) -> NDArray[np.float64]:
    result = np.full((starts.size - 1, 2), np.nan)
    for cell in range(starts.size - 1):
        top_a, top_b, ranks = 0.0, 0.0, 1
        for at in range(starts[cell], starts[cell + 1]):
            if inside[at]:
                top_a, top_b = max(top_a, float(first[at])), max(top_b, float(second[at]))
                ranks = max(ranks, first_rank[at] + 1, second_rank[at] + 1)
        sums = np.zeros(4)
        for at in range(starts[cell], starts[cell + 1]):
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


@njit(cache=True, nogil=True)
def _average_ranks(
    values: NDArray[np.uint16],
    inside: NDArray[np.bool_],
    starts: NDArray[np.int64],
    share: bool,
    outside: float,
) -> NDArray[np.float64]:
    ranks = np.full(values.size, outside)
    for cell in range(starts.size - 1):
        own = np.flatnonzero(inside[starts[cell] : starts[cell + 1]]) + starts[cell]
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


def rank_shares(
    images: Sequence[NDArray[np.uint16]],
    masks: Sequence[NDArray[np.bool_]],
    outside: Sequence[float],
    layout: CropLayout,
) -> list[NDArray[np.float64]]:
    """Return for each image (total,) float64: the share of its mask with a lower value, 0…1.

    Equal values lie at the middle of their span; the value of `outside` stands elsewhere.
    """
    return [
        _average_ranks(image, mask, layout.starts, True, value)
        for image, mask, value in zip(images, masks, outside)
    ]


def average_ranks(
    images: Sequence[NDArray[np.uint16]], masks: Sequence[NDArray[np.bool_]], layout: CropLayout
) -> list[NDArray[np.float64]]:
    """Return for each image (total,) float64: ranks 1…m in its mask, 0 elsewhere.

    Equal values take the mean of their ranks.
    """
    return [
        _average_ranks(image, mask, layout.starts, False, 0.0) for image, mask in zip(images, masks)
    ]


@njit(cache=True, nogil=True)
def _dense_ranks(
    values: NDArray[np.uint16], inside: NDArray[np.bool_], starts: NDArray[np.int64]
) -> NDArray[np.int32]:
    dense = np.zeros(values.size, np.int32)
    for cell in range(starts.size - 1):
        own = np.flatnonzero(inside[starts[cell] : starts[cell + 1]]) + starts[cell]
        order = own[_ascending(values[own])]
        level = 0
        for place in range(1, order.size):
            level += values[order[place]] != values[order[place - 1]]
            dense[order[place]] = level
    return dense


def dense_ranks(
    images: Sequence[NDArray[np.uint16]], masks: Sequence[NDArray[np.bool_]], layout: CropLayout
) -> list[NDArray[np.int32]]:
    """Return for each image (total,) int32: ranks 0, 1, 2, … of the different values in its mask.

    0 elsewhere.
    """
    return [_dense_ranks(image, mask, layout.starts) for image, mask in zip(images, masks)]


def otsu_thresholds(
    images: Sequence[NDArray[np.uint16]], masks: Sequence[NDArray[np.bool_]], layout: CropLayout
) -> list[NDArray[np.float64]]:
    """Return for each image (n,) float64: Otsu's threshold of its mask's pixels in each cell.

    The value at which pixels up to it and pixels above it differ most, over all values there
    are, the lowest on ties (Otsu 1979, eq. 17–19; scikit-image's ``threshold_otsu`` of integer
    images). The greatest value where all are equal, 0 without pixels.
    """
    return [_otsu(image, mask, layout.starts) for image, mask in zip(images, masks)]


def pair_overlaps(
    first: NDArray[np.uint16],
    seconds: Sequence[NDArray[np.uint16]],
    masks: Sequence[NDArray[np.bool_]],
    first_limit: NDArray[np.float64],
    second_limits: Sequence[NDArray[np.float64]],
    layout: CropLayout,
) -> list[NDArray[np.float64]]:
    """Return for each second image and its mask (n, 4): M1, M2, Li's ICQ, overlap coefficient.

    Manders' M1 is the share of `first` where the second exceeds its limit (n,), M2 the other way
    round. NaN where the denominator is 0; ICQ also where a channel is flat.

    References
    ----------
    Manders, Verbeek & Aten 1993, eq. 3, 9; Li et al. 2004, J Neurosci 24: intensity
    correlation quotient (pixels where both lie on the same side of their means, less one half;
    a pixel at a mean counts for neither side).
    """
    return [
        _overlaps(first, second, mask, layout.starts, np.stack([first_limit, limit], axis=1))
        for second, mask, limit in zip(seconds, masks, second_limits)
    ]


def rank_weighted(
    first: NDArray[np.uint16],
    seconds: Sequence[NDArray[np.uint16]],
    first_rank: NDArray[np.int32],
    second_ranks: Sequence[NDArray[np.int32]],
    mask: NDArray[np.bool_],
    share: float,
    layout: CropLayout,
) -> list[NDArray[np.float64]]:
    """Return for each second image (n, 2): rank-weighted colocalisation of `first` with it.

    And of it with `first`.

    Pixels count where both reach `share` of their own maximum, weighted by how alike their
    dense ranks are; 0 where no pixel does, NaN without pixels or signal.

    References
    ----------
    Singan et al. 2011, BMC Bioinformatics 12:407, as CellProfiler's RWC.
    """
    return [
        _rank_weighted(first, second, first_rank, rank, mask, layout.starts, share)
        for second, rank in zip(seconds, second_ranks)
    ]
