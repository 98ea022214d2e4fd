"""Microtubule ends, ridges and gaps: the protein there."""

from __future__ import annotations

from functools import partial
from math import inf

from hpa_features.core.types import Channel
from hpa_features.features.families.landmark_fine.local_level import FEWEST, LOCAL, local_level
from hpa_features.features.plan import Floats, Measured
from hpa_features.features.ratios import ANY_NUMBER, log2_ratio
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.distances import Gap
from hpa_features.features.vocabulary.parts import CYTOPLASM, Within, after
from hpa_features.features.vocabulary.ridges import Crossings, Ridges

REACH_UM = 0.64  # comets lie about an end, not on its last pixel
LINES = Ridges(Channel.MICROTUBULES, 320)
_TO_ENDS = Gap(Within(Crossings(LINES), 1.0, 2.0, CYTOPLASM))
ENDS = Within(_TO_ENDS, 0.0, after(REACH_UM), CYTOPLASM)
_AWAY = Within(_TO_ENDS, after(REACH_UM), inf, CYTOPLASM)
RIDGES, GAPS = Within(LINES.plain, 0.5, inf, _AWAY), Within(LINES.plain, -inf, 0.5, _AWAY)


def _ends_to_gaps(m: Measured) -> Floats:
    return log2_ratio(local_level(m, ENDS), local_level(m, GAPS))


def _ridges_to_gaps(m: Measured) -> Floats:
    return log2_ratio(local_level(m, RIDGES), local_level(m, GAPS))


_tip = partial(
    Feature,
    unit="1",
    compartment=Compartment.CYTOPLASM,
    landmark=Landmark.MICROTUBULES,
    channels=(Channel.PROTEIN, Channel.MICROTUBULES),
    invariances=ANY_LIGHT,
    range=ANY_NUMBER,
    source=LOCAL,
    nan_when=f"no protein, or under {FEWEST} pixels of one of the two kinds",
)
TIPS = (
    _tip(
        name="EndsToGaps",
        value=_ends_to_gaps,
        meaning="How much brighter the protein is near microtubule ends than elsewhere.",
    ),
    _tip(
        name="RidgesToGaps",
        value=_ridges_to_gaps,
        meaning="How much brighter the protein is on microtubules than in the gaps between them.",
    ),
)
