"""What is cell and what is background, from ER and Microtubules."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.filters import threshold_otsu

from hpa_features.core.types import Channel, Field
from hpa_features.kernels.cpu.field.smooth import gaussian
from hpa_features.segmentation.grid import Grid
from hpa_features.segmentation.nearest import Nearest
from hpa_features.segmentation.regions import opened

SMOOTH_UM = 0.5  # single fibres fade, the layer that they form stays
AROUND_UM = 3.0  # cytoplasm this near to a nucleus is thick in every cell
EDGE = 0.11  # a cell's thin margin is still a ninth as bright as its centre
NOISE = 3.0  # a stain that doesn't rise that many noise deviations above background is empty
OUTLINE_UM = 1.0  # an outline is smoothed over this length: fibre ends don't fray it
OPENING_UM = 0.64  # single fibres that stick out are no part of the outline


def cytoplasm(
    field: Field, near: Nearest, grid: Grid
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return how much ER and Microtubules there is, and where that makes a cell.

    Parameters
    ----------
    field
        The field; a missing ER channel is ignored.
    near
        The nuclei on the grid.
    grid
        The grid.

    Returns
    -------
    stain, inside
        (rows, columns): mean of the stains, 0 at the background and 1 around the nuclei; and
        whether a pixel belongs to some cell (nuclei always do).
    """
    around = (near.distance > 0) & (near.distance <= grid.pixels(AROUND_UM))
    stains, floors = [], [EDGE]
    for channel in (Channel.MICROTUBULES, Channel.ER):
        if channel not in field.planes:
            continue
        raw = grid.reduce(field.planes[channel])
        scaled = _scaled(raw, around, grid)
        if scaled is not None:
            stain, noise = scaled
            stains.append(stain)
            floors.append(noise)
    nuclear = near.labels > 0
    if not stains:
        return np.zeros(nuclear.shape, dtype=np.float32), nuclear
    stain = np.mean(stains, axis=0, dtype=np.float32)
    # Thin lamellae have Microtubules and no ER: their mean would count half of what is there.
    seen = np.sqrt(np.mean(np.square(stains), axis=0, dtype=np.float32))
    inside = opened((seen > max(floors)) | nuclear, grid.pixels(OPENING_UM)) | nuclear
    even = gaussian(inside.astype(np.float32), grid.pixels(OUTLINE_UM), "edge")
    inside = (even > 0.5) | nuclear
    return stain, inside


def _scaled(
    raw: NDArray[np.float32], around: NDArray[np.bool_], grid: Grid
) -> tuple[NDArray[np.float32], float] | None:
    """Return the stain with background 0 and perinuclear level 1, and its noise; None if empty."""
    smooth = gaussian(raw, grid.pixels(SMOOTH_UM))
    background = float(np.quantile(smooth, 0.01))
    if not around.any():
        root = np.maximum(smooth - background, 0) ** 0.25
        around = root > threshold_otsu(root)
    if not around.any():
        return None
    rise = float(np.median(smooth[around])) - background
    dark = smooth <= background + EDGE * rise
    noise = float(np.std((raw - smooth)[dark])) if dark.any() else 0.0
    if rise <= NOISE * noise:
        return None
    return np.maximum((smooth - background) / rise, 0).astype(np.float32), noise / rise
