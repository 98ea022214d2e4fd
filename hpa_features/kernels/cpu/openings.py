"""What is left of each cell's signal after openings of growing size, inside the cell only."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.orders import sort_places
from hpa_features.kernels.cpu.steps import whole_steps
from hpa_features.kernels.cpu.unions import root_of
from hpa_features.kernels.layout import CropLayout


@njit(cache=True, nogil=True)
def _eroded(
    image: NDArray[np.uint16], inside: NDArray[np.bool_], columns: int
) -> NDArray[np.uint16]:
    """Return the least of each pixel and its four neighbours; outside it is 65535 throughout."""
    out = np.full(image.size, 65535, np.uint16)
    # The crop's margin lies outside the cell, so no neighbour of a cell's pixel leaves the crop.
    for at in range(columns, image.size - columns):
        low = min(image[at], image[at - 1], image[at + 1])
        low = min(low, image[at - columns], image[at + columns])
        if inside[at]:
            out[at] = low
    return out


@njit(cache=True, nogil=True)
def _background(
    image: NDArray[np.uint16], inside: NDArray[np.bool_], columns: int, steps: int
) -> NDArray[np.uint16]:
    """Return the opening of `image` by `steps` four-neighbour steps."""
    image = np.where(inside, image, 65535).astype(np.uint16)
    for _ in range(steps):
        image = _eroded(image, inside, columns)
    # Dilation is erosion of the negative.
    image = np.where(inside, 65535 - image, 65535).astype(np.uint16)
    for _ in range(steps):
        image = _eroded(image, inside, columns)
    return (65535 - image).astype(np.uint16)


@njit(cache=True, nogil=True)
def _component_tree(
    image: NDArray[np.uint16], inside: NDArray[np.bool_], columns: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pixels inside in ascending order, and the place in it of each one's parent.

    Everything above a pixel in the tree is darker or equal; all pixels of a connected part of
    ``image ≥ h`` are below the part's first pixel in the order (Najman & Couprie 2006, by
    union-find with path halving). A root is its own parent.
    """
    order = np.flatnonzero(inside)
    sort_places(image, order, np.empty_like(order))
    parent = np.arange(order.size)
    joined = np.arange(order.size)
    rank = np.full(image.size, -1)
    for place in range(order.size - 1, -1, -1):
        at = order[place]
        rank[at] = place
        for step in (-columns, -1, 1, columns):
            if rank[at + step] >= 0:
                root = root_of(joined, rank[at + step])
                parent[root] = joined[root] = place
    return order, parent


@njit(cache=True, nogil=True)
def _reconstructed(
    level: NDArray[np.uint16], marker: NDArray[np.uint16], parent: NDArray[np.int64]
) -> NDArray[np.uint16]:
    """Return the reconstruction by dilation of `marker` under `level`, both in the tree's order.

    A part of ``image ≥ h`` survives where the marker reaches h anywhere in it; a pixel keeps the
    level of the highest surviving part that holds it.
    """
    highest = marker.copy()
    for place in range(level.size - 1, -1, -1):
        above = parent[place]
        highest[above] = max(highest[above], highest[place])
    kept = level.copy()
    for place in range(level.size):
        above = parent[place]
        if above != place and (level[above] == level[place] or highest[place] < level[place]):
            kept[place] = kept[above]
    return kept


@njit(cache=True, nogil=True)
def _opening_sums(
    values: NDArray[np.uint16],
    background_um: float,
    radii_um: NDArray[np.float64],
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> NDArray[np.int64]:
    cells, kinds = layout.starts.size - 1, radii_um.size
    sums = np.zeros((cells, kinds + 2, 2), np.int64)
    for cell in range(cells):
        background = whole_steps(background_um, layout.step_um[cell])
        columns = layout.shape[cell, 1]
        image = values[layout.starts[cell] : layout.starts[cell + 1]]
        places = region[layout.starts[cell] : layout.starts[cell + 1]]
        inside = places > 0
        top = image - np.where(inside, _background(image, inside, columns, background), image)
        order, parent = _component_tree(top, inside, columns)
        level = top[order]
        eroded = np.where(inside, top, 65535).astype(np.uint16)
        done = 0
        for kind in range(kinds + 2):
            kept = image[order] if kind == 0 else level
            if kind > 1:
                radius = whole_steps(radii_um[kind - 2], layout.step_um[cell])
                for _ in range(done, radius):
                    eroded = _eroded(eroded, inside, columns)
                done = radius
                kept = _reconstructed(level, eroded[order], parent)
            for place in range(order.size):
                sums[cell, kind, places[order[place]] - 1] += kept[place]
    return sums


@each
def opening_sums(
    values: NDArray[np.uint16],
    background_um: float,
    radii_um: tuple[float, ...],
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> NDArray[np.int64]:
    """Return (n, k + 2, 2) int64: Σ values in cytoplasm and nucleus, as openings take from them.

    First the values, then what stands above their opening by the background's radius in
    four-neighbour steps, then that opened by reconstruction by each radius (k,), ascending
    (Vincent 1993). Radii are whole grid pixels, at least one. Pixels outside the cell do not take
    part.
    """
    return np.asarray(_opening_sums(values, background_um, np.array(radii_um), region, layout))
