"""Step and background of a plane from their definitions, with sorted lists and no histogram."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import ceil

import numpy as np


def step_of(plane: np.ndarray) -> int:
    """Return the smallest gap between values that occur, 1 for a plane of one value."""
    values = sorted(set(plane.ravel().tolist()))
    return min((b - a for a, b in pairwise(values)), default=1)


def at_share(values: list[int], per_mille: int) -> int:
    """Return the lowest of `values` that so many per mille of them do not exceed."""
    return sorted(values)[max(ceil(per_mille * len(values) / 1000), 1) - 1]


def background_of(plane: np.ndarray, outside: np.ndarray) -> int:
    """Return the mode outside cells in bins of whole steps, the 1st percentile without outside."""
    everything, values = plane.ravel().tolist(), plane[outside].tolist()
    if len(values) == 0 or len(values) < 0.01 * len(everything):
        return at_share(everything, 10)
    step = step_of(plane)
    offset = min(everything) % step
    places = [(value - offset) // step for value in values]
    width = ceil((at_share(places, 999) + 1) / 256)
    bins = Counter(place // width for place in places)
    smooth = {
        k: bins[max(k - 1, 0)] + bins[k] + bins[k + 1] for k in range(max(places) // width + 3)
    }
    tied = [k for k, count in smooth.items() if count == max(smooth.values())]
    run = [k for k in tied if k - tied[0] == tied.index(k)]
    middle = run[(len(run) - 1) // 2]
    inside = [v for v, place in zip(values, places, strict=True) if place // width == middle]
    return at_share(inside, 500) if inside else offset + (middle * width + (width - 1) // 2) * step
