"""Blobs: places that outshine their surroundings at one size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.sums import mask_means
from hpa_features.kernels.layout import CropLayout

TIE = 1e-9  # of a spot's height: neighbours nearer than this are equal


@njit(cache=True, nogil=True)
def noise_levels(
    band: NDArray[np.float64], region: NDArray[np.uint8], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return (n,): 1.4826 times the median of |band| over each cell, 0 for an empty one."""
    noise = np.zeros(starts.size - 1)
    for cell in range(starts.size - 1):
        begin, end = starts[cell], starts[cell + 1]
        own = np.abs(band[begin:end][region[begin:end] > 0])
        if own.size > 0:
            noise[cell] = 1.4826 * np.median(own)
    return noise


@njit(cache=True, nogil=True)
def spot_weights(
    band: NDArray[np.float64],
    least: NDArray[np.float64],
    region: NDArray[np.uint8],
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return (total,) float64: 1 at each spot, 0 elsewhere.

    A spot is a pixel of the cell that exceeds `least` and none of whose eight neighbours in the
    cell exceeds it. Neighbours that equal it share the one spot, so no order of pixels decides.
    """
    weights = np.zeros(region.size)
    for cell in range(starts.size - 1):
        rows, columns = shape[cell]
        for r in range(1, rows - 1):
            for c in range(1, columns - 1):
                at = starts[cell] + r * columns + c
                if region[at] == 0 or band[at] <= least[at]:
                    continue
                slack = TIE * abs(band[at])
                ties = 0
                highest = True
                for dr in (-1, 0, 1):
                    for dc in (-1, 0, 1):
                        other = at + dr * columns + dc
                        if other == at or region[other] == 0:
                            continue
                        if band[other] > band[at] + slack:
                            highest = False
                        elif band[other] >= band[at] - slack:
                            ties += 1
                if highest:
                    weights[at] = 1.0 / (1 + ties)
    return weights


@njit(cache=True, nogil=True)
def weighted_peaks(
    values: NDArray[np.float64], weights: NDArray[np.float64], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return (n,): the greatest value of each cell where `weights` are positive, else 0."""
    peaks = np.zeros(starts.size - 1)
    for cell in range(starts.size - 1):
        for at in range(starts[cell], starts[cell + 1]):
            if weights[at] > 0.0:
                peaks[cell] = max(peaks[cell], values[at])
    return peaks


@njit(cache=True, nogil=True)
def _spots(
    fine: NDArray[np.uint16] | NDArray[np.float64],
    coarse: NDArray[np.float64],
    offset: float,
    least_contrast: float,
    least_noise: float,
    region: NDArray[np.uint8],
    mean: NDArray[np.float64],
    layout: CropLayout,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    band = np.zeros(region.size)
    for at in range(region.size):
        band[at] = np.float64(fine[at]) - coarse[at]
    noise = noise_levels(band, region, layout.starts)
    least = np.zeros(region.size)
    contrast = np.zeros(region.size)
    light = np.zeros(region.size)
    for cell in range(layout.starts.size - 1):
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            around = coarse[at] + offset * mean[cell]
            least[at] = max(least_contrast * around, least_noise * noise[cell])
            if region[at] > 0:
                contrast[at] = band[at] / around if around != 0.0 else np.nan
                if band[at] > least[at]:
                    light[at] = band[at]
    return spot_weights(band, least, region, layout.starts, layout.shape), contrast, light


def spots(
    image: NDArray[np.uint16],
    bands: Sequence[tuple[NDArray[np.uint16] | NDArray[np.float64], NDArray[np.float64]]],
    limits: tuple[float, float, float],
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> list[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
    """Return for each band of `image` (total,) float64 three times: weights, contrast and light.

    A band is a finer and a coarser smoothing; its height over the coarser one plus an offset (a
    share of the cell's mean) is the contrast. A spot is a local maximum whose height exceeds a
    least contrast and a least multiple of the band's noise: `limits` are offset, contrast, noise.
    `weights` are 1 at each spot, equal neighbours sharing one; `light` is the height where it
    exceeds the limits, else 0.
    """
    mean = mask_means(image, region > 0, layout.starts)[:, 1]
    return [_spots(fine, coarse, *limits, region, mean, layout) for fine, coarse in bands]


def local_maxima(
    images: Sequence[NDArray[np.float64]],
    least: Sequence[float],
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> list[NDArray[np.float64]]:
    """Return for each image (total,): 1 at its local maxima above the least value, else 0.

    Equal neighbours share one; see `spot_weights`.
    """
    return [
        spot_weights(image, np.full(image.size, low), region, layout.starts, layout.shape)
        for image, low in zip(images, least)
    ]


@njit(cache=True, nogil=True)
def _spot_lead(
    light: NDArray[np.float64],
    weights: NDArray[np.float64],
    elsewhere_um: float,
    layout: CropLayout,
) -> NDArray[np.float64]:
    leads = np.zeros((layout.starts.size - 1, 2))
    for cell in range(layout.starts.size - 1):
        first, columns = layout.starts[cell], layout.shape[cell, 1]
        top, count, y, x = 0.0, 0.0, 0.0, 0.0
        for at in range(first, layout.starts[cell + 1]):
            if weights[at] > 0.0 and light[at] >= top and light[at] > 0.0:
                if light[at] > top:
                    top, count, y, x = light[at], 0.0, 0.0, 0.0
                count += 1.0
                y += (at - first) // columns
                x += (at - first) % columns
        if count == 0.0:
            continue
        # Equal ones far apart are both away from their middle: neither leads.
        y, x = y / count, x / count
        other = 0.0
        for at in range(first, layout.starts[cell + 1]):
            if weights[at] > 0.0 and light[at] > other:
                down, right = (at - first) // columns - y, (at - first) % columns - x
                if np.hypot(down, right) * layout.step_um[cell] > elsewhere_um:
                    other = light[at]
        leads[cell, 0], leads[cell, 1] = top, other
    return leads


def spot_leads(
    lights: Sequence[NDArray[np.float64]],
    weights: Sequence[NDArray[np.float64]],
    elsewhere_um: float,
    layout: CropLayout,
) -> list[NDArray[np.float64]]:
    """Return for each light of spots (n, 2): the highest, and the highest farther away from it.

    Spots are where the weights are positive; farther than `elsewhere_um` from the middle of the
    highest ones. 0 where there is none.
    """
    return [
        _spot_lead(light, weight, elsewhere_um, layout) for light, weight in zip(lights, weights)
    ]
