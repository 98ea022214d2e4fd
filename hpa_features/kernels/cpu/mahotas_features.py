"""What mahotas measures of a compartment, on the host, one cell after another.

mahotas takes one image. It gets the box of a compartment and a margin of one pixel: the protein as
8-bit gray values, 255 at full scale, and 0 outside the compartment. A GPU package copies the
arguments to the host and calls these functions.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.steps import whole_steps
from hpa_features.kernels.layout import CropLayout

DEGREE = 9  # of the Zernike polynomials; mahotas gives 30 magnitudes
POINTS = 8  # on the circle of local binary patterns; mahotas gives 36 patterns
FEWEST_LEVELS = 8  # between which values are more than rounding to 8 bits
_TO_8_BITS = 257  # from 65535 at full scale to 255

Gray = NDArray[np.uint8]
Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]


def _cut_out(
    image: NDArray[np.uint16], mask: Mask, layout: CropLayout, cell: int
) -> tuple[Gray, Mask] | None:
    """Return a compartment as mahotas gets it, and its pixels; None where it is nearly flat."""
    crop = slice(layout.starts[cell], layout.starts[cell + 1])
    inside = mask[crop].reshape(layout.shape[cell])
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if rows.size == 0:
        return None
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    inside = np.pad(inside[box], 1)
    values = np.pad(image[crop].reshape(layout.shape[cell])[box], 1).astype(np.int64)
    gray = np.where(inside, (values + _TO_8_BITS // 2) // _TO_8_BITS, 0).astype(np.uint8)
    levels = gray[inside]
    return None if levels.max() - levels.min() < FEWEST_LEVELS else (gray, inside)


def _of_cells(
    image: NDArray[np.uint16],
    mask: Mask,
    layout: CropLayout,
    count: int,
    measure: Callable[[Gray, Mask, float], Numbers | None],
) -> Numbers:
    """Return (n, count): `measure` of each cell's cut-out, its pixels and their edge in µm."""
    values = np.full((len(layout.shape), count), np.nan)
    for cell in range(len(values)):
        cut = _cut_out(image, mask, layout, cell)
        if cut is not None:
            found = measure(*cut, float(layout.step_um[cell]))
            if found is not None:
                values[cell] = found
    return values


def _lit_pairs(gray: Gray, distance: int) -> bool:
    """Whether every direction has two lit pixels that far apart; mahotas raises without."""
    lit, near, far = gray > 0, slice(None, -distance), slice(distance, None)
    return bool(
        (lit[:, near] & lit[:, far]).any()
        and (lit[near] & lit[far]).any()
        and (lit[near, near] & lit[far, far]).any()
        and (lit[near, far] & lit[far, near]).any()
    )


@each
def mahotas_haralick(
    image: NDArray[np.uint16], mask: Mask, um: float, layout: CropLayout
) -> Numbers:
    """Return (n, 26): Haralick's 13 statistics, mean of four directions, then their range.

    Of ``mahotas.features.haralick(…, ignore_zeros=True)`` at the distance `um` in whole pixels.
    NaN where `mask` spans fewer than 8 gray levels, or a direction has no pair of lit pixels.
    """
    from mahotas.features import haralick

    def statistics(gray: Gray, _: Mask, step_um: float) -> Numbers | None:
        distance = whole_steps(um, step_um)
        if not _lit_pairs(gray, distance):
            return None
        return np.asarray(
            haralick(gray, ignore_zeros=True, return_mean_ptp=True, distance=distance)
        )

    return _of_cells(image, mask, layout, 26, statistics)


@each
def mahotas_patterns(
    image: NDArray[np.uint16], mask: Mask, um: float, layout: CropLayout
) -> Numbers:
    """Return (n, 36): share of the lit pixels that have each local binary pattern.

    Of ``mahotas.features.lbp(…, points=8, ignore_zeros=True)``, the radius `um` in whole pixels.
    NaN where `mask` spans fewer than 8 gray levels.
    """
    from mahotas.features import lbp

    def shares(gray: Gray, _: Mask, step_um: float) -> Numbers:
        counts = lbp(gray, whole_steps(um, step_um), POINTS, ignore_zeros=True)
        return np.asarray(counts / counts.sum())

    return _of_cells(image, mask, layout, 36, shares)


@each
def mahotas_adjacency(
    image: NDArray[np.uint16],
    mask: Mask,
    fixed: bool,
    layout: CropLayout,
) -> Numbers:
    """Return (n, 54): threshold adjacency statistics, in mahotas' order.

    Of ``mahotas.features.tas`` where `fixed` (gray levels 30 and ±30), else of ``pftas`` (Otsu's
    threshold and the standard deviation above it). NaN where `mask` spans
    fewer than 8 gray levels.
    """
    from mahotas.features import pftas, tas

    statistics = tas if fixed else pftas
    return _of_cells(image, mask, layout, 54, lambda gray, *_: np.asarray(statistics(gray)))


@each
def mahotas_zernike(image: NDArray[np.uint16], mask: Mask, layout: CropLayout) -> Numbers:
    """Return (n, 30): magnitudes of the Zernike moments up to degree 9, in mahotas' order.

    Of ``mahotas.features.zernike_moments`` about the centre of light, in the smallest circle that
    holds every pixel of `mask`. NaN where they span fewer than 8 gray levels.
    """
    from mahotas import center_of_mass
    from mahotas.features import zernike_moments

    def magnitudes(gray: Gray, inside: Mask, _: float) -> Numbers:
        centre = center_of_mass(gray)
        offsets = np.argwhere(inside) - centre
        radius = np.sqrt((offsets**2).sum(axis=1).max()) + 0.5  # to the edge of that pixel
        return np.asarray(zernike_moments(gray, radius, DEGREE, cm=centre))

    return _of_cells(image, mask, layout, 30, magnitudes)
