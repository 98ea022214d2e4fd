"""`FAMILIES`: every family, in column order. A new one is a file here, a line below, an oracle."""

from __future__ import annotations

from hpa_features.features.families import intensity, texture
from hpa_features.features.spec import Family

FAMILIES: tuple[Family, ...] = (
    intensity.FAMILY,
    texture.FAMILY,
)
