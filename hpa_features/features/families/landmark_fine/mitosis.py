"""Condensed DNA and bipolar microtubules: cells in mitosis, and the protein on their spindle."""

from __future__ import annotations

from functools import partial

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Map
from hpa_features.features.plan import Floats, Measured, Value
from hpa_features.features.ratios import ANY_NUMBER, LOG2, divide, log2_ratio
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.axes import Axes, Middle
from hpa_features.features.vocabulary.images import LIGHT, RAW, Times
from hpa_features.features.vocabulary.levels import FEWEST, rise
from hpa_features.features.vocabulary.parts import CELL, NUCLEUS, Bands, Within, after
from hpa_features.features.vocabulary.points import Offset
from hpa_features.features.vocabulary.sums import cell_mean, mean

DNA, PROTEIN = RAW[Channel.DNA], Channel.PROTEIN
NEAR_UM, FAR_UM = 1.0, 7.0
CONE = 0.5  # cos 2·30°: on the axis above it, on the plate below −it
PLATE = Axes(DNA, NUCLEUS)


class AcrossAxis(Map):
    """−cos 2(φ − θ) of the direction from the axes' middle: 1 across the longer axis, −1 along."""

    axes: Axes
    kernel = "across_axes"
    takes = ("layout",)


_AWAY = Offset(Middle(PLATE))
_RING = Within(_AWAY, NEAR_UM, FAR_UM, CELL)
SIDES = Bands(AcrossAxis(PLATE), (-2.0, -CONE, after(CONE), 2.0), _RING)
ABOUT = Bands(_AWAY, (0.0, FAR_UM, 1e9), CELL)


def _across(channel: Channel) -> Value:
    return rise(channel, SIDES, 2, 0)


def _near(channel: Channel) -> Value:
    return rise(channel, ABOUT, 0, 1)


def _both_near(m: Measured) -> Floats:
    microtubules, protein = (_near(c)(m) for c in (Channel.MICROTUBULES, PROTEIN))
    return np.minimum(microtubules, protein)


def _on_plate(m: Measured) -> Floats:
    on_dna = mean(m, LIGHT, CELL, Times(DNA, DNA))
    return log2_ratio(divide(on_dna, cell_mean(m, PROTEIN)), 1.0)


_rare = partial(
    Feature,
    unit="1",
    compartment=Compartment.CELLS,
    landmark=Landmark.NUCLEUS,
    invariances=ANY_LIGHT,
    rare=True,
    nan_when="no DNA in the nucleus",
)
MITOSIS = (
    _rare(
        name="SpindleLevel",
        value=_across(Channel.MICROTUBULES),
        channels=(Channel.MICROTUBULES,),
        range=ANY_NUMBER,
        meaning="How much brighter microtubules are on the axis perpendicular to the DNA plate "
        "than to its sides, 1 to 7 µm from the centre of the plate.",
        source=LOG2,
        nan_when=f"no DNA, or under {FEWEST} pixels on the axis or to its sides",
    ),
    _rare(
        name="SpindleLevel",
        value=_across(PROTEIN),
        channels=(PROTEIN,),
        range=ANY_NUMBER,
        meaning="How much brighter the protein is on the axis perpendicular to the DNA plate than "
        "to its sides, 1 to 7 µm from the centre of the plate.",
        source=LOG2,
        nan_when=f"no DNA, or under {FEWEST} pixels on the axis or to its sides",
    ),
    _rare(
        name="SpindleNearLevel",
        value=_near(Channel.MICROTUBULES),
        channels=(Channel.MICROTUBULES,),
        range=ANY_NUMBER,
        meaning="How much brighter microtubules are within 7 µm of the centre of the DNA than "
        "beyond.",
        source=LOG2,
        nan_when=f"no DNA, or under {FEWEST} pixels within 7 µm or beyond",
    ),
    _rare(
        name="SpindleNearLevel",
        value=_near(PROTEIN),
        channels=(PROTEIN,),
        range=ANY_NUMBER,
        meaning="How much brighter the protein is within 7 µm of the centre of the DNA than "
        "beyond.",
        source=LOG2,
        nan_when=f"no DNA, or under {FEWEST} pixels within 7 µm or beyond",
    ),
    _rare(
        name="SpindleNearLevel",
        value=_both_near,
        channels=(PROTEIN, Channel.MICROTUBULES),
        range=ANY_NUMBER,
        meaning="How much brighter both protein and microtubules are within 7 µm of the centre of "
        "the DNA than beyond.",
        source=f"the smaller of two {LOG2}",
        nan_when=f"no DNA, or under {FEWEST} pixels within 7 µm or beyond",
    ),
    _rare(
        name="PlateLevel",
        value=_on_plate,
        channels=(PROTEIN, Channel.DNA),
        range=ANY_NUMBER,
        meaning="How much brighter the protein is where DNA is dense than in the cell.",
        source="log2 of protein weighted by squared DNA over the cell's mean",
        nan_when="no DNA or no protein in the cell",
    ),
)
