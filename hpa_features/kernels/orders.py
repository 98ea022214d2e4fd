"""Which Zernike polynomials there are; the same on every device."""

from __future__ import annotations


def zernike_orders(degree: int) -> tuple[tuple[int, int], ...]:
    """Return the (n, m) with 0 < n ≤ degree, 0 ≤ m ≤ n, n − m even, in ascending order."""
    return tuple((n, m) for n in range(1, degree + 1) for m in range(n % 2, n + 1, 2))
