"""Brightness statistics of a part of a cell from their definitions."""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage as ndi
from scipy import stats


def gini(values: np.ndarray) -> float:
    """Half the relative mean absolute difference over distinct pairs."""
    n = values.size
    differences = np.abs(values[:, None] - values[None, :]).sum()
    return float(differences / (2 * n * (n - 1) * values.mean()))


def statistics(signal: np.ndarray, part: np.ndarray) -> dict[str, float]:
    values = np.sort(signal[part])
    inner_edge = part & ~ndi.binary_erosion(part)
    rows, columns = np.nonzero(part)
    middle = np.array([rows.mean(), columns.mean()])
    weight = signal[part]
    centre = np.array([(rows * weight).sum(), (columns * weight).sum()]) / weight.sum()
    return {
        "Mean": values.mean(),
        "StdDev": values.std(),
        "MAD": stats.median_abs_deviation(values),
        "Median": np.median(values),
        "MeanEdge": signal[inner_edge].mean(),
        "CV": values.std() / values.mean(),
        "Skewness": stats.skew(values),
        "Kurtosis": stats.kurtosis(values),
        "Gini": gini(values),
        "Top1Share": values[-math.ceil(0.01 * values.size) :].sum() / values.sum(),
        "EdgeRatio": signal[inner_edge].mean() / values.mean(),
        "MassDisplacement": math.dist(centre, middle),
    }
