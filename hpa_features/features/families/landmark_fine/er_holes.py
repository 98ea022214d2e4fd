"""Holes in the ER, as lipid droplets leave them: the protein there, and the ER at its spots."""

from __future__ import annotations

from functools import partial
from math import inf

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Map
from hpa_features.features.plan import Floats, Measured
from hpa_features.features.ratios import ANY_NUMBER, divide, log2_ratio
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.distances import TO_EDGE, TO_NUCLEUS
from hpa_features.features.vocabulary.images import LIGHT, RAW, Smooth
from hpa_features.features.vocabulary.local import HoleDepth, LocalRatio
from hpa_features.features.vocabulary.parts import Mask, Within
from hpa_features.features.vocabulary.spots import SPOT_LIGHT
from hpa_features.features.vocabulary.sums import Means, mean

INSIDE_UM = 0.64  # nearer to an edge, what lies beyond it makes holes
SPOT_NM = 640
_NONE = f"no cytoplasm {INSIDE_UM} µm from its edges, no ER or no protein there"
_feature = partial(
    Feature,
    unit="1",
    range=ANY_NUMBER,
    compartment=Compartment.CYTOPLASM,
    landmark=Landmark.ER,
    channels=(Channel.PROTEIN, Channel.ER),
    invariances=ANY_LIGHT,
)
FINE, COARSE = Smooth(Channel.ER, 320), Smooth(Channel.ER, 1280)


class ClearOfNucleus(Mask):
    """The cytoplasm at least `um` from the nuclear edge; all of it without nucleus."""

    length: Map
    um: float
    kernel = "clear_of_nucleus"
    takes = ("region", "layout")


INSIDE = Within(TO_EDGE, INSIDE_UM, inf, ClearOfNucleus(TO_NUCLEUS, INSIDE_UM))
HOLES = HoleDepth(FINE, COARSE, Means(RAW[Channel.ER], INSIDE))
LOCAL = LocalRatio(
    Smooth(Channel.PROTEIN, 640), Smooth(Channel.PROTEIN, 2560), Means(LIGHT, INSIDE)
)


def _where_light(m: Measured, value: Floats) -> Floats:
    return np.where(mean(m, LIGHT, INSIDE) > 0, value, np.nan)


def _level_in_holes(m: Measured) -> Floats:
    level = divide(mean(m, LOCAL, INSIDE, HOLES), mean(m, LOCAL, INSIDE))
    return _where_light(m, log2_ratio(level, 1.0))


def _er_at_spots(m: Measured) -> Floats:
    light = SPOT_LIGHT[SPOT_NM]
    level = divide(mean(m, FINE, INSIDE, light), mean(m, COARSE, INSIDE, light))
    return _where_light(m, log2_ratio(level, 1.0))


ER_HOLES = (
    _feature(
        name="LevelInERHoles",
        value=_level_in_holes,
        meaning="How much brighter the protein is at and around dark holes of the ER than in the "
        "cytoplasm: high on lipid droplets.",
        source="log2 of mean protein (σ = 0.64 µm) / protein (σ = 2.56 µm) weighted by depth of "
        "holes over its plain mean; depth 1 − ER (0.32 µm) / ER (1.28 µm) where above 0",
        nan_when=f"{_NONE}, or no hole",
    ),
    _feature(
        name="ERAtSpots",
        value=_er_at_spots,
        scale=f"{SPOT_NM}nm",
        meaning="Whether the ER is dark (below 0) or bright (above 0) at the protein's small "
        "spots.",
        source="log2 of ER (σ = 0.32 µm) / ER (σ = 1.28 µm), both weighted by the height of spots "
        "of 0.6 µm",
        nan_when=f"{_NONE}, or no small spot there",
    ),
)
