"""Lengths on the working grid."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def whole_steps(um: float, step_um: float) -> int:
    """Return a length as a whole number of pixels, at least one."""
    return max(int(np.round(um / step_um)), 1)
