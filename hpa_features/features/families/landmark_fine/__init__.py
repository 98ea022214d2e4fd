"""LandmarkFine: the protein at the places that one or two locations each are known by.

The organising centre, ends of microtubules, strands and holes of ER, one inclusion, the spindle,
rings, adhesions at the edge, dots inside nucleoli, light that gathers at one place.
"""

from __future__ import annotations

from hpa_features.features.families.landmark_fine.centre import CENTRE
from hpa_features.features.families.landmark_fine.edge_spots import EDGE_SPOTS
from hpa_features.features.families.landmark_fine.er_holes import ER_HOLES
from hpa_features.features.families.landmark_fine.er_strands import ER_STRANDS
from hpa_features.features.families.landmark_fine.gathering import GATHERING
from hpa_features.features.families.landmark_fine.inclusion import INCLUSION
from hpa_features.features.families.landmark_fine.microtubule_ends import TIPS
from hpa_features.features.families.landmark_fine.mitosis import MITOSIS
from hpa_features.features.families.landmark_fine.nucleolar_spots import NUCLEOLAR_SPOTS
from hpa_features.features.families.landmark_fine.rings import RINGS
from hpa_features.features.spec import Family

FAMILY = Family(
    name="LandmarkFine",
    features=(
        *CENTRE,
        *TIPS,
        *ER_STRANDS,
        *INCLUSION,
        *MITOSIS,
        *RINGS,
        *EDGE_SPOTS,
        *NUCLEOLAR_SPOTS,
        *GATHERING,
        *ER_HOLES,
    ),
)
