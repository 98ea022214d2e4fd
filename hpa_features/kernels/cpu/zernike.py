"""Zernike moments of a channel over each cell."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def _radial_table(degree: int) -> NDArray[np.float64]:
    """Coefficients [n, m, k] of r^(n − 2k) in R_nm (Khotanzad & Hong 1990, eq. 3)."""
    factorial = np.ones(degree + 1)
    for k in range(1, degree + 1):
        factorial[k] = factorial[k - 1] * k
    table = np.zeros((degree + 1, degree + 1, degree // 2 + 1))
    for n in range(degree + 1):
        for m in range(n % 2, n + 1, 2):
            for k in range((n - m) // 2 + 1):
                sign = -1.0 if k % 2 else 1.0
                below = factorial[k] * factorial[(n + m) // 2 - k] * factorial[(n - m) // 2 - k]
                table[n, m, k] = sign * factorial[n - k] / below
    return table


@njit(cache=True, nogil=True)
def _power_sums(
    values: NDArray[np.uint16],
    region: NDArray[np.uint8],
    shape: NDArray[np.int64],
    degree: int,
) -> tuple[NDArray[np.complex128], int]:
    """Σ value·r^p·e^(−imθ), [p, m], about the centroid with the farthest pixel at r = 1."""
    sums = np.zeros((degree + 1, degree + 1), np.complex128)
    rows, columns, count = 0, 0, 0
    for at in range(region.size):
        if region[at] > 0:
            rows += at // shape[1]
            columns += at % shape[1]
            count += 1
    if count == 0:
        return sums, 0
    row, column = rows / count, columns / count
    farthest = 0.0
    for at in range(region.size):
        if region[at] > 0:
            y, x = at // shape[1] - row, at % shape[1] - column
            farthest = max(farthest, x * x + y * y)
    scale = 1.0 / np.sqrt(farthest) if farthest > 0 else 0.0
    for at in range(region.size):
        if values[at] > 0:
            y, x = (at // shape[1] - row) * scale, (at % shape[1] - column) * scale
            square = x * x + y * y
            turn = complex(x, -y)  # r·e^(−iθ); its m-th power carries r^m
            term = complex(float(values[at]), 0.0)
            for m in range(degree + 1):
                power = term
                for p in range(m, degree + 1, 2):
                    sums[p, m] += power
                    power *= square
                term *= turn
    return sums, count


@njit(cache=True, nogil=True)
def zernike_magnitudes(
    values: NDArray[np.uint16],
    region: NDArray[np.uint8],
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
    orders: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return (n, len(orders)): |(n + 1)/π · Σ value·V*_nm| / Σ value of each cell.

    The unit circle is centred on the cell's centroid and goes through its farthest pixel. NaN
    where the cell holds no signal. `orders` (k, 2) lists n and m.

    References
    ----------
    Khotanzad & Hong 1990, Invariant image recognition by Zernike moments, eq. 1–6.
    """
    degree = orders[:, 0].max()
    table = _radial_table(degree)
    result = np.full((starts.size - 1, orders.shape[0]), np.nan)
    for cell in range(starts.size - 1):
        stretch = slice(starts[cell], starts[cell + 1])
        sums, count = _power_sums(values[stretch], region[stretch], shape[cell], degree)
        if count == 0 or sums[0, 0].real == 0:
            continue
        for k in range(orders.shape[0]):
            n, m = orders[k]
            moment = complex(0.0, 0.0)
            for j in range((n - m) // 2 + 1):
                moment += table[n, m, j] * sums[n - 2 * j, m]
            result[cell, k] = abs(moment) * (n + 1) / np.pi / sums[0, 0].real
    return result
