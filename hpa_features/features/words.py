"""How channels, compartments and Haralick's statistics are described to a biologist."""

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

# Name, what a larger value means; f1 to f13 of Haralick, Shanmugam, Dinstein 1973.
HARALICK_WORDS = (
    ("AngularSecondMoment", "how uniform the protein looks"),
    ("Contrast", "how strongly the protein's brightness differs"),
    ("Correlation", "how well the protein's brightness is correlated"),
    ("Variance", "how much the protein's brightness varies"),
    ("InverseDifferenceMoment", "how smooth the protein is"),
    ("SumAverage", "how much of its own brightness range the protein fills"),
    ("SumVariance", "how strongly bright and dark areas of the protein differ"),
    ("SumEntropy", "how varied the local brightness of the protein is"),
    ("Entropy", "how disordered the protein is"),
    ("DifferenceVariance", "how much one size of brightness difference prevails"),
    ("DifferenceEntropy", "how varied the brightness differences of the protein are"),
    (
        "InfoMeas1",
        "mutual information of the protein's brightness (0: none; the more negative, the more)",
    ),
    ("InfoMeas2", "mutual information of the protein's brightness, from 0 (none) to 1"),
)
