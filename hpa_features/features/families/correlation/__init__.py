"""Correlation: how the protein varies with each landmark, compartment by compartment.

All channels share the thickness of the cell, so raw correlations are high by themselves; the
high-passed ones, and those given the other landmarks, show what is specific.
"""

from __future__ import annotations

from hpa_features.features.families.correlation.overlap import OVERLAPS, RANK_WEIGHTED
from hpa_features.features.families.correlation.unmixing import UNMIXINGS
from hpa_features.features.families.correlation.varying import VARYING
from hpa_features.features.spec import Family

FAMILY = Family(
    name="Correlation",
    features=(
        *VARYING,
        *OVERLAPS,
        *RANK_WEIGHTED,
        *(feature for unmixing in UNMIXINGS for feature in unmixing.features()),
    ),
)
