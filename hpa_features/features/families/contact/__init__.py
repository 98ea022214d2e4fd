"""Contact: the protein where cells touch against the free edge, and on bridges between twins."""

from __future__ import annotations

from hpa_features.features.families.contact.bridges import BRIDGES
from hpa_features.features.families.contact.edges import EDGE
from hpa_features.features.spec import Family

FAMILY = Family(name="Contact", features=(*EDGE, *BRIDGES))
