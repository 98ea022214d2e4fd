"""Where protein and landmark are bright together: Manders, Li and rank-weighted overlaps."""

from __future__ import annotations

from hpa_features.core.types import LANDMARK_CHANNELS, Channel
from hpa_features.features.families.correlation.places import PLACES, SPECIFIC
from hpa_features.features.nodes import Map, Measurement
from hpa_features.features.plan import Floats, Value
from hpa_features.features.spec import ANY_LIGHT, LANDMARK_OF_CHANNEL, Compartment, Feature
from hpa_features.features.vocabulary.images import LIGHT, RAW
from hpa_features.features.vocabulary.parts import CELL, PARTS, Part
from hpa_features.features.vocabulary.ranks import DenseRanks, Otsu
from hpa_features.features.words import STAIN

RWC_SHARE = 0.15  # of the brightest pixel, CellProfiler's default


class Overlap(Measurement[Floats]):
    """(n, 4): Manders' M1 and M2 of two images above thresholds, Li's ICQ, overlap coefficient."""

    first: Map
    second: Map
    part: Part
    first_limit: Otsu
    second_limit: Otsu
    tail = (4,)
    kernel = "pair_overlaps"
    takes = ("layout",)


class RankWeighted(Measurement[Floats]):
    """(n, 2): rank-weighted colocalisation of an image with another, and the reverse."""

    first: Map
    second: Map
    first_rank: DenseRanks
    second_rank: DenseRanks
    part: Part
    share: float
    tail = (2,)
    kernel = "rank_weighted"
    takes = ("layout",)


def _overlap(part: Part, landmark: Channel, number: int) -> Value:
    other = RAW[landmark]
    node = Overlap(LIGHT, other, part, Otsu(LIGHT, CELL), Otsu(other, CELL))
    return lambda m: m(node)[:, number]


def _rank_weighted(landmark: Channel, number: int) -> Value:
    other = RAW[landmark]
    ranks = DenseRanks(LIGHT, CELL), DenseRanks(other, CELL)
    node = RankWeighted(LIGHT, other, *ranks, CELL, RWC_SHARE)
    return lambda m: m(node)[:, number]


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
        "How often the protein and {0} are both bright or both dim {1}; 0: as expected by chance.",
        "Li et al. 2004, intensity correlation quotient",
    ),
    (
        "Overlap",
        (0.0, 1.0),
        "How much the protein and {0} overlap {1}; dark pixels have no weight.",
        "Manders, Verbeek & Aten 1993, eq. 3",
    ),
)
_RWC = (
    (
        "RWC1",
        "Share of the protein that coincides with {0}, weighted by similarity of brightness rank.",
    ),
    (
        "RWC2",
        "Share of {0} that coincides with the protein, weighted by similarity of brightness rank.",
    ),
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
