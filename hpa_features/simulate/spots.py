"""Round spots: places inside a region, and Gaussian dots laid there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hpa_features.simulate.cells import Anatomy
from hpa_features.simulate.planes import Real, Shape


def scattered(
    anatomy: Anatomy, free: NDArray[np.bool_], counts: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return (n, 2) places in µm: `counts` of them a cell, anywhere where `free` is true."""
    rows, columns = np.nonzero(free)
    owner = anatomy.labels[rows, columns] - 1
    order = np.argsort(owner, kind="stable")
    ends = np.searchsorted(owner[order], np.arange(len(counts) + 1))
    chosen = [
        order[rng.integers(first, last, count)]
        for first, last, count in zip(ends[:-1], ends[1:], counts, strict=True)
        if last > first
    ]
    at = np.concatenate(chosen) if chosen else np.empty(0, np.intp)
    places = np.stack([rows[at], columns[at]], axis=1) + rng.uniform(0, 1, (len(at), 2))
    return places * anatomy.step_um


def stamp(
    shape: Shape, step_um: float, places: NDArray[np.float64], sigma_um: NDArray[np.float64]
) -> Real:
    """Return a plane with a Gaussian dot of height 1 at each place; dots add up."""
    plane = np.zeros(shape, np.float32)
    for (y, x), sigma in zip(places, sigma_um, strict=True):
        reach = 3 * sigma
        rows, columns = (
            np.arange(max(0, int((at - reach) / step_um)), min(n, int((at + reach) / step_um) + 1))
            for at, n in zip((y, x), shape)
        )
        across = np.exp(-0.5 * (((rows + 0.5) * step_um - y) / sigma) ** 2)
        along = np.exp(-0.5 * (((columns + 0.5) * step_um - x) / sigma) ** 2)
        if rows.size and columns.size:
            box = plane[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            box += np.outer(across, along)
    return plane
