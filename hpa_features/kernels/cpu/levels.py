"""Gray levels of each cell between two of its own quantiles."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.layout import CropLayout

LEVELS = 32


@njit(cache=True, nogil=True)
def quantile_of_sorted(ordered: NDArray[np.uint16], q: float) -> float:
    """Return the linear `q` quantile of an ascending array (as `numpy.quantile`)."""
    place = q * (ordered.size - 1)
    low = int(np.floor(place))
    below, above = float(ordered[low]), float(ordered[min(low + 1, ordered.size - 1)])
    return below + (place - low) * (above - below)


@each
@njit(cache=True, nogil=True)
def gray_levels(
    image: NDArray[np.uint16],
    order: NDArray[np.int32],
    smallest_span: NDArray[np.float64],
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return (total,) uint8 levels 1…32 (0 outside) and (n,) bool, whether a cell has enough steps.

    Levels are equal steps between the cell's 0.5th and 99.5th percentile; values beyond them
    take the first or last level. A cell whose percentiles lie closer than `smallest_span` (n,)
    has none: its levels stay 0.
    """
    levels = np.zeros(image.size, np.uint8)
    usable = np.zeros(smallest_span.size, np.bool_)
    for cell in range(smallest_span.size):
        begin, end = layout.starts[cell], layout.starts[cell + 1]
        ordered = image[order[begin : begin + np.count_nonzero(region[begin:end])]]
        if ordered.size == 0:
            continue
        low = quantile_of_sorted(ordered, 0.005)
        span = quantile_of_sorted(ordered, 0.995) - low
        if span <= 0 or span < smallest_span[cell]:
            continue
        usable[cell] = True
        for at in range(begin, end):
            if region[at] > 0:
                step = int(np.floor((image[at] - low) * LEVELS / span))
                levels[at] = np.uint8(1 + min(max(step, 0), LEVELS - 1))
    return levels, usable
