"""Closed outlines seen from one point: a radius in µm for each of `ANGLES` directions."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

ANGLES = 512
Radii: TypeAlias = NDArray[np.float64]
"""(ANGLES,) radii in µm, counted from the x axis towards growing y."""
DIRECTIONS = np.arange(ANGLES) * (2 * np.pi / ANGLES)


def angle_index(dy: NDArray[np.float32], dx: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the direction number of each offset from the centre."""
    turn = np.arctan2(dy, dx) * np.float32(ANGLES / (2 * np.pi)) + np.float32(ANGLES + 0.5)
    return turn.astype(np.intp) % ANGLES


def scaled_to_area(radii: Radii, area_um2: float) -> Radii:
    """Return `radii` enlarged or shrunk so that they enclose `area_um2`."""
    area = 0.5 * float(np.sum(radii**2)) * 2 * np.pi / ANGLES
    return radii * float(np.sqrt(area_um2 / area))


def ripples(highest: int, amplitude: float, decay: float, rng: np.random.Generator) -> Radii:
    """Return a periodic random curve about 0: harmonics 2…`highest`, weaker by n^-decay."""
    curve = np.zeros(ANGLES)
    for n in range(2, highest + 1):
        phase = rng.uniform(0, 2 * np.pi)
        curve += rng.normal() * (n / 2) ** -decay * np.cos(n * DIRECTIONS + phase)
    return amplitude * curve


def ellipse(ratio: float, angle: float) -> Radii:
    """Return the outline of an ellipse of axis ratio `ratio` about its centre, of unit area."""
    along, across = np.cos(DIRECTIONS - angle), np.sin(DIRECTIONS - angle)
    radii: Radii = 1 / np.sqrt(np.pi * (along**2 / ratio + across**2 * ratio))
    return radii


def polygon(corners: NDArray[np.float64], hollow: NDArray[np.float64]) -> Radii:
    """Return the outline through `corners`, its edges curved inwards by `hollow`.

    Parameters
    ----------
    corners
        (n, 2) y and x about the point of view; neighbours less than half a turn apart.
    hollow
        (n,) inward curve of the edge after each corner, as a fraction of the radius.
    """
    angles = np.arctan2(corners[:, 0], corners[:, 1]) % (2 * np.pi)
    order = np.argsort(angles)
    angles, corners = angles[order], corners[order]
    start = np.searchsorted(angles, DIRECTIONS, side="right") - 1
    end = (start + 1) % len(angles)
    (y0, x0), (y1, x1) = corners[start].T, corners[end].T
    sine, cosine = np.sin(DIRECTIONS), np.cos(DIRECTIONS)
    # The ray r(cos, sin) meets the line through two corners where the cross products agree.
    with np.errstate(divide="ignore", invalid="ignore"):
        radii = (x0 * y1 - x1 * y0) / (cosine * (y1 - y0) - sine * (x1 - x0))
    longest = np.hypot(*corners.T).max()
    radii = np.clip(np.nan_to_num(radii, nan=longest), 0, longest)
    width = (angles[end] - angles[start]) % (2 * np.pi)
    part = ((DIRECTIONS - angles[start]) % (2 * np.pi)) / width
    curved: Radii = radii * (1 - hollow[order][start] * np.sin(np.pi * part))
    return curved


def smoothed(radii: Radii, sigma_degrees: float) -> Radii:
    """Return `radii` blurred along the angle."""
    sigma = sigma_degrees * ANGLES / 360
    result: Radii = ndimage.gaussian_filter1d(radii, sigma, mode="wrap")
    return result


def slant(radii: Radii) -> Radii:
    """Return the cosine between radius and normal: radial distance × this ≈ true distance."""
    slope = np.gradient(np.concatenate([radii[-1:], radii, radii[:1]]))[1:-1] * ANGLES / (2 * np.pi)
    cosine: Radii = radii / np.hypot(radii, slope)
    return cosine
