"""Whether two views show the same cells: fine detail of shrunken planes, laid over one another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import fft, ndimage

_EDGE = 64  # the plane is shrunk to this many rows and columns
_FINE, _COARSE = 0.7, 2.0  # σ in shrunken pixels; what is coarser all cells have in common
_REACH = 5  # shrunken pixels: 8 % of the view


def fine_detail(plane: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.float32]:
    """Return (64, 64) float32 of norm 1: what is neither noise nor the mere place of cells.

    Means of tiles, their square roots (so that a few bright spots are not all there is), a
    difference of Gaussians, a Hann window. 0 everywhere for a plane of one value.
    """
    shrunk = Image.fromarray(plane.astype(np.float32)).resize((_EDGE, _EDGE), Image.Resampling.BOX)
    roots = np.sqrt(np.asarray(shrunk, np.float64))
    band = ndimage.gaussian_filter(roots, _FINE) - ndimage.gaussian_filter(roots, _COARSE)
    window = np.hanning(_EDGE + 2)[1:-1]
    windowed = (band - band.mean()) * window * window[:, None]
    norm = float(np.linalg.norm(windowed))
    flat = plane.min() == plane.max() or norm == 0
    return np.zeros_like(windowed, np.float32) if flat else (windowed / norm).astype(np.float32)


def likeness(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Return how well two views agree where they agree best: 1 for the same view, about 0 else.

    The greatest, over shifts of up to 8 % of the view, of the correlation of both views' details,
    averaged over the channels that are not flat in either (Lewis 1995, fast normalised
    cross-correlation; here the norm is that of the whole view).

    Parameters
    ----------
    first, second
        (channels, 64, 64) float32 of `fine_detail`.
    """
    seen = (first.any(axis=(1, 2)) & second.any(axis=(1, 2))).sum()
    if seen == 0:
        return 0.0
    product = np.conj(fft.rfft2(first)) * fft.rfft2(second)
    overlay = fft.irfft2(product.sum(axis=0), s=(_EDGE, _EDGE)) / seen
    near = np.roll(overlay, (_REACH, _REACH), (0, 1))[: 2 * _REACH + 1, : 2 * _REACH + 1]
    return float(near.max())
