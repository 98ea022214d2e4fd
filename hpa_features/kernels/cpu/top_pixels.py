"""The brightest share of a set of pixels."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.orders import kept_places, places_buffer
from hpa_features.kernels.layout import CropLayout


@each
@njit(cache=True, nogil=True)
def brightest(
    values: NDArray[np.uint16],
    order: NDArray[np.int32],
    inside: NDArray[np.bool_],
    share: float,
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (total,) float64: 1 on the brightest share of its mask, else 0.

    Pixels tied at the limit share what is left of the count evenly, so no order of pixels
    decides; the weights of a cell sum to the share times its pixels.
    """
    weights = np.zeros(values.size)
    own = places_buffer(layout)
    for cell in range(layout.starts.size - 1):
        count = kept_places(order, inside, cell, layout, own)
        if count == 0:
            continue
        wanted = share * count
        limit = values[own[max(count - int(np.ceil(wanted)), 0)]]
        tied_to = count
        while values[own[tied_to - 1]] > limit:
            tied_to -= 1
            weights[own[tied_to]] = 1.0
        tied_from = tied_to
        while tied_from > 0 and values[own[tied_from - 1]] == limit:
            tied_from -= 1
        part = (wanted - (count - tied_to)) / (tied_to - tied_from)
        for k in range(tied_from, tied_to):
            weights[own[k]] = part
    return weights
