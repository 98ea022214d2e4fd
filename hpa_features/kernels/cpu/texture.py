"""Gray-level co-occurrence and Haralick's statistics, compartment by compartment."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.levels import LEVELS
from hpa_features.kernels.cpu.steps import whole_steps
from hpa_features.kernels.layout import CropLayout

SIZE = LEVELS + 1  # levels 1…32 at their own index, as mahotas does when 0 means outside
FEWEST_PAIRS = 100
FEW = 128
CELLS, NUCLEI, CYTOPLASM = 0, 1, 2


@njit(cache=True, nogil=True)
def _entropy(p: NDArray[np.float64]) -> float:
    total = 0.0
    for value in p:
        if value > 0:
            total -= value * np.log2(value)
    return total


@njit(cache=True, nogil=True)
def haralick_statistics(pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (13,) Haralick statistics of a symmetric count matrix, as mahotas defines them.

    Haralick, Shanmugam, Dinstein 1973, f1…f13. Departures, all mahotas': logarithms to base 2;
    f3 is 1 where all levels are equal; f7 is taken about f6; f10 is the variance of the array
    P(|x − y|).
    """
    total = pairs.sum()
    # Most counts are small and many are equal: their logarithms are taken once.
    products = np.full(FEW + 1, np.nan)
    margin, plus, minus = np.zeros(SIZE), np.zeros(2 * SIZE - 1), np.zeros(SIZE)
    energy = similarity = entropy = product = 0.0
    for i in range(SIZE):
        for j in range(SIZE):
            count = pairs[i, j]
            if count > 0:
                value = count / total
                place = min(count, FEW)
                if place == FEW or np.isnan(products[place]):
                    products[place] = value * np.log2(value)
                margin[j] += value
                plus[i + j] += value
                minus[abs(i - j)] += value
                energy += value * value
                similarity += value / (1 + (i - j) * (i - j))
                entropy -= products[place]
                product += value * i * j
    k = np.arange(SIZE)
    k2 = np.arange(2 * SIZE - 1)
    mean = (k * margin).sum()
    variance = (k * k * margin).sum() - mean * mean
    sum_average = (k2 * plus).sum()
    margin_entropy = _entropy(margin)
    # The matrix is symmetric, so the entropy of the margins' product is twice a margin's.
    independent = 2 * margin_entropy
    out = np.empty(13)
    out[0] = energy
    out[1] = (k * k * minus).sum()
    out[2] = (product - mean * mean) / variance if variance > 1e-12 else 1.0
    out[3] = variance
    out[4] = similarity
    out[5] = sum_average
    out[6] = (k2 * k2 * plus).sum() - sum_average * sum_average
    out[7] = _entropy(plus)
    out[8] = entropy
    out[9] = minus.var()
    out[10] = _entropy(minus)
    out[11] = (entropy - independent) / margin_entropy if margin_entropy > 0 else 0.0
    out[12] = np.sqrt(max(0.0, 1 - np.exp(-2 * (independent - entropy))))
    return out


@njit(cache=True, nogil=True)
def _count_pairs(
    levels: NDArray[np.uint8],
    region: NDArray[np.uint8],
    step: tuple[int, int],
    pairs: NDArray[np.int64],
) -> None:
    """Write the level pairs `step` apart in one crop to `pairs` (3, 33, 33), once for each order.

    `levels` and `region` are the crop's, in rows and columns; `step` goes down, or along a row.
    """
    rows, columns = levels.shape
    down, right = step
    first, last = max(0, -right), columns - max(0, right)
    pairs[:] = 0
    mixed = pairs[CELLS]
    for row in range(rows - down):
        level, place = levels[row, first:last], region[row, first:last]
        other = levels[row + down, first + right : last + right]
        beyond = region[row + down, first + right : last + right]
        for at in range(level.size):
            if place[at] > 0 and beyond[at] > 0:
                if place[at] == beyond[at]:
                    pairs[CYTOPLASM + 1 - place[at], level[at], other[at]] += 1
                else:
                    mixed[level[at], other[at]] += 1
    pairs[CELLS] += pairs[NUCLEI]
    pairs[CELLS] += pairs[CYTOPLASM]


@each
@njit(cache=True, nogil=True)
def haralick(
    um: float,
    gray: tuple[NDArray[np.uint8], NDArray[np.bool_]],
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (n, 3, 13): the statistics in cell, nucleus and cytoplasm at a distance.

    `gray` are levels (total,) and usable cells (n,). Means of four directions: 0°, 45°, 90° and
    135°, the diagonals ``(d, d)`` with d the distance in whole grid pixels, at least one. Pairs
    with a pixel outside the compartment do not count. NaN where the cell is not usable or a
    direction has under 100 pairs.
    """
    levels, usable = gray
    out = np.full((usable.size, 3, 13), np.nan)
    pairs = np.empty((3, SIZE, SIZE), np.int64)
    for cell in range(usable.size):
        if not usable[cell]:
            continue
        d = whole_steps(um, layout.step_um[cell])
        steps = ((0, d), (d, d), (d, 0), (d, -d))
        begin, end = layout.starts[cell], layout.starts[cell + 1]
        rows, columns = layout.shape[cell]
        level = levels[begin:end].reshape(rows, columns)
        place = region[begin:end].reshape(rows, columns)
        values = np.empty((3, 4, 13))
        enough = np.ones(3, np.bool_)
        for direction in range(4):
            _count_pairs(level, place, steps[direction], pairs)
            for part in range(3):
                if pairs[part].sum() < FEWEST_PAIRS:
                    enough[part] = False
                else:
                    symmetric = pairs[part] + pairs[part].T
                    values[part, direction] = haralick_statistics(symmetric)
        for part in range(3):
            if enough[part]:
                for f in range(13):
                    out[cell, part, f] = values[part, :, f].mean()
    return out
