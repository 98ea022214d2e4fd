"""How images vary together inside a part of each cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.layout import CropLayout

Image = NDArray[np.uint16] | NDArray[np.float64] | NDArray[np.bool_]


@njit(cache=True, nogil=True)
def _taken(image: Image, places: NDArray[np.int64], into: NDArray[np.float64]) -> None:
    for k in range(places.size):
        into[k] = image[places[k]]


@njit(cache=True, nogil=True)
def _covariances(
    images: NDArray[np.float64], places: NDArray[np.int64], layout: CropLayout
) -> NDArray[np.float64]:
    kinds = images.shape[0]
    packed = np.zeros((layout.starts.size - 1, 1 + kinds + kinds * kinds))
    end = 0
    for cell in range(layout.starts.size - 1):
        begin = end
        while end < places.size and places[end] < layout.starts[cell + 1]:
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


@each
def covariances(
    images: Sequence[Image], mask: NDArray[np.bool_], layout: CropLayout
) -> NDArray[np.float64]:
    """Return (n, 1 + k + k²): pixels of a mask, then means and covariances of k images over them.

    Covariances are divided by the count, in two passes. Zeros for a cell without such pixels.
    """
    places = np.flatnonzero(mask)
    values = np.empty((len(images), places.size))
    for image, row in zip(images, values):
        _taken(image, places, row)
    return np.asarray(_covariances(values, places, layout))
