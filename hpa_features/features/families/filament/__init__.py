"""Filament: the protein's lines, which way they run, and whether microtubules run there too."""

from __future__ import annotations

from hpa_features.features.dynamic_range import with_dynamic_range
from hpa_features.features.families.filament.alignment import ALIGNMENT
from hpa_features.features.families.filament.networks import NETWORKS
from hpa_features.features.families.filament.strength import STRENGTH
from hpa_features.features.spec import Family

FAMILY = Family(
    name="Filament",
    features=with_dynamic_range((*STRENGTH, *NETWORKS, *ALIGNMENT)),
    default=False,
)
