"""The nuclear rim: the protein on the nuclear edge, against both of its sides."""

from __future__ import annotations

from functools import partial

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.plan import Value, difference
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, LOG2
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.distances import TO_NUCLEUS
from hpa_features.features.vocabulary.images import LIGHT
from hpa_features.features.vocabulary.levels import FEWEST, rise
from hpa_features.features.vocabulary.parts import NUCLEATED, Bands
from hpa_features.features.vocabulary.sectors import sector_cv

PROTEIN = Channel.PROTEIN
ZONES = Bands(TO_NUCLEUS, (-3.0, -1.0, -0.5, 0.5, 1.0, 3.0), NUCLEATED[Compartment.CELLS])
INSIDE, EDGE, OUTSIDE = 0, 2, 4


def _rise(channel: Channel, side: int) -> Value:
    return rise(channel, ZONES, EDGE, side)


def _peak(channel: Channel) -> Value:
    inside, outside = _rise(channel, INSIDE), _rise(channel, OUTSIDE)
    return lambda m: np.minimum(inside(m), outside(m))


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
        value=_rise(PROTEIN, INSIDE),
        channels=(PROTEIN,),
        range=ANY_NUMBER,
        meaning="How much brighter the nuclear edge is than the nucleus 1 to 3 µm inside it.",
        source=LOG2,
    ),
    _rim(
        name="RimToOutside",
        value=_rise(PROTEIN, OUTSIDE),
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
        value=difference(_peak(PROTEIN), _peak(Channel.ER)),
        channels=(PROTEIN, Channel.ER),
        range=ANY_NUMBER,
        meaning="How much brighter the nuclear edge is than its sides, minus the same for the ER, "
        "which is continuous with the nuclear envelope.",
        source=f"difference of two {LOG2}",
    ),
    _rim(
        name="RimAngularCV",
        value=lambda m: sector_cv(m, LIGHT, ZONES)[:, EDGE],
        channels=(PROTEIN,),
        range=ANY_RATIO,
        meaning="How unevenly the protein is distributed along the nuclear edge.",
        source="standard deviation / mean over the means of 8 sectors",
    ),
)
