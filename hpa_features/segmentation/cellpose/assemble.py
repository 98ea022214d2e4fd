"""Nuclei and the regions of cytoplasm stains put together to cells, each with one nucleus.

Rules of CellProfiling/CellposeSegmentatorPortable (`merge_segmentations`): a nucleus belongs to the
region with most of its pixels; a region of several nuclei is divided between them; a further stain
fills only gaps; a nucleus is always part of its cell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

from hpa_features.kernels.cpu.field.flood import watershed
from hpa_features.kernels.cpu.field.owners import shared_runs
from hpa_features.kernels.cpu.field.regions import boxes
from hpa_features.segmentation.cells import smallest_cell, with_pieces
from hpa_features.segmentation.grid import Grid
from hpa_features.segmentation.nearest import depth_in
from hpa_features.segmentation.regions import pairs_of


def cells_of(
    nuclei: NDArray[np.int32], stains: Sequence[NDArray[np.int32]], grid: Grid
) -> NDArray[np.int32]:
    """Return cells: label n has nucleus n, higher labels have none.

    Parameters
    ----------
    nuclei
        (rows, columns) labels 1…n.
    stains
        (rows, columns) regions 1…m of each stain, the one that is preferred first.
    grid
        The grid.
    """
    count = int(nuclei.max(initial=0))
    cells = np.zeros(nuclei.shape, np.int32)
    empty: list[NDArray[np.int32]] = []
    for regions in stains:
        home = homes(nuclei, regions, count)
        divided = divide(regions, np.where(home[nuclei] == regions, nuclei, 0), home)
        cells = np.where(cells > 0, cells, divided)
        empty.append(np.where(np.isin(regions, home[1:]), 0, regions))
    cells = _joined_to_nuclei(np.where(nuclei > 0, nuclei, cells), nuclei)
    smallest = smallest_cell(nuclei, grid)
    for regions in empty:
        cells = with_pieces(cells, np.where(cells > 0, 0, regions), smallest)
    return cells


def homes(nuclei: NDArray[np.int32], regions: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """Return (count + 1,) the region with most pixels of each nucleus, the lowest on ties.

    0 for nuclei outside all regions, and for label 0.
    """
    start, stop = shared_runs(nuclei, regions)
    shared = pairs_of(nuclei.ravel()[start], regions.ravel()[start], stop - start)
    nucleus, region, pixels = (each[shared[1] > 0] for each in shared)
    home = np.zeros(count + 1, np.int32)
    order = np.lexsort((-region, pixels))
    home[nucleus[order]] = region[order]  # the last that is written has most pixels
    return home


def divide(
    regions: NDArray[np.int32], seeds: NDArray[np.int32], home: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return `regions` with the labels of their nuclei; those without a nucleus are dropped.

    A region of several nuclei is divided by a watershed on its depth, the distance to its outline.

    Parameters
    ----------
    regions
        (rows, columns) labels 1…m.
    seeds
        (rows, columns) nuclei inside their regions.
    home
        (n + 1,) region of each nucleus, 0 where it has none.
    """
    highest = int(regions.max(initial=0))
    nucleus_of = np.zeros(highest + 1, np.int32)
    nuclei = np.flatnonzero(home)
    nucleus_of[home[nuclei]] = nuclei
    divided: NDArray[np.int32] = nucleus_of[regions]
    shared = np.flatnonzero(np.bincount(home[nuclei]) > 1)
    for region, (top, bottom, left, right) in zip(shared, boxes(regions, highest)[shared]):
        window = np.s_[max(top - 1, 0) : bottom + 2, max(left - 1, 0) : right + 2]
        within = regions[window] == region
        own = np.where(within, seeds[window], 0).astype(np.int32)
        parts = watershed(-depth_in(within), own, within)
        # A part of the region that no nucleus reaches is no part of a cell.
        divided[window] = np.where(within, parts, divided[window])
    return divided


def _joined_to_nuclei(cells: NDArray[np.int32], nuclei: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return `cells` without the pieces that are not joined to their nucleus."""
    pieces = label(cells, connectivity=1)
    joined = np.bincount(pieces[nuclei > 0], minlength=int(pieces.max(initial=0)) + 1) > 0
    return np.where(joined[pieces], cells, 0).astype(np.int32)
