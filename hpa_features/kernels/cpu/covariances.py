"""How images vary together inside a part of each cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.layout import CropLayout

Image = NDArray[np.uint16] | NDArray[np.float64] | NDArray[np.bool_]
Row = NDArray[np.float64]
Four = tuple[float, float, float, float]


@njit(cache=True, nogil=True)
def _places(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return where a mask is true."""
    places = np.empty(mask.size, np.int32)
    count = 0
    for at in range(mask.size):
        places[count] = at
        count += mask[at]
    return places[:count]


@njit(cache=True, nogil=True)
def _taken(image: Image, places: NDArray[np.int32], into: Row) -> None:
    for k in range(places.size):
        into[k] = image[places[k]]


# An addition waits for the one before it, so four sums that do not depend on one another take as
# long as one. Each sum still adds its pixels in raster order.
@njit(cache=True, nogil=True)
def _four_sums(a: Row, b: Row, c: Row, d: Row) -> Four:
    sum_a = sum_b = sum_c = sum_d = 0.0
    for at in range(a.size):
        sum_a += a[at]
        sum_b += b[at]
        sum_c += c[at]
        sum_d += d[at]
    return sum_a, sum_b, sum_c, sum_d


@njit(cache=True, nogil=True)
def _four_products(a: Row, b: Row, c: Row, d: Row) -> Four:
    """Return Σ a·c, Σ a·d, Σ b·c and Σ b·d."""
    ac = ad = bc = bd = 0.0
    for at in range(a.size):
        ac += a[at] * c[at]
        ad += a[at] * d[at]
        bc += b[at] * c[at]
        bd += b[at] * d[at]
    return ac, ad, bc, bd


@njit(cache=True, nogil=True)
def _centre(images: NDArray[np.float64], means: Row) -> None:
    """Write each image's mean into `means` and take it off the image."""
    kinds, count = images.shape
    last = kinds - 1
    for j in range(0, kinds, 4):
        k, m, n = min(j + 1, last), min(j + 2, last), min(j + 3, last)
        sums = _four_sums(images[j], images[k], images[m], images[n])
        means[j], means[k], means[m], means[n] = sums
    for j in range(kinds):
        means[j] /= count
        for at in range(count):
            images[j, at] -= means[j]


@njit(cache=True, nogil=True)
def _covariances(
    images: NDArray[np.float64], places: NDArray[np.int32], layout: CropLayout
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
        own = images[:, begin:end]
        packed[cell, 0] = count
        _centre(own, packed[cell, 1 : 1 + kinds])
        table = packed[cell, 1 + kinds :].reshape(kinds, kinds)
        for i in range(0, kinds, 2):
            j = min(i + 1, kinds - 1)
            for k in range(i, kinds, 2):
                m = min(k + 1, kinds - 1)
                products = _four_products(own[i], own[j], own[k], own[m])
                table[i, k], table[i, m], table[j, k], table[j, m] = products
                table[k, i], table[m, i], table[k, j], table[m, j] = products
        table /= count
    return packed


@each
def covariances(
    images: Sequence[Image], mask: NDArray[np.bool_], layout: CropLayout
) -> NDArray[np.float64]:
    """Return (n, 1 + k + k²): pixels of a mask, then means and covariances of k images over them.

    Covariances are divided by the count, in two passes. Zeros for a cell without such pixels.
    """
    places = _places(mask)
    values = np.empty((len(images), places.size))
    for image, row in zip(images, values):
        _taken(image, places, row)
    return np.asarray(_covariances(values, places, layout))
