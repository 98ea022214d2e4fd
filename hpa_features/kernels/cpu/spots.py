"""Blobs: places brighter than their surroundings at one size."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.layout import CropLayout

TIE = 1e-9  # of a spot's height: neighbours nearer than this are equal


@njit(cache=True, nogil=True)
def noise_levels(
    band: NDArray[np.float64], region: NDArray[np.uint8], layout: CropLayout
) -> NDArray[np.float64]:
    """Return (n,): 1.4826 times the median of |band| over each cell, 0 for an empty one."""
    noise = np.zeros(layout.starts.size - 1)
    for cell in range(layout.starts.size - 1):
        begin, end = layout.starts[cell], layout.starts[cell + 1]
        own = np.abs(band[begin:end][region[begin:end] > 0])
        if own.size > 0:
            noise[cell] = 1.4826 * np.median(own)
    return noise


@njit(cache=True, nogil=True)
def spot_weights(
    band: NDArray[np.float64],
    least: NDArray[np.float64],
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (total,) float64: 1 at each spot, 0 elsewhere.

    A spot is a pixel of the cell that exceeds `least` and none of whose eight neighbours in the
    cell exceeds it. Neighbours that equal it share the one spot, so no order of pixels decides.
    """
    weights = np.zeros(region.size)
    for cell in range(layout.starts.size - 1):
        rows, columns = layout.shape[cell]
        for r in range(1, rows - 1):
            for c in range(1, columns - 1):
                at = layout.starts[cell] + r * columns + c
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


@each
@njit(cache=True, nogil=True)
def spots(
    fine: NDArray[np.uint16] | NDArray[np.float64],
    coarse: NDArray[np.float64],
    mean: NDArray[np.float64],
    limits: tuple[float, float, float],
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return (total,) float64 three times: weights, contrast and light of the spots of a band.

    The band is a finer minus a coarser smoothing; over the coarser one plus an offset it is the
    contrast. A spot is a local maximum that exceeds a least contrast and a least multiple of the
    band's noise. `limits` are the offset, as a share of the cell's mean in `mean` (n, 2), contrast
    and noise. `weights` are 1 at each spot, equal neighbours sharing one; `light` is the band where
    it exceeds the limits, else 0.
    """
    offset, least_contrast, least_noise = limits
    band = np.zeros(region.size)
    for at in range(region.size):
        band[at] = np.float64(fine[at]) - coarse[at]
    noise = noise_levels(band, region, layout)
    least = np.zeros(region.size)
    contrast = np.zeros(region.size)
    light = np.zeros(region.size)
    for cell in range(layout.starts.size - 1):
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            around = coarse[at] + offset * mean[cell, 1]
            least[at] = max(least_contrast * around, least_noise * noise[cell])
            if region[at] > 0:
                contrast[at] = band[at] / around if around != 0.0 else np.nan
                if band[at] > least[at]:
                    light[at] = band[at]
    return spot_weights(band, least, region, layout), contrast, light


@each
@njit(cache=True, nogil=True)
def spot_leads(
    light: NDArray[np.float64],
    weights: NDArray[np.float64],
    elsewhere_um: float,
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (n, 2): light of the highest spot, and of the highest farther than `elsewhere_um`.

    Spots are where the weights are positive; farther from the middle of the highest ones. 0 where
    there is none.
    """
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


@each
@njit(cache=True, nogil=True)
def local_maxima(
    image: NDArray[np.float64], least: float, region: NDArray[np.uint8], layout: CropLayout
) -> NDArray[np.float64]:
    """Return (total,): 1 at local maxima above `least`, equal neighbours sharing one, else 0."""
    return spot_weights(image, np.full(image.size, least), region, layout)
