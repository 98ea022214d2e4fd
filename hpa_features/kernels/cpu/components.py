"""Connected pixels, and how long and straight they are."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.directions import Ridges
from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.layout import CropLayout


@njit(cache=True, nogil=True)
def connected_parts(
    inside: NDArray[np.bool_], layout: CropLayout
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return (total,) int32 part numbers from 0, −1 outside, and (n + 1,) each cell's first one.

    Pixels that touch by side or corner are one part; numbers run through the batch.
    """
    parts = np.full(inside.size, -1, np.int32)
    firsts = np.zeros(layout.starts.size, np.int64)
    waiting = np.empty(inside.size, np.int64)
    count = 0
    for cell in range(layout.starts.size - 1):
        columns = layout.shape[cell, 1]
        for seed in range(layout.starts[cell], layout.starts[cell + 1]):
            if not inside[seed] or parts[seed] >= 0:
                continue
            parts[seed] = count
            waiting[0], left = seed, 1
            while left > 0:
                left -= 1
                at = waiting[left]
                for dr in (-1, 0, 1):
                    for dc in (-1, 0, 1):
                        # The crop's margin keeps every step inside it.
                        other = at + dr * columns + dc
                        if layout.starts[cell] <= other < layout.starts[cell + 1]:
                            if inside[other] and parts[other] < 0:
                                parts[other] = count
                                waiting[left] = other
                                left += 1
            count += 1
        firsts[cell + 1] = count
    return parts, firsts


@njit(cache=True, nogil=True)
def part_lines(
    parts: NDArray[np.int32],
    firsts: NDArray[np.int64],
    weights: NDArray[np.float64],
    cosine: NDArray[np.float64],
    sine: NDArray[np.float64],
    layout: CropLayout,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return (parts,) float64 three times: Σ weights, length in pixels, straightness 0…1.

    The length is that of an even bar with the part's second moment along its longer axis,
    √(12·λ₁ + 1); the straightness is that of the doubled angles, |Σ w·e^{2iφ}| / Σ w.
    """
    count = firsts[-1]
    mass = np.zeros(count)
    length = np.zeros(count)
    straight = np.zeros(count)
    sums = np.zeros((count, 8))
    for cell in range(layout.starts.size - 1):
        columns = layout.shape[cell, 1]
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            part = parts[at]
            if part < 0:
                continue
            y = float((at - layout.starts[cell]) // columns)
            x = float((at - layout.starts[cell]) % columns)
            row = sums[part]
            row[0] += 1.0
            row[1] += y
            row[2] += x
            row[3] += y * y
            row[4] += x * x
            row[5] += y * x
            row[6] += weights[at] * cosine[at]
            row[7] += weights[at] * sine[at]
            mass[part] += weights[at]
    for part in range(count):
        n, y, x, yy, xx, yx, c, s = sums[part]
        down = yy / n - (y / n) ** 2
        across = xx / n - (x / n) ** 2
        mixed = yx / n - y * x / (n * n)
        longer = 0.5 * (down + across) + np.sqrt((0.5 * (down - across)) ** 2 + mixed * mixed)
        length[part] = np.sqrt(12.0 * max(longer, 0.0) + 1.0)
        if mass[part] > 0.0:
            straight[part] = min(np.sqrt(c * c + s * s) / mass[part], 1.0)
    return mass, length, straight


@njit(cache=True, nogil=True)
def part_totals(
    values: NDArray[np.float64], weights: NDArray[np.float64], firsts: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (n,) float64 twice: the weighted mean and the maximum over each cell's parts.

    NaN for a cell without parts of any weight.
    """
    means = np.full(firsts.size - 1, np.nan)
    peaks = np.full(firsts.size - 1, np.nan)
    for cell in range(firsts.size - 1):
        total, mean, peak = 0.0, 0.0, 0.0
        for part in range(firsts[cell], firsts[cell + 1]):
            total += weights[part]
            mean += weights[part] * values[part]
            peak = max(peak, values[part])
        if total > 0.0:
            means[cell] = mean / total
            peaks[cell] = peak
    return means, peaks


@each
@njit(cache=True, nogil=True)
def line_networks(
    lines: Ridges,
    mask: NDArray[np.bool_],
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (n, 6) of the connected plain ridges in a mask, as `ridges` gives them.

    Mean length in µm weighted by strength, greatest length, mean straightness, greatest length ×
    straightness, greatest Σ strength, and Σ strength of all. NaN but for the last in a cell
    without any.
    """
    cosine, sine, strength, plain, _ = lines
    inside = plain & mask
    parts, firsts = connected_parts(inside, layout)
    mass, length, straight = part_lines(parts, firsts, strength, cosine, sine, layout)
    for cell in range(firsts.size - 1):
        for part in range(firsts[cell], firsts[cell + 1]):
            length[part] *= layout.step_um[cell]
    result = np.empty((firsts.size - 1, 6))
    result[:, 0], result[:, 1] = part_totals(length, mass, firsts)
    result[:, 2], _ = part_totals(straight, mass, firsts)
    _, result[:, 3] = part_totals(length * straight, mass, firsts)
    _, result[:, 4] = part_totals(mass, mass, firsts)
    for cell in range(firsts.size - 1):
        result[cell, 5] = mass[firsts[cell] : firsts[cell + 1]].sum()
    return result
