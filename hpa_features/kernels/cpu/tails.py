"""The brightest share of a set of pixels, and how it lies."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.layout import CropLayout


@each
@njit(cache=True, nogil=True)
def brightest(
    values: NDArray[np.uint16],
    inside: NDArray[np.bool_],
    share: float,
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (total,) float64: 1 on the brightest share of its mask, else 0.

    Pixels tied at the limit share what is left of the count evenly, so no order of pixels
    decides; the weights of a cell sum to the share times its pixels.
    """
    weights = np.zeros(values.size)
    for cell in range(layout.starts.size - 1):
        begin, end = layout.starts[cell], layout.starts[cell + 1]
        ordered = np.sort(values[begin:end][inside[begin:end]])
        if ordered.size == 0:
            continue
        wanted = share * ordered.size
        limit = ordered[max(ordered.size - int(np.ceil(wanted)), 0)]
        above = ordered.size - np.searchsorted(ordered, limit, side="right")
        tied = ordered.size - above - np.searchsorted(ordered, limit, side="left")
        part = (wanted - above) / tied
        for at in range(begin, end):
            if inside[at] and values[at] >= limit:
                weights[at] = 1.0 if values[at] > limit else part
    return weights
