"""`FAMILIES`: every family, in column order. A new one is a file here, a line below, an oracle."""

from __future__ import annotations

from hpa_features.features.families import (
    area_shape,
    band_pass,
    contact,
    correlation,
    filament,
    granularity,
    intensity,
    landmark,
    landmark_fine,
    local_binary_pattern,
    mahotas,
    neighbors,
    radial_distribution,
    spots,
    texture,
    threshold_adjacency,
)
from hpa_features.features.spec import Family

FAMILIES: tuple[Family, ...] = (
    area_shape.FAMILY,
    intensity.FAMILY,
    texture.FAMILY,
    correlation.FAMILY,
    radial_distribution.FAMILY,
    landmark.FAMILY,
    spots.FAMILY,
    band_pass.FAMILY,
    filament.FAMILY,
    landmark_fine.FAMILY,
    granularity.FAMILY,
    threshold_adjacency.FAMILY,
    local_binary_pattern.FAMILY,
    neighbors.FAMILY,
    contact.FAMILY,
    mahotas.FAMILY,
)
