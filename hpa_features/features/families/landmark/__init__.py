"""Landmark: the protein at what the landmarks define inside the cell.

The nuclear rim, the DNA-poor holes that are nucleoli, the crescent next to the nucleus where the
Golgi lies, and the cell's rim.
"""

from __future__ import annotations

from hpa_features.features.families.landmark.crescent import CRESCENT
from hpa_features.features.families.landmark.edge import EDGE
from hpa_features.features.families.landmark.nucleoli import NUCLEOLI
from hpa_features.features.families.landmark.rim import RIM
from hpa_features.features.spec import Family

FAMILY = Family(name="Landmark", features=(*RIM, *NUCLEOLI, *CRESCENT, *EDGE))
