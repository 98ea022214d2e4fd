"""Cells to image: statistics that keep what a few cells show."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.tables import FEWEST_CELLS

STATISTICS = ("Median", "Q10", "Q90")
TOP = "Top"
_QUANTILES = (0.5, 0.1, 0.9)


@dataclass(frozen=True, slots=True)
class Aggregated:
    """One image's statistics.

    Attributes
    ----------
    values
        (columns × 3 + rare columns,) float64: median, 10 % and 90 % of each column, then the
        mean of the ⌈n/20⌉ largest of each rare column.
    cells_used
        How many cells went in.
    all_cells
        True where border cells and cells without nucleus went in too, because fewer than three
        others were left.
    """

    values: NDArray[np.float64]
    cells_used: int
    all_cells: bool


def _quantiles(sorted_values: NDArray[np.float64], count: NDArray[np.int64]) -> NDArray[np.float64]:
    """Linear quantiles of each column's first `count` rows; NaN where there are none."""
    columns = np.arange(sorted_values.shape[1])
    out = np.empty((columns.size, len(_QUANTILES)))
    for at, q in enumerate(_QUANTILES):
        place = q * np.maximum(count - 1, 0)
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, np.maximum(count - 1, 0))
        below, above = sorted_values[low, columns], sorted_values[high, columns]
        out[:, at] = below + (place - low) * (above - below)
    out[count == 0] = np.nan
    return out


def counted_cells(usable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return (n,) which cells an image is described by: the `usable` ones, all if they are few."""
    return usable if int(usable.sum()) >= FEWEST_CELLS else np.ones_like(usable)


def aggregate(
    cells: NDArray[np.float32], usable: NDArray[np.bool_], rare: NDArray[np.bool_]
) -> Aggregated:
    """Return the statistics of one image's `cells` (n, columns) over its `usable` (n,) cells.

    Quantiles are linear (as `numpy.quantile`); NaN values are ignored, column by column.
    `rare` (columns,) marks the columns that also get the mean of their largest values.
    """
    all_cells = int(usable.sum()) < FEWEST_CELLS
    chosen = cells[counted_cells(usable)]
    width = cells.shape[1]
    if len(chosen) == 0:
        return Aggregated(np.full(width * 3 + int(rare.sum()), np.nan), 0, all_cells)
    ordered = np.sort(chosen.astype(np.float64), axis=0)  # NaN last
    count = np.sum(~np.isnan(ordered), axis=0)
    top = [_mean_of_largest(ordered[: count[c], c]) for c in np.flatnonzero(rare)]
    values = np.concatenate([_quantiles(ordered, count).ravel(), top])
    return Aggregated(values, len(chosen), all_cells)


def _mean_of_largest(ordered: NDArray[np.float64]) -> float:
    if ordered.size == 0:
        return math.nan
    return float(ordered[-math.ceil(ordered.size / 20) :].mean())
