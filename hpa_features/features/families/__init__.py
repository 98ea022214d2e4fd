"""`FAMILIES`: every family, in column order. A new one is a file here, a line below, an oracle."""

from __future__ import annotations

from hpa_features.features.families import area_shape, intensity, radial_distribution, texture
from hpa_features.features.spec import Family

FAMILIES: tuple[Family, ...] = (
    area_shape.FAMILY,
    intensity.FAMILY,
    texture.FAMILY,
    radial_distribution.FAMILY,
)
