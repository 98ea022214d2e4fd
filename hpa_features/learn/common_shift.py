"""Whether rows lie off the training rows' principal directions all to one side.

Rows of the training rows' microscope scatter: what is left of them beyond the directions points
every way. What another microscope changes, it changes in all rows alike. A test of the mean of
spatial signs distinguishes the two (Wang, Peng & Li 2015, "A high-dimensional nonparametric
multivariate test for mean vector", JASA 110), here with rows that come in groups and with training
rows that are a sample, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc

from hpa_features.learn.folds import Rows

Floats = NDArray[np.float64]

MOST_FREEDOM = 1e6  # far above any number of columns
_TINY = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True)
class Scatter:
    """How the signs of held-out training rows scatter.

    Attributes
    ----------
    alike
        Correlation, 0 to 1, of the signs of two rows of a group.
    common
        Squared length of the mean sign that rows of the training rows' kind have at any number,
        because the directions were laid through some rows and not through all, 0 to 1.
    freedom
        Degrees of freedom of a group's mean sign, from 1 to `MOST_FREEDOM` (Satterthwaite 1946).
    """

    alike: float
    common: float
    freedom: float

    @classmethod
    def of(cls, pairs: Floats, rows: int, group_rows: float) -> Scatter:
        """Return the scatter of training rows.

        Parameters
        ----------
        pairs
            `sums_of_pairs` of the held-out rows of each fold, summed.
        rows
            Number of training rows.
        group_rows
            Rows of a group, as `rows_of_a_group` gives them.
        """
        apart, together, squares, lengths = pairs[:, 0] / np.maximum(pairs[:, 1], 1)
        alike = float(np.clip(together - apart, 0, 1))
        common = max(apart, design_effect(group_rows, alike) / rows)
        freedom = lengths**2 / squares if squares > 0 else np.inf
        return cls(alike, float(min(common, 1)), float(np.clip(freedom, 1, MOST_FREEDOM)))

    def chance(self, mean: Floats, rows: int, group_rows: float) -> float:
        """Return the chance that rows of the training rows' kind lie as much to one side.

        Parameters
        ----------
        mean
            (columns,) mean sign of the rows.
        rows
            Their number.
        group_rows
            Rows of a group among them.
        """
        usual = design_effect(group_rows, self.alike) / rows + self.common
        # The squared length of the mean is a weighted sum of squares: a scaled chi-square.
        scaled = np.sum(mean**2) / usual * self.freedom
        return float(gammaincc(self.freedom / 2, scaled / 2))


def signs(residuals: Floats) -> Floats:
    """Return (rows, columns) `residuals`, each row of length 1."""
    lengths = np.linalg.norm(residuals, axis=1, keepdims=True)
    return np.asarray(residuals / np.maximum(lengths, _TINY))


def design_effect(group_rows: float, alike: float) -> float:
    """Return by how much a mean varies more because rows of a group are alike (Kish 1965)."""
    return 1 + (group_rows - 1) * alike


def rows_of_a_group(groups: Rows) -> float:
    """Return how many rows the group of a row has, mean over the (rows,) 0…n−1."""
    return float(np.sum(np.bincount(groups) ** 2) / len(groups))


def sums_of_pairs(found: Floats, groups: Rows) -> Floats:
    """Return (4, 2) sums and the numbers of what they add up.

    Cosines between rows of different groups; cosines between rows of one group; squared products
    of mean signs of different groups; squared lengths of mean signs.

    Parameters
    ----------
    found
        (rows, columns) `signs`.
    groups
        (rows,) 0…n−1.
    """
    first, second = np.triu_indices(len(found), 1)
    cosines, one = (found @ found.T)[first, second], groups[first] == groups[second]
    present, which = np.unique(groups, return_inverse=True)
    means = (which == np.arange(len(present))[:, None]) / np.bincount(which)[:, None] @ found
    products = means @ means.T
    pairs = products[np.triu_indices(len(products), 1)]
    sums = (cosines[~one], cosines[one], pairs**2, np.diagonal(products))
    return np.array([(each.sum(), len(each)) for each in sums])
