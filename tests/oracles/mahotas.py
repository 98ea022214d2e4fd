"""mahotas called on one cell cut out by hand, as its users would."""

from __future__ import annotations

import mahotas
import numpy as np
from mahotas.features import haralick, lbp, pftas, tas, zernike_moments

STEP = 0.32


def cut_out(protein, background, inside):
    """Return 8-bit gray values of a part of an 8-bit plane: its box, one pixel wider, else 0."""
    gray = np.where(inside, np.maximum(protein.astype(int) - background, 0), 0)
    rows, columns = np.nonzero(inside)
    gray = gray[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    return np.pad(gray, 1).astype(np.uint8)


def radius_about_light(gray, inside):
    """Return the radius about the centre of light that reaches the farthest pixel of the part."""
    rows, columns = np.nonzero(inside)
    y, x = mahotas.center_of_mass(gray)
    far = np.hypot(rows - rows.min() + 1 - y, columns - columns.min() + 1 - x)
    return far.max() + 0.5


def numbers(gray, radius):
    """Return what the columns of one compartment are, in order."""
    out = []
    for pixels in (1, 2, 4, 8):
        each = haralick(gray, ignore_zeros=True, distance=pixels)
        out += [*each.mean(axis=0), *(each.max(axis=0) - each.min(axis=0))]
    for pixels in (1, 2, 4):
        counts = lbp(gray, pixels, 8, ignore_zeros=True)
        out += [*(counts / np.count_nonzero(gray))]
    out += [*tas(gray), *pftas(gray)]
    return np.array([*out, *zernike_moments(gray, radius, 9)[2:]])
