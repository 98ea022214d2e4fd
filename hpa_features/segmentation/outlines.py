"""Outlines of nuclei, each drawn again in its own neighbourhood."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

from hpa_features.kernels.cpu.field.flood import watershed
from hpa_features.kernels.cpu.field.morphology import highest_in_disc
from hpa_features.kernels.cpu.field.smooth import gaussian
from hpa_features.segmentation.grid import Grid
from hpa_features.segmentation.nearest import Nearest, depth_in
from hpa_features.segmentation.nuclei import HALF, NOISE, OPENING_UM, PLATEAU, above_background
from hpa_features.segmentation.regions import (
    areas,
    close_bays,
    filled,
    opened,
    quantile_by_label,
)

AROUND_UM = 5.0  # a nucleus's own background lies this near
DARKEST = 0.1  # quantile of what lies around that is the background
LOW = 0.2  # out of focus a nucleus has dim sides, down to this share of its height
STEP_UM = 1.2  # on either side of an edge the stain has its full height within this length
DEEP_UM = 1.0  # what lies deeper below the lowest outline is no edge
BAY_UM = 1.2  # bays narrower than twice this are folds, not outline
SMOOTH_UM = 0.5  # smoothing of the outline
FALL = 0.6  # beyond a dim side the stain falls by this share: haze fades without an edge
LARGEST_SIDE = 1.0  # a dim side larger than the nucleus is something else


def outline_nuclei(near: Nearest, dna: NDArray[np.float32], grid: Grid) -> NDArray[np.int32]:
    """Return the nuclei with their dim sides, bays closed and outlines smoothed.

    A nucleus reaches to where its own step above the local background is low; there its edge is
    where the stain passes half of the local step. For a sharp nucleus that is half its height,
    for a dim side half of the side's.

    Parameters
    ----------
    near
        Nearest label of every pixel, for labels 1…n of the nuclei at half their height.
    dna
        (rows, columns) DNA stain on the grid, any scale.
    grid
        The grid.

    Returns
    -------
    labels
        (rows, columns), the labels of the nuclei; none grows into another.
    """
    nuclei = near.labels
    if not nuclei.any():
        return nuclei
    smooth, signal = above_background(dna, grid)
    noise = float(np.std((dna - smooth)[nuclei == 0])) if (nuclei == 0).any() else 0.0
    reached, base = _reach(near, signal, noise, grid)
    edge = _within_edge(reached, signal - base[reached], grid) | (nuclei > 0)
    wide = np.where(opened(edge, grid.pixels(OPENING_UM)), reached, 0)
    grown = np.where(nuclei > 0, nuclei, wide).astype(np.int32)
    return _smoothed(_with_edged_sides(grown, nuclei, signal, grid), grid)


def _reach(
    near: Nearest, signal: NDArray[np.float32], noise: float, grid: Grid
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return how far each nucleus may reach, and the background of each label."""
    nuclei = near.labels
    height = quantile_by_label(signal, nuclei, PLATEAU)
    ring = near.ring(0, grid.pixels(AROUND_UM))
    base = np.minimum(quantile_by_label(signal, ring, DARKEST, len(height) - 1), height)
    low = base + np.maximum(LOW * (height - base), NOISE * noise)
    seen = (signal > low[1:].min()) | (nuclei > 0)
    own = watershed(-signal, nuclei, seen)
    own = np.where((signal > low[own]) | (nuclei > 0), own, 0)
    pieces = label(own, connectivity=1)
    joined = np.bincount(pieces[nuclei > 0], minlength=int(pieces.max()) + 1) > 0
    return np.where(joined[pieces], own, 0).astype(np.int32), base


def _within_edge(
    reached: NDArray[np.int32], step: NDArray[np.floating], grid: Grid
) -> NDArray[np.bool_]:
    """Return the pixels of `reached` that lie deep in it or above half of the local step."""
    inside = reached > 0
    near = max(1, round(grid.pixels(STEP_UM)))
    wide = np.pad(np.where(inside, step, 0), near, constant_values=-np.inf)
    edge = step > HALF * highest_in_disc(wide, near)
    within: NDArray[np.bool_] = inside & ((depth_in(inside) > grid.pixels(DEEP_UM)) | edge)
    return within


def _with_edged_sides(
    grown: NDArray[np.int32],
    nuclei: NDArray[np.int32],
    signal: NDArray[np.float32],
    grid: Grid,
) -> NDArray[np.int32]:
    """Return `grown` without sides that are larger than their nucleus or have no edge."""
    sides = label(np.where(nuclei > 0, 0, grown), connectivity=1).astype(np.int32)
    count = int(sides.max())
    owner = np.zeros(count + 1, np.int32)
    owner[sides.ravel()] = grown.ravel()
    level = quantile_by_label(signal, sides, 0.5)
    seeds = np.where(nuclei > 0, np.int32(count + 1), sides)
    beyond = Nearest.of(seeds).ring(grid.pixels(OPENING_UM), grid.pixels(3 * OPENING_UM))
    around = quantile_by_label(signal, beyond, 0.5, count + 1)
    small = areas(sides, count) < LARGEST_SIDE * areas(nuclei, int(nuclei.max()))[owner]
    kept = small & (around[:-1] < (1 - FALL) * level)
    return np.where((nuclei > 0) | kept[sides], grown, 0).astype(np.int32)


def _smoothed(labels: NDArray[np.int32], grid: Grid) -> NDArray[np.int32]:
    closed = close_bays(labels, grid.pixels(BAY_UM))
    even = gaussian((closed > 0).astype(np.float32), grid.pixels(SMOOTH_UM), "edge")
    return np.where(filled(even > HALF), Nearest.of(closed).label, 0)
