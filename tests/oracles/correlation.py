"""Slow twins of Correlation, pixel by pixel."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.optimize import nnls
from skimage.filters import threshold_otsu


def partial(target, partner, others):
    """Return the correlation of what `others` leave of `target` and `partner` (regressions)."""
    design = np.column_stack([np.ones_like(target), *others])
    rest = [x - design @ np.linalg.lstsq(design, x, rcond=None)[0] for x in (target, partner)]
    return stats.pearsonr(*rest).statistic


def manders(first, second, first_limit, second_limit):
    """Return M1 and M2 (Manders 1993)."""
    return (
        first[second > second_limit].sum() / first.sum(),
        second[first > first_limit].sum() / second.sum(),
    )


def icq(first, second):
    """Return Li's intensity correlation quotient."""
    return float(np.mean((first - first.mean()) * (second - second.mean()) > 0)) - 0.5


def otsu(values):
    return threshold_otsu(values)


def unmixed(target, layouts):
    """Return non-negative weights of layouts of mean 1, and residual mean square / variance."""
    design = np.column_stack([layout / layout.mean() for layout in layouts])
    weights, rest = nnls(design, target / target.mean())
    return weights, rest**2 / target.size / np.var(target / target.mean())
