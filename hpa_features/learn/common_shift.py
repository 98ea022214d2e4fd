"""Whether rows lie off the training rows' principal directions all to one side.

Rows of the training rows' microscope scatter: what is left of them beyond the directions points
every way. What another microscope changes, it changes in all rows alike. The mean cosine between
the residuals of rows of different groups tells the two apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.folds import Rows

Floats = NDArray[np.float64]

MOST_ROWS = 1000  # bounds the pairs that are looked at


def cosines(residuals: Floats, groups: Rows) -> Floats:
    """Return mean, SD and number of the cosines between rows of different groups, 0 without any.

    Parameters
    ----------
    residuals
        (rows, columns).
    groups
        (rows,) 0…n−1.
    """
    lengths = np.sqrt(np.sum(residuals**2, axis=1, keepdims=True))
    units = residuals / np.maximum(lengths, np.finfo(np.float32).tiny)
    first, second = np.triu_indices(len(units), 1)
    apart = groups[first] != groups[second]
    found = (units @ units.T)[first[apart], second[apart]]
    return np.array([found.mean(), found.std(), len(found)]) if len(found) else np.zeros(3)


def usual_cosines(folds: Sequence[Floats]) -> Floats:
    """Return mean and SD over pairs, and SD of the mean over folds, of held-out rows' `cosines`."""
    means, spreads, pairs = np.array(folds).T
    if not pairs.sum():
        return np.array([0.0, 1.0, 1.0])
    mean, spread = (np.average(each, weights=pairs) for each in (means, spreads))
    return np.array([mean, spread, means.std()])


def excess(found: Floats, usual: Floats, groups: float) -> float:
    """Return how many SDs the mean of `found` lies above the usual one.

    Parameters
    ----------
    found
        `cosines` of the rows.
    usual
        `usual_cosines`.
    groups
        Their number; rows of a group count as one, for they are alike.
    """
    if not found[2]:
        return 0.0
    variance = usual[1] ** 2 / max(groups * (groups - 1) / 2, 1) + usual[2] ** 2
    return float((found[0] - usual[0]) / np.sqrt(max(variance, np.finfo(np.float32).tiny)))
