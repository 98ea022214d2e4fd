"""Nucleoli: the protein in the DNA-poor holes of the nucleus, around them and elsewhere."""

from __future__ import annotations

from functools import partial

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.plan import Floats, Measured, Value
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, CV, LOG2, divide, log2_ratio
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.distances import Gap
from hpa_features.features.vocabulary.images import LIGHT
from hpa_features.features.vocabulary.levels import levels, rise
from hpa_features.features.vocabulary.parts import Bands, Within, after
from hpa_features.features.vocabulary.ranks import DNA_RANK, INTERIOR, Brightest
from hpa_features.features.vocabulary.sums import mean

PROTEIN = Channel.PROTEIN
ZONES = Bands(DNA_RANK, (0.0, 0.05, 0.15, 0.30, 0.85, 1.0), INTERIOR)
RICH = slice(3, 5)  # the DNA-richer 70 %
HOLES = Within(DNA_RANK, 0.0, 0.15, INTERIOR)
RIM_UM = 0.64 * (1 + 1e-9)
IN_AND_AROUND = Bands(Gap(HOLES), (0.0, after(0.0), RIM_UM), INTERIOR)
BRIGHT = Brightest(LIGHT, INTERIOR, 0.05)


def _pooled(m: Measured, channel: Channel, zones: slice) -> Floats:
    """Return (n,): mean over several zones; those of too few pixels are excluded."""
    found = levels(m, channel, ZONES)
    level = found.mean[:, zones]
    pixels = np.where(np.isnan(level), 0, found.pixels[:, zones])
    return divide((np.nan_to_num(level) * pixels).sum(1), pixels.sum(1))


def _hole_level(zones: int) -> Value:
    return lambda m: log2_ratio(_pooled(m, PROTEIN, slice(zones)), _pooled(m, PROTEIN, RICH))


def _spotty(m: Measured) -> Floats:
    return levels(m, PROTEIN, IN_AND_AROUND).cv[:, 0]


def _depth(m: Measured) -> Floats:
    return log2_ratio(_pooled(m, Channel.DNA, slice(2)), _pooled(m, Channel.DNA, RICH))


_hole = partial(
    Feature,
    unit="1",
    invariances=ANY_LIGHT,
    compartment=Compartment.NUCLEI,
    landmark=Landmark.NUCLEOLI,
    channels=(PROTEIN, Channel.DNA),
    nan_when="no nucleus, a small one, or DNA too uniform to rank pixels",
)
NUCLEOLI = (
    *(
        _hole(
            name=f"HoleLevel{share}",
            value=_hole_level(zones),
            range=ANY_NUMBER,
            meaning=f"How much brighter the protein is in the DNA-poorest {share} % of the nucleus "
            "than in the DNA-richest 70 %.",
            source=LOG2,
        )
        for zones, share in enumerate((5, 15, 30), 1)
    ),
    _hole(
        name="DenseLevel",
        value=rise(PROTEIN, ZONES, 4, 3),
        range=ANY_NUMBER,
        meaning="How much brighter the protein is in the DNA-richest 15 % of the nucleus than at "
        "medium DNA.",
        source=LOG2,
    ),
    _hole(
        name="HoleRim",
        value=rise(PROTEIN, IN_AND_AROUND, 1, 0),
        range=ANY_NUMBER,
        meaning="How much brighter the protein is within 0.6 µm around the DNA-poor holes than "
        "inside them.",
        source=LOG2,
    ),
    _hole(
        name="HoleCV",
        value=_spotty,
        range=ANY_RATIO,
        meaning="How spotty the protein is inside the DNA-poor holes.",
        source=CV,
    ),
    _hole(
        name="HoleDepth",
        value=_depth,
        range=ANY_NUMBER,
        meaning="DNA in the DNA-poor holes relative to the DNA-richest 70 % of the nucleus: low if "
        "nucleoli are clearly visible.",
        source=LOG2,
    ),
    _hole(
        name="BrightestInHoles",
        value=lambda m: mean(m, HOLES, INTERIOR, BRIGHT),
        range=(0.0, 1.0),
        meaning="Share of the brightest 5 % of the nucleus that lies in DNA-poor holes.",
        source="weight of the brightest 5 % of pixels in the DNA-poorest 15 %",
    ),
    _hole(
        name="DNAAtBrightest",
        value=lambda m: mean(m, DNA_RANK, INTERIOR, BRIGHT),
        range=(0.0, 1.0),
        meaning="Whether the brightest 5 % of the nucleus lie in DNA-poor (towards 0) or DNA-rich "
        "places (towards 1).",
        source="mean rank share of DNA at the brightest 5 % of pixels",
    ),
)
