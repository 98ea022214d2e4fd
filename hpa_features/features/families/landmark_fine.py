"""LandmarkFine: the protein at the places that one or two locations each are known by.

The organising centre, ends of microtubules, strands and holes of ER, one inclusion, the spindle,
rings, adhesions at the edge, dots inside nucleoli, light that gathers at one place.
"""

from __future__ import annotations

from hpa_features.features.fine.blobs import EDGE_SECTION, HOLLOW_SECTION, NUCLEOLAR_SECTION
from hpa_features.features.fine.centre_levels import CENTRE
from hpa_features.features.fine.er_holes import ER_HOLES
from hpa_features.features.fine.gathering import GATHERING
from hpa_features.features.fine.inclusion import INCLUSION
from hpa_features.features.fine.microtubule_places import ER_SECTION, TIP_SECTION
from hpa_features.features.fine.mitosis import MITOSIS
from hpa_features.features.sections import family_of_sections

FAMILY = family_of_sections(
    "LandmarkFine",
    ("working", "distance", "wedges", "smooth", "holes", "spots", "ridges", "centre"),
    (
        CENTRE,
        TIP_SECTION,
        ER_SECTION,
        INCLUSION,
        MITOSIS,
        HOLLOW_SECTION,
        EDGE_SECTION,
        NUCLEOLAR_SECTION,
        GATHERING,
        ER_HOLES,
    ),
)
