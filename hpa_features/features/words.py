"""How channels and compartments are called in sentences that a biologist reads."""

from __future__ import annotations

from collections.abc import Mapping

from hpa_features.core.types import Channel
from hpa_features.features.spec import Compartment

STAIN: Mapping[Channel, str] = {
    Channel.DNA: "DNA",
    Channel.MICROTUBULES: "the microtubule stain",
    Channel.ER: "the ER stain",
    Channel.PROTEIN: "the protein",
}
WHERE: Mapping[Compartment, str] = {
    Compartment.CELLS: "in the cell",
    Compartment.NUCLEI: "in the nucleus",
    Compartment.CYTOPLASM: "in the cytoplasm",
}
