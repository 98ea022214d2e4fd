"""Where protein and landmark are bright together: Manders, Li and rank-weighted overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from hpa_features.core.types import LANDMARK_CHANNELS, Channel
from hpa_features.features.crops import Crops
from hpa_features.features.families.correlation.places import PLACES, SPECIFIC
from hpa_features.features.nodes import Made, Measurement, Node, Values
from hpa_features.features.plan import Floats, Value
from hpa_features.features.spec import ANY_LIGHT, LANDMARK_OF_CHANNEL, Compartment, Feature
from hpa_features.features.vocabulary.images import LIGHT, RAW
from hpa_features.features.vocabulary.parts import CELL, PARTS, Part
from hpa_features.features.vocabulary.ranks import DenseRanks, Otsu
from hpa_features.features.words import STAIN

RWC_SHARE = 0.15  # of the brightest pixel, CellProfiler's default


class Overlap(Measurement[Floats]):
    """(n, 4): Manders' M1 and M2 of protein and a channel, Li's ICQ, overlap coefficient."""

    channel: Channel
    part: Part
    tail = (4,)

    def sources(self) -> tuple[Node, ...]:
        image = RAW[self.channel]
        return (LIGHT, image, self.part, Otsu(LIGHT, CELL), Otsu(image, CELL))

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.pair_overlaps(
            made[LIGHT],
            [made[RAW[node.channel]] for node in nodes],
            [made[node.part] for node in nodes],
            made[Otsu(LIGHT, CELL)],
            [made[Otsu(RAW[node.channel], CELL)] for node in nodes],
            crops.layout,
        )


class RankWeighted(Measurement[Floats]):
    """(n, 2): rank-weighted colocalisation of the protein with a channel, and the reverse."""

    channel: Channel
    tail = (2,)

    def sources(self) -> tuple[Node, ...]:
        image = RAW[self.channel]
        return (LIGHT, image, CELL, DenseRanks(LIGHT, CELL), DenseRanks(image, CELL))

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.rank_weighted(
            made[LIGHT],
            [made[RAW[node.channel]] for node in nodes],
            made[DenseRanks(LIGHT, CELL)],
            [made[DenseRanks(RAW[node.channel], CELL)] for node in nodes],
            made[CELL],
            RWC_SHARE,
            crops.layout,
        )


def _overlap(part: Part, landmark: Channel, number: int) -> Value:
    return lambda m: m(Overlap(landmark, part))[:, number]


def _rank_weighted(landmark: Channel, number: int) -> Value:
    return lambda m: m(RankWeighted(landmark))[:, number]


_OVERLAPS = (
    (
        "MandersM1",
        (0.0, 1.0),
        "Share of the protein {1} that lies where {0} is bright.",
        "Manders, Verbeek & Aten 1993, above Otsu's thresholds of the cell",
    ),
    (
        "MandersM2",
        (0.0, 1.0),
        "Share of {0} {1} that lies where the protein is bright.",
        "Manders, Verbeek & Aten 1993, above Otsu's thresholds of the cell",
    ),
    (
        "ICQ",
        (-0.5, 0.5),
        "How often the protein and {0} are both bright or both dim {1}: 0 by chance.",
        "Li et al. 2004, intensity correlation quotient",
    ),
    (
        "Overlap",
        (0.0, 1.0),
        "How much the protein and {0} overlap {1}, dark pixels counting for nothing.",
        "Manders, Verbeek & Aten 1993, eq. 3",
    ),
)
_RWC = (
    ("RWC1", "Share of the protein that lies with {0} in like order of brightness."),
    ("RWC2", "Share of {0} that lies with the protein in like order of brightness."),
)


OVERLAPS = tuple(
    Feature(
        compartment=compartment,
        name=name,
        value=_overlap(PARTS[compartment], landmark, number),
        unit="1",
        range=limits,
        channels=(Channel.PROTEIN, landmark),
        landmark=LANDMARK_OF_CHANNEL[landmark],
        meaning=meaning.format(STAIN[landmark], PLACES[compartment][0]),
        source=source,
        nan_when=f"a channel has no signal {PLACES[compartment][0]}, for ICQ: or is flat there",
        invariances=ANY_LIGHT,
    )
    for compartment, landmarks in SPECIFIC.items()
    for landmark in landmarks
    for number, (name, limits, meaning, source) in enumerate(_OVERLAPS)
)

RANK_WEIGHTED = tuple(
    Feature(
        compartment=Compartment.CELLS,
        name=name,
        value=_rank_weighted(landmark, number),
        unit="1",
        range=(0.0, 1.0),
        channels=(Channel.PROTEIN, landmark),
        landmark=LANDMARK_OF_CHANNEL[landmark],
        meaning=meaning.format(STAIN[landmark]),
        source="Singan et al. 2011, as CellProfiler's RWC at 15 % of the maximum",
        nan_when="a channel has no signal in the cell",
        invariances=ANY_LIGHT,
    )
    for landmark in LANDMARK_CHANNELS
    for number, (name, meaning) in enumerate(_RWC)
)
