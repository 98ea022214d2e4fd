"""From densities to pixels: blur, focus, haze, area average, photons, read noise, bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from hpa_features.core.types import Plane
from hpa_features.simulate.planes import Real, block_mean, enlarge

PSF_SIGMA = 0.25 / 2.355  # µm; FWHM of a 63×/1.4 confocal at these dyes
NATIVE_UM = 0.08  # photons are counted per native pixel; larger pixels gather more


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """How one channel of one field is recorded.

    Attributes
    ----------
    photons
        Photons that a saturated native pixel stands for.
    read_noise, background
        Standard deviation and mean of the empty picture, as fractions of full scale; below 0
        where the black level was set so that the empty picture is black.
    haze
        Share of the light that comes back blurred over 2.5 µm.
    """

    photons: float
    read_noise: float
    background: float
    haze: float


def draw_camera(rng: np.random.Generator) -> Camera:
    """Draw a camera setting; it knows nothing of cells or proteins."""
    return Camera(
        photons=rng.uniform(70, 260),
        read_noise=rng.uniform(0.002, 0.008),
        background=rng.choice([-0.02, -0.012, -0.006, 0.004]),
        haze=rng.uniform(0.04, 0.12),
    )


def blurred(density: Real, factor: int, step_um: float, focus: Real, camera: Camera) -> Real:
    """Return the light per output pixel.

    Parameters
    ----------
    density
        What shines, on the render grid.
    factor
        Render pixels per edge of an output pixel.
    step_um
        Edge of a render pixel.
    focus
        Share of the light that is in focus, on the output grid: thin parts of a cell lie
        outside the focal plane.
    camera
        Its haze.
    """
    sharp: Real = ndimage.gaussian_filter(density, PSF_SIGMA / step_um, truncate=3.0)
    seen = block_mean(sharp, factor)
    pixel_um = step_um * factor
    soft = ndimage.gaussian_filter(seen, 0.45 / pixel_um, truncate=3.0)
    reduce = max(1, round(1.0 / pixel_um))
    wide = ndimage.gaussian_filter(block_mean(seen, reduce), 2.5 / (pixel_um * reduce))
    haze = enlarge(wide, reduce, (seen.shape[0], seen.shape[1]))
    light: Real = soft + focus * (seen - soft) + np.float32(camera.haze) * haze
    return light


def recorded(
    light: Real, full_scale: int, pixel_um: float, camera: Camera, rng: np.random.Generator
) -> Plane:
    """Return the pixels for `light` in fractions of full scale: uint8 up to 255, else uint16."""
    per_unit = camera.photons * max(1.0, (pixel_um / NATIVE_UM) ** 2)
    level = rng.poisson(np.maximum(light, 0) * per_unit) / per_unit
    noise = camera.read_noise * min(1.0, NATIVE_UM / pixel_um)
    level += noise * rng.standard_normal(light.shape, dtype=np.float32)
    level += camera.background
    whole = np.clip(np.rint(level * full_scale), 0, full_scale)
    return whole.astype(np.uint8) if full_scale <= 255 else whole.astype(np.uint16)
