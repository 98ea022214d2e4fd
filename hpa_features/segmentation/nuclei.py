"""Nuclei from the DNA stain: dim, bright, condensed and touching ones in one field."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.filters import threshold_otsu
from skimage.measure import label

from hpa_features.kernels.cpu.field.flood import watershed
from hpa_features.kernels.cpu.field.morphology import highest_in_square
from hpa_features.kernels.cpu.field.smooth import gaussian, mean
from hpa_features.segmentation.grid import Grid
from hpa_features.segmentation.nearest import Nearest, depth_in
from hpa_features.segmentation.regions import (
    Union,
    close_bays,
    contacts,
    filled,
    opened,
    quantile_by_label,
    renumber,
    without_small,
)

OUTLINE_UM = 0.4  # smoothing before an outline is drawn: about the lens's resolution
TEXTURE_UM = 1.6  # smoothing before summits are sought: chromocentres vanish, nuclei stay
BACKGROUND_UM = 30.0  # two nuclear diameters: such a window sees some background
SHAPE_UM = 0.5  # smoothing of the distance to the outline: its small bays make no summits
OPENING_UM = 0.64  # thinner bridges and spikes are no part of a nucleus
CRACK_UM = 1.0  # dim folds and the seams of compressed images cut no nucleus
SMALLEST_UM2 = 20.0  # a disc of 5 µm: micronuclei and debris are smaller, nuclei larger
CUT = 0.5  # of a nucleus that the edge of the field cuts, half is there
PLATEAU = 0.75  # quantile of a hill that is its height: above nucleoli, below chromocentres
HALF = 0.5  # a blurred edge passes half of its height where the object ends
FOOT = 0.25  # a hill is followed down to this share of the field's floor
FAINTEST = 0.003  # signal below this share of the brightest is background
NOISE = 3.0  # a nucleus stands that many noise deviations above its background
CONTRAST = 0.4  # what surrounds a nucleus is darker by at least this share
CLEFT_UM = 2.5  # the dark line between two nuclei is narrower than twice this; texture is wider
NECK = 0.78  # a waist narrower than this share of the slimmer part separates two nuclei


def find_nuclei(dna: NDArray[np.float32], grid: Grid) -> NDArray[np.int32]:
    """Return nuclei of a field, touching ones apart.

    Parameters
    ----------
    dna
        (rows, columns) DNA stain on the grid, any scale.
    grid
        The grid.

    Returns
    -------
    labels
        (rows, columns), 1…n; lobes of one nucleus may have labels of their own.
    """
    smooth, signal = above_background(dna, grid)
    if not signal.any():
        return np.zeros(dna.shape, dtype=np.int32)
    inside = _outlines(dna, smooth, signal, grid)
    soft = np.maximum(gaussian(smooth, grid.pixels(OUTLINE_UM)) - (smooth - signal), 0)
    parts = _split(inside, soft, grid)
    return _distinct(close_bays(parts, grid.pixels(CRACK_UM)), signal, grid)


def above_background(
    dna: NDArray[np.float32], grid: Grid
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the DNA stain smoothed as for an outline, and what of it is above background."""
    smooth = gaussian(dna, grid.pixels(OUTLINE_UM))
    return smooth, np.maximum(smooth - _background(smooth, grid), 0)


def _background(smooth: NDArray[np.float32], grid: Grid) -> NDArray[np.float32]:
    lowest = -highest_in_square(-smooth, _window(BACKGROUND_UM / 2, grid))
    return mean(lowest, _window(BACKGROUND_UM / 4, grid))


def _window(radius_um: float, grid: Grid) -> int:
    return 2 * int(np.ceil(grid.pixels(radius_um))) + 1


def _summits(
    heights: NDArray[np.float32], radius_um: float, inside: NDArray[np.bool_], grid: Grid
) -> NDArray[np.int32]:
    highest = highest_in_square(heights, _window(radius_um, grid))
    summits = label((heights == highest) & inside, connectivity=2)
    return np.asarray(summits, np.int32)


def _outlines(
    dna: NDArray[np.float32],
    smooth: NDArray[np.float32],
    signal: NDArray[np.float32],
    grid: Grid,
) -> NDArray[np.bool_]:
    """Return which pixels are nuclear: above half the height of the nearest summit."""
    # A mitotic nucleus is up to ten times brighter than a dim one beside it. The fourth root
    # brings them together (the square root would still drop the dim ones), and unlike the
    # logarithm it doesn't blow up the background.
    seen = np.maximum(signal, FAINTEST * signal.max())
    floor = threshold_otsu(seen**0.25) ** 4
    bright: NDArray[np.bool_] = signal > floor
    if not bright.any():
        return bright
    noise = np.std((dna - smooth)[~bright])
    broad = gaussian(dna, grid.pixels(TEXTURE_UM))
    summits = _summits(broad, 2.0, bright, grid)
    hills = watershed(-broad, summits, signal > FOOT * floor)
    plateau = quantile_by_label(signal, np.where(bright, hills, 0), PLATEAU)
    plateau[plateau < NOISE * noise] = np.inf
    nuclear = filled((hills > 0) & (signal > HALF * plateau[hills]))
    wide = opened(nuclear, grid.pixels(OPENING_UM))
    return without_small(wide, grid.area(SMALLEST_UM2), CUT)


def _distinct(
    labels: NDArray[np.int32], signal: NDArray[np.float32], grid: Grid
) -> NDArray[np.int32]:
    """Return the nuclei that are brighter than the ring around them; haze has no such ring."""
    near = Nearest.of(labels)
    ring = near.ring(grid.pixels(OPENING_UM), grid.pixels(4 * OPENING_UM))
    within = quantile_by_label(signal, labels, 0.5)
    around = quantile_by_label(signal, ring, 0.5, len(within) - 1)
    hazy = around > (1 - CONTRAST) * within
    return renumber(np.where(hazy[labels], 0, labels))


def _split(inside: NDArray[np.bool_], signal: NDArray[np.float32], grid: Grid) -> NDArray[np.int32]:
    """Return the nuclei in `inside`, cut where the shape has a waist or the stain a valley."""
    depth = gaussian(depth_in(inside), grid.pixels(SHAPE_UM)) * inside
    cleft = _window(CLEFT_UM, grid)
    local = -highest_in_square(-highest_in_square(signal, cleft), cleft)
    share = np.divide(signal, local, out=np.zeros_like(signal), where=inside & (local > 0))
    heights = (depth * np.sqrt(np.minimum(share, 1))).astype(np.float32)
    parts = watershed(-heights, _summits(heights, 1.0, inside, grid), inside)
    return _merge_shallow(parts, heights)


def _merge_shallow(parts: NDArray[np.int32], heights: NDArray[np.float32]) -> NDArray[np.int32]:
    """Merge parts whose pass is higher than NECK times the lower summit, highest pass first.

    A merged part keeps the higher of its summits, so the order of labels doesn't matter.
    """
    count = int(parts.max(initial=0))
    summit = quantile_by_label(heights, parts, 1.0)
    flat = heights.ravel()
    passes = [
        (float(np.minimum(flat[c.here], flat[c.there]).max()), c.a, c.b) for c in contacts(parts)
    ]
    union = Union(count)
    for height, a, b in sorted(passes, key=lambda each: (-each[0], each[1:])):
        one, other = union.find(a), union.find(b)
        if one != other and height > NECK * min(summit[one], summit[other]):
            summit[union.join(one, other)] = max(summit[one], summit[other])
    return renumber(union.table()[parts])
