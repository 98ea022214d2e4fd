"""The nuclear rim: the protein on the nuclear edge, against both of its sides."""

from __future__ import annotations

from functools import partial

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.plan import Floats, Measured, Value
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, LOG2, log2_ratio
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.distances import TO_NUCLEUS
from hpa_features.features.vocabulary.images import LIGHT
from hpa_features.features.vocabulary.levels import FEWEST, levels
from hpa_features.features.vocabulary.parts import NUCLEATED, Bands
from hpa_features.features.vocabulary.sectors import SectorSums, sector_cv

PROTEIN = Channel.PROTEIN
ZONES = Bands(TO_NUCLEUS, (-3.0, -1.0, -0.5, 0.5, 1.0, 3.0), NUCLEATED[Compartment.CELLS])
INSIDE, EDGE, OUTSIDE = 0, 2, 4


def _rise(m: Measured, channel: Channel, side: int) -> Floats:
    level = levels(m, channel, ZONES).mean
    return log2_ratio(level[:, EDGE], level[:, side])


def _against(side: int) -> Value:
    return lambda m: _rise(m, PROTEIN, side)


def _peak(channel: Channel) -> Value:
    return lambda m: np.minimum(_rise(m, channel, INSIDE), _rise(m, channel, OUTSIDE))


def _peak_beyond(partner: Channel) -> Value:
    own, other = _peak(PROTEIN), _peak(partner)
    return lambda m: own(m) - other(m)


_rim = partial(
    Feature,
    unit="1",
    invariances=ANY_LIGHT,
    compartment=Compartment.NUCLEI,
    landmark=Landmark.NUCLEAR_EDGE,
    nan_when=f"no nucleus, no signal, or under {FEWEST} pixels in the rim or next to it",
)
RIM = (
    _rim(
        name="RimToInside",
        value=_against(INSIDE),
        channels=(PROTEIN,),
        range=ANY_NUMBER,
        meaning="How much brighter the nuclear edge is than the nucleus 1 to 3 µm inside it.",
        source=LOG2,
    ),
    _rim(
        name="RimToOutside",
        value=_against(OUTSIDE),
        channels=(PROTEIN,),
        range=ANY_NUMBER,
        meaning="How much brighter the nuclear edge is than the cytoplasm 1 to 3 µm outside it.",
        source=LOG2,
    ),
    _rim(
        name="RimPeak",
        value=_peak(PROTEIN),
        channels=(PROTEIN,),
        range=ANY_NUMBER,
        meaning="How much brighter the nuclear edge is than the brighter of its two sides.",
        source=LOG2,
    ),
    _rim(
        name="RimPeak",
        value=_peak_beyond(Channel.ER),
        channels=(PROTEIN, Channel.ER),
        range=ANY_NUMBER,
        meaning="How much brighter the nuclear edge is than its sides, minus the same for the ER, "
        "which is continuous with the nuclear envelope.",
        source=f"difference of two {LOG2}",
    ),
    _rim(
        name="RimAngularCV",
        value=lambda m: sector_cv(m(SectorSums(LIGHT, ZONES)))[:, EDGE],
        channels=(PROTEIN,),
        range=ANY_RATIO,
        meaning="How unevenly the protein is distributed along the nuclear edge.",
        source="standard deviation / mean over the means of 8 sectors",
    ),
)
