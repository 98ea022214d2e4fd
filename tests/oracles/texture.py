"""Haralick's statistics from the formulas of the 1973 paper, pair by pair."""

from __future__ import annotations

import numpy as np


def pair_counts(
    levels: np.ndarray, mask: np.ndarray, step: tuple[int, int], size: int
) -> np.ndarray:
    """Count level pairs `step` apart with both pixels in `mask`, once for each order."""
    counts = np.zeros((size, size), int)
    rows, columns = levels.shape
    for r in range(rows):
        for c in range(columns):
            y, x = r + step[0], c + step[1]
            if 0 <= y < rows and 0 <= x < columns and mask[r, c] and mask[y, x]:
                counts[levels[r, c], levels[y, x]] += 1
                counts[levels[y, x], levels[r, c]] += 1
    return counts


def entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())


def haralick13(counts: np.ndarray) -> np.ndarray:
    p = counts / counts.sum()
    size = len(p)
    i, j = np.mgrid[:size, :size]
    px, py = p.sum(1), p.sum(0)
    plus = np.array([p[i + j == k].sum() for k in range(2 * size - 1)])
    minus = np.array([p[abs(i - j) == k].sum() for k in range(size)])
    k, k2 = np.arange(size), np.arange(2 * size - 1)
    mx, my = (k * px).sum(), (k * py).sum()
    sx, sy = np.sqrt((k**2 * px).sum() - mx**2), np.sqrt((k**2 * py).sum() - my**2)
    joint = np.outer(px, py)
    hxy, hxy2 = entropy(p.ravel()), entropy(joint.ravel())
    seen = p > 0
    hxy1 = -(p[seen] * np.log2(joint[seen])).sum()
    f6 = (k2 * plus).sum()
    return np.array(
        [
            (p**2).sum(),
            (k**2 * minus).sum(),
            ((i * j * p).sum() - mx * my) / (sx * sy) if sx * sy > 0 else 1.0,
            sx**2,
            (p / (1 + (i - j) ** 2)).sum(),
            f6,
            (k2**2 * plus).sum() - f6**2,
            entropy(plus),
            hxy,
            minus.var(),
            entropy(minus),
            (hxy - hxy1) / max(entropy(px), entropy(py)),
            np.sqrt(max(0, 1 - np.exp(-2 * (hxy2 - hxy)))),
        ]
    )
