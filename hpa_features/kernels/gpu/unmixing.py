"""Weights of layouts that together explain another one, none of them negative."""

from __future__ import annotations

from math import isqrt

import cupy

from hpa_features.kernels.gpu.launch import Arrays, Each, floats, integers, launch, over

MOST = 8
"""Images that may explain another one: `unmixing.cu` has it too."""


def nonnegative_weights(packed: Arrays, ridge: list[float]) -> Arrays:
    """Return (n, k).

    From a table of `covariances` over k images: k − 1 weights, none negative, of the other images
    that together explain the first, all divided by their means, and the residual mean square over
    the variance of the first; `kernels.cpu` defines them. NaN where a mean is not positive.

    Raises
    ------
    ValueError
        More than eight images are to explain one.
    """
    cells = len(packed[0])
    kinds = [(isqrt(4 * table.shape[1] - 3) - 1) // 2 for table in packed]
    if max(kinds) - 1 > MOST:
        raise ValueError(f"Up to {MOST} images explain another one, got {max(kinds) - 1}.")
    results = [cupy.empty((cells, count), float) for count in kinds]
    given = (Each(packed, float), integers([count - 1 for count in kinds]), floats(ridge), cells)
    launch("unmixing", "nonnegative_weights", over(cells), *given, Each(results))
    return results
