"""Where the protein is compared with which landmarks."""

from __future__ import annotations

from collections.abc import Mapping

from hpa_features.core.types import LANDMARK_CHANNELS, Channel
from hpa_features.features.spec import Compartment

PLACES: Mapping[Compartment, tuple[str, tuple[Channel, ...]]] = {
    Compartment.CELLS: ("in the cell", LANDMARK_CHANNELS),
    Compartment.NUCLEI: ("in the nucleus", LANDMARK_CHANNELS),
    Compartment.CYTOPLASM: ("in the cytoplasm", (Channel.MICROTUBULES, Channel.ER)),
}
SPECIFIC: Mapping[Compartment, tuple[Channel, ...]] = {
    Compartment.CELLS: LANDMARK_CHANNELS,
    Compartment.NUCLEI: (Channel.DNA,),
    Compartment.CYTOPLASM: (Channel.MICROTUBULES, Channel.ER),
}
