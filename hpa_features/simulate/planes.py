"""Arithmetic on float32 planes that several parts of the simulation share."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Real: TypeAlias = NDArray[np.float32]
Shape: TypeAlias = tuple[int, int]


def band_noise(
    shape: Shape, step_um: float, band_um: tuple[float, float], rng: np.random.Generator
) -> Real:
    """Return Gaussian noise of unit variance between two scales.

    White noise blurred with the first of `band_um` minus the same blurred with the second
    (standard deviations in µm); periodic at the borders.
    """
    white = fft.rfft2(rng.standard_normal(shape, dtype=np.float32))
    rows = -2 * np.pi**2 * fft.fftfreq(shape[0], step_um) ** 2
    columns = -2 * np.pi**2 * fft.rfftfreq(shape[1], step_um) ** 2
    low, high = (
        np.outer(np.exp(rows * sigma**2), np.exp(columns * sigma**2)).astype(np.float32)
        for sigma in band_um
    )
    noise: Real = fft.irfft2(white * (low - high), s=shape)
    noise /= noise.std()
    return noise


def smooth_noise(
    shape: Shape, step_um: float, band_um: tuple[float, float], rng: np.random.Generator
) -> Real:
    """Return `band_noise` made on pixels of about half its finer scale, then enlarged."""
    factor = max(1, int(band_um[0] / 2 / step_um))
    small = (-(-shape[0] // factor), -(-shape[1] // factor))
    return enlarge(band_noise(small, step_um * factor, band_um, rng), factor, shape)


def block_mean(plane: Real, factor: int) -> Real:
    """Return the area average over blocks of `factor` × `factor`; the last ones may be cut."""
    if factor == 1:
        return plane
    rows, columns = (-(-size // factor) * factor for size in plane.shape)
    if (rows, columns) != plane.shape:
        short = (rows - plane.shape[0], columns - plane.shape[1])
        plane = np.pad(plane, ((0, short[0]), (0, short[1])), mode="edge")
    # Sums of strided slices are several times faster than a mean over short axes.
    narrow = sum((plane[:, at::factor] for at in range(1, factor)), plane[:, ::factor])
    small = sum((narrow[at::factor] for at in range(1, factor)), narrow[::factor])
    return small * np.float32(1 / factor**2)


def enlarge(plane: Real, factor: int, shape: Shape) -> Real:
    """Return `plane` interpolated linearly to `shape`, each of its pixels `factor` pixels wide."""
    for axis, size in enumerate(shape):
        place = (np.arange(size, dtype=np.float32) + 0.5) / factor - 0.5
        last = plane.shape[axis] - 1
        below = np.clip(np.floor(place).astype(np.intp), 0, last)
        above = np.minimum(below + 1, last)
        part = np.clip(place - below, 0, 1).astype(np.float32)
        part = part[:, None] if axis == 0 else part[None, :]
        lower = plane.take(below, axis=axis)
        plane = lower + (plane.take(above, axis=axis) - lower) * part
    return plane
