"""Cells: each nucleus with the cytoplasm around it, and pieces without a nucleus."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

from hpa_features.kernels.cpu.field.flood import watershed
from hpa_features.kernels.cpu.field.smooth import gaussian
from hpa_features.segmentation.grid import Grid
from hpa_features.segmentation.nearest import Nearest
from hpa_features.segmentation.regions import areas, holes_of

SMOOTH_UM = 0.8  # fibres and vesicles fade, the gap between two cells stays
RIM_UM = 1.0  # a nucleus has some cytoplasm of its own all around
FALL_UM = 10.0  # the stain of a cell falls to 1/e over about this length from the nucleus
STAIN = 2.0  # what the stain weighs against the distance
FAINT = 0.05  # stain below this says nothing about where a cell ends
LARGEST_HOLE_UM2 = 100.0  # vacuoles are smaller
NUCLEUS_UM2 = 175.0  # a disc of 15 µm, where a field has no nuclei to measure


def grow(
    near: Nearest,
    stain: NDArray[np.float32],
    inside: NDArray[np.bool_],
    grid: Grid,
) -> NDArray[np.int32]:
    """Return each nucleus's territory: every pixel of `inside` that is joined to a nucleus.

    `near` has the nuclei. Territories meet where the stain is faint; where it is even, half-way
    between the nuclei.
    """
    outside = near.labels == 0
    distance = near.distance * grid.um
    # Over a nucleus there is little stain: its shadow must not look like the gap between cells.
    weight = gaussian(outside.astype(np.float32), grid.pixels(SMOOTH_UM))
    smooth = gaussian(stain * outside, grid.pixels(SMOOTH_UM))
    smooth = np.divide(smooth, weight, out=np.zeros_like(smooth), where=weight > 0.01)
    heights = distance / FALL_UM - STAIN * np.log(smooth + FAINT)
    return watershed(heights, near.within(grid.pixels(RIM_UM)), inside)


def fill_holes(cells: NDArray[np.int32], grid: Grid) -> NDArray[np.int32]:
    """Return `cells` with the small holes that lie in one cell; gaps between cells stay."""
    holes, own = holes_of(cells)
    own[areas(holes, len(own) - 1) >= grid.area(LARGEST_HOLE_UM2)] = 0
    return np.where(cells > 0, cells, own[holes]) if own.any() else cells


def smallest_cell(nuclei: NDArray[np.int32], grid: Grid) -> float:
    """Return how many grid pixels a cell without a nucleus has at least: the median nucleus's.

    It is a cell whose nucleus lies outside the field or out of focus; smaller pieces are debris.
    """
    count = int(nuclei.max(initial=0))
    sizes = areas(nuclei, count)[1:]
    return float(np.median(sizes[sizes > 0])) if count else grid.area(NUCLEUS_UM2)


def without_nucleus(
    cells: NDArray[np.int32],
    nuclei: NDArray[np.int32],
    inside: NDArray[np.bool_],
    grid: Grid,
) -> NDArray[np.int32]:
    """Return `cells` with the parts of `inside` that no nucleus reached, where large enough."""
    pieces = label(inside & (cells == 0), connectivity=1)
    return with_pieces(cells, pieces, smallest_cell(nuclei, grid))


def with_pieces(
    cells: NDArray[np.int32], pieces: NDArray[np.int32], smallest: float
) -> NDArray[np.int32]:
    """Return `cells` and those of `pieces`, labels outside them, that have enough pixels."""
    kept = areas(pieces, int(pieces.max(initial=0))) >= smallest
    kept[0] = False
    highest = int(cells.max(initial=0))
    return np.where(kept[pieces], pieces + highest, cells).astype(np.int32)
