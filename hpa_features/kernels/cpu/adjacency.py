"""How pixels within limits of brightness lie beside one another."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def adjacency_counts(
    values: NDArray[np.uint16],
    inside: NDArray[np.bool_],
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Return (n, 2, 9) int64: pixels with 0…8 of their eight neighbours on their own side.

    First for pixels with `low` < value < `high`, both (n,), then for all others. Only pixels
    `inside` whose eight neighbours are inside count.
    """
    counts = np.zeros((low.size, 2, 9), np.int64)
    for cell in range(low.size):
        columns = shape[cell, 1]
        begin, end = starts[cell], starts[cell + 1]
        # 1 or 10 on the two sides: the sum over a window of nine tells both counts, and a window
        # that leaves the part from one that does not.
        side = np.zeros(end - begin, np.int64)
        for at in range(side.size):
            if inside[begin + at]:
                value = values[begin + at]
                side[at] = 1 if low[cell] < value < high[cell] else 10
        for at in range(columns + 1, side.size - columns - 1):
            if side[at] == 0:
                continue
            total = -side[at]
            for row in (at - columns, at, at + columns):
                total += side[row - 1] + side[row] + side[row + 1]
            alike, other = total % 10, total // 10
            if alike + other == 8:
                if side[at] == 1:
                    counts[cell, 0, alike] += 1
                else:
                    counts[cell, 1, other] += 1
    return counts
