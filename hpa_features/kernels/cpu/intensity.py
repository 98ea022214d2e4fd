"""How bright the parts of each cell are, and how evenly."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.levels import quantile_of_sorted
from hpa_features.kernels.layout import CropLayout, NativeLayout

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_PARTS = 3  # cell, nucleus, cytoplasm


@njit(cache=True, nogil=True)
def is_part(region: int, part: int) -> bool:
    """Whether a region (1 cytoplasm, 2 nucleus) lies in part 0 cell, 1 nucleus or 2 cytoplasm."""
    if part == 0:
        return region > 0
    return region == 3 - part


@njit(cache=True, nogil=True)
def _moments(ordered: NDArray[np.uint16]) -> tuple[float, float, float, float]:
    """Mean, standard deviation, skewness and excess kurtosis; NaN where all values are equal."""
    mean = ordered.sum() / ordered.size
    second = third = fourth = 0.0
    for value in ordered:
        d = value - mean
        second += d * d
        third += d * d * d
        fourth += d * d * d * d
    variance = second / ordered.size
    if variance == 0:
        return mean, 0.0, np.nan, np.nan
    skewness = third / ordered.size / variance**1.5
    kurtosis = fourth / ordered.size / (variance * variance) - 3
    return mean, np.sqrt(variance), skewness, kurtosis


@njit(cache=True, nogil=True)
def _gini(ordered: NDArray[np.uint16]) -> float:
    """Gini coefficient of ascending values, Lotz et al. 2004 eq. 6: 0 is even, 1 is one pixel."""
    total = 0.0
    weighted = 0.0
    n = ordered.size
    for at in range(n):
        total += ordered[at]
        weighted += (2 * (at + 1) - n - 1) * float(ordered[at])
    return weighted / (total * (n - 1)) if total > 0 and n > 1 else np.nan


@each
@njit(cache=True, nogil=True)
def part_statistics(
    values: NDArray[np.uint16],
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (n, 3, 13) for cell, nucleus and cytoplasm, NaN without pixels.

    Mean, standard deviation, median absolute deviation, skewness, excess kurtosis, Gini
    coefficient, the share of the signal in the brightest 1 % of the pixels, then the
    5, 25, 50, 75, 95 and 99 % quantiles (linear), all on the scale of the image.
    """
    cells = layout.starts.size - 1
    out = np.full((cells, _PARTS, 13), np.nan)
    for cell in range(cells):
        begin, end = layout.starts[cell], layout.starts[cell + 1]
        for part in range(_PARTS):
            inside = region[begin:end] > 0 if part == 0 else region[begin:end] == 3 - part
            ordered = np.sort(values[begin:end][inside])
            if ordered.size == 0:
                continue
            row = out[cell, part]
            row[0], row[1], row[3], row[4] = _moments(ordered)
            median = quantile_of_sorted(ordered, 0.5)
            row[2] = np.median(np.abs(ordered - median))
            row[5] = _gini(ordered)
            total = float(ordered.sum())
            brightest = int(np.ceil(0.01 * ordered.size))
            top = float(ordered[ordered.size - brightest :].sum())
            row[6] = top / total if total > 0 else np.nan
            for at, q in enumerate(QUANTILES):
                row[7 + at] = quantile_of_sorted(ordered, q)
    return out


@each
@njit(cache=True, nogil=True)
def part_places(
    values: NDArray[np.uint16],
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (n, 3, 2) for cell, nucleus and cytoplasm, NaN without pixels.

    The mean over the part's inner edge (pixels with a 4-neighbour outside the part), and the
    distance in grid pixels between the part's centroid and its centroid weighted by the image
    (NaN where it is 0 throughout).
    """
    cells = layout.starts.size - 1
    out = np.full((cells, _PARTS, 2), np.nan)
    for cell in range(cells):
        rows, columns = layout.shape[cell]
        for part in range(_PARTS):
            count, edge_count, edge_sum, total = 0, 0, np.int64(0), np.int64(0)
            mask_row, mask_column = np.int64(0), np.int64(0)
            light_row, light_column = np.int64(0), np.int64(0)
            for r in range(1, rows - 1):
                line = layout.starts[cell] + r * columns
                for c in range(1, columns - 1):
                    at = line + c
                    if not is_part(region[at], part):
                        continue
                    value = np.int64(values[at])
                    count += 1
                    mask_row += r
                    mask_column += c
                    total += value
                    light_row += r * value
                    light_column += c * value
                    if not (
                        is_part(region[at - 1], part)
                        and is_part(region[at + 1], part)
                        and is_part(region[at - columns], part)
                        and is_part(region[at + columns], part)
                    ):
                        edge_count += 1
                        edge_sum += value
            if count > 0:
                out[cell, part, 0] = edge_sum / edge_count
                if total > 0:
                    down = light_row / total - mask_row / count
                    right = light_column / total - mask_column / count
                    out[cell, part, 1] = np.hypot(down, right)
    return out


@each
@njit(cache=True, nogil=True)
def native_sums(
    signal: NDArray[np.uint16],
    ceiling: NDArray[np.int64],
    native: NativeLayout,
) -> NDArray[np.int64]:
    """Return (n, 3, 3) int64 for cell, nucleus and cytoplasm.

    Pixels, sum of the signal, and saturated pixels: those that reach the ceiling (n,).
    """
    out = np.zeros((native.offsets.size - 1, _PARTS, 3), np.int64)
    for cell in range(native.offsets.size - 1):
        for at in range(native.offsets[cell], native.offsets[cell + 1]):
            pixel = native.position[at]
            part = 1 if native.nuclei[pixel] else 2
            out[cell, part, 0] += 1
            out[cell, part, 1] += np.int64(signal[pixel])
            out[cell, part, 2] += np.int64(signal[pixel] >= ceiling[cell])
        out[cell, 0] = out[cell, 1] + out[cell, 2]
    return out
