"""How bright the parts of each cell are, and how evenly."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.levels import quantile_of_sorted
from hpa_features.kernels.cpu.orders import places_buffer
from hpa_features.kernels.layout import CropLayout, NativeLayout

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_PARTS = 3  # cell, nucleus, cytoplasm
_NUCLEUS = 2  # its number in `region`


@njit(cache=True, nogil=True)
def is_part(region: int, part: int) -> bool:
    """Whether a region (1 cytoplasm, 2 nucleus) lies in part 0 cell, 1 nucleus or 2 cytoplasm."""
    if part == 0:
        return region > 0
    return region == 3 - part


@njit(cache=True, nogil=True)
def _describe(ordered: NDArray[np.uint16], row: NDArray[np.float64]) -> None:
    """Fill `row` with what `part_statistics` returns of ascending values."""
    count, total = ordered.size, np.int64(ordered.sum())
    mean = total / count
    second = third = fourth = weighted = 0.0
    for at in range(count):
        d = ordered[at] - mean
        second += d * d
        third += d * d * d
        fourth += d * d * d * d
        weighted += (2 * (at + 1) - count - 1) * float(ordered[at])
    variance = second / count
    row[0] = mean
    row[1] = np.sqrt(variance)
    row[2] = _median_distance(ordered, quantile_of_sorted(ordered, 0.5))
    if variance > 0:
        row[3] = third / count / variance**1.5
        row[4] = fourth / count / (variance * variance) - 3
    if total > 0:
        if count > 1:
            row[5] = weighted / (float(total) * (count - 1))  # Lotz et al. 2004, eq. 6
        top = ordered[count - int(np.ceil(0.01 * count)) :]
        row[6] = float(top.sum()) / float(total)
    for at, q in enumerate(QUANTILES):
        row[7 + at] = quantile_of_sorted(ordered, q)


@njit(cache=True, nogil=True)
def _median_distance(ordered: NDArray[np.uint16], middle: float) -> float:
    """Return the median of the distances of ascending values from `middle`."""
    half = ordered.size // 2
    upper = _distance_of_rank(ordered, middle, half)
    if ordered.size % 2 == 1:
        return upper
    return 0.5 * (_distance_of_rank(ordered, middle, half - 1) + upper)


@njit(cache=True, nogil=True)
def _distance_of_rank(ordered: NDArray[np.uint16], middle: float, rank: int) -> float:
    """Return how far from `middle` the value is that `rank` others are not farther away than.

    The nearest ``rank + 1`` values lie side by side in the order. Among all windows of so many,
    the farther right one begins, the less it reaches below `middle` and the more above.
    """
    low, high = 0, ordered.size - 1 - rank
    while low < high:
        begin = (low + high) // 2
        if ordered[begin + rank] - middle >= middle - ordered[begin]:
            high = begin
        else:
            low = begin + 1
    nearest: float = max(middle - ordered[low], ordered[low + rank] - middle)
    if low > 0:
        nearest = min(nearest, middle - ordered[low - 1])
    return nearest


@each
@njit(cache=True, nogil=True)
def part_statistics(
    values: NDArray[np.uint16],
    order: NDArray[np.int32],
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (n, 3, 13) for cell, nucleus and cytoplasm, NaN without pixels.

    Mean, standard deviation, median absolute deviation, skewness, excess kurtosis, Gini
    coefficient (0 even, 1 one pixel), the share of the signal in the brightest 1 % of the pixels,
    then the 5, 25, 50, 75, 95 and 99 % quantiles (linear), all on the scale of the image. NaN
    also where all values are equal (skewness, kurtosis) or 0 (Gini, share).
    """
    cells = layout.starts.size - 1
    out = np.full((cells, _PARTS, 13), np.nan)
    ordered = np.empty((_PARTS, places_buffer(layout).size), np.uint16)
    for cell in range(cells):
        nucleus = cytoplasm = 0
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            place = order[at]
            if place < 0:
                break
            value, in_nucleus = values[place], region[place] == _NUCLEUS
            ordered[0, nucleus + cytoplasm] = value
            ordered[1, nucleus] = value
            ordered[2, cytoplasm] = value
            nucleus += in_nucleus
            cytoplasm += not in_nucleus
        for part, count in enumerate((nucleus + cytoplasm, nucleus, cytoplasm)):
            if count > 0:
                _describe(ordered[part, :count], out[cell, part])
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
    scale: NDArray[np.float64],
    native: NativeLayout,
) -> NDArray[np.int64]:
    """Return (n, 3, 3) int64 for cell, nucleus and cytoplasm.

    Pixels, sum of the signal, and saturated pixels: those that reach the ceiling (n,).
    """
    out = np.zeros((native.offsets.size - 1, _PARTS, 3), np.int64)
    for cell in range(native.offsets.size - 1):
        ceiling = np.int64(scale[cell, 0] - scale[cell, 1])
        for at in range(native.offsets[cell], native.offsets[cell + 1]):
            pixel = native.position[at]
            part = 1 if native.nuclei[pixel] else 2
            out[cell, part, 0] += 1
            out[cell, part, 1] += np.int64(signal[pixel])
            out[cell, part, 2] += np.int64(signal[pixel] >= ceiling)
        out[cell, 0] = out[cell, 1] + out[cell, 2]
    return out
