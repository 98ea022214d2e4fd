"""Filament: the protein's lines, which way they run, and whether microtubules run there too."""

from __future__ import annotations

from hpa_features.features.enough_steps import with_enough_steps
from hpa_features.features.families.filament.alignment import ALIGNMENT
from hpa_features.features.families.filament.networks import NETWORKS
from hpa_features.features.families.filament.strength import STRENGTH
from hpa_features.features.spec import Family

FAMILY = Family(
    name="Filament",
    features=with_enough_steps((*STRENGTH, *NETWORKS, *ALIGNMENT)),
    default=False,
)
