"""Interval of a share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Z95 = 1.959963984540054


def wilson(hits: NDArray[np.float64], trials: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (…, 2) the 95 % score interval of hits / trials (Wilson 1927), within 0 and 1.

    Rows of one group count as independent here; where they are alike, the true interval is wider.

    Parameters
    ----------
    hits, trials
        Counts of equal shape, trials of at least 1.
    """
    share, extra = hits / trials, Z95**2 / trials
    middle = (share + extra / 2) / (1 + extra)
    half = np.sqrt(extra * (share * (1 - share) + extra / 4)) / (1 + extra)
    return np.clip(np.stack([middle - half, middle + half], axis=-1), 0, 1)
