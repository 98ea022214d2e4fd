"""The brightest share of a set of pixels, and how it lies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.layout import CropLayout


@njit(cache=True, nogil=True)
def brightest_weights(
    values: NDArray[np.uint16],
    inside: NDArray[np.bool_],
    starts: NDArray[np.int64],
    share: float,
) -> NDArray[np.float64]:
    """Return (total,) float64: 1 on the brightest `share` of each cell's pixels `inside`, else 0.

    Pixels tied at the limit share what is left of the count evenly, so no order of pixels
    decides; the weights of a cell sum to `share` times its pixels.
    """
    weights = np.zeros(values.size)
    for cell in range(starts.size - 1):
        begin, end = starts[cell], starts[cell + 1]
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


def brightest(
    images: Sequence[NDArray[np.uint16]],
    masks: Sequence[NDArray[np.bool_]],
    shares: Sequence[float],
    layout: CropLayout,
) -> list[NDArray[np.float64]]:
    """Return for each image (total,) float64: 1 on the brightest share of its mask, else 0.

    Pixels tied at the limit share what is left of the count evenly, so no order of pixels
    decides; the weights of a cell sum to the share times its pixels.
    """
    return [
        brightest_weights(image, mask, layout.starts, share)
        for image, mask, share in zip(images, masks, shares)
    ]
