"""Spots near the cell edge, as adhesions form them: how elongated, and which way they point."""

from __future__ import annotations

from functools import partial
from math import inf

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Map
from hpa_features.features.plan import Floats, Measured
from hpa_features.features.ratios import ANY_NUMBER, divide, log2_ratio
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.directions import Agreement, Steepest
from hpa_features.features.vocabulary.distances import TO_EDGE
from hpa_features.features.vocabulary.images import LIGHT, Times
from hpa_features.features.vocabulary.parts import CYTOPLASM, Mask, Within
from hpa_features.features.vocabulary.ridges import Ridges
from hpa_features.features.vocabulary.spots import CONTRAST, SPOT_LIGHT, WEIGHTS
from hpa_features.features.vocabulary.sums import mean

EDGE_UM = 4.0
RIM = Within(TO_EDGE, -inf, EDGE_UM, CYTOPLASM)
INSIDE = Within(TO_EDGE, EDGE_UM, inf, CYTOPLASM)
LINES = Ridges(Channel.PROTEIN, 320)
_SPOTS, _CONTRAST, _LIGHT = WEIGHTS[640], CONTRAST[640], SPOT_LIGHT[640]


class Elongation(Map):
    """Ridge strength over itself plus contrast: 0 for a round spot, 1 for a line."""

    strength: Map
    contrast: Map
    kernel = "shares_of_sum"


def _elongation(m: Measured) -> Floats:
    return mean(m, Elongation(LINES.strength, _CONTRAST), RIM, Times(_SPOTS, _CONTRAST))


def _points_at_edge(m: Measured) -> Floats:
    towards = Agreement(LINES, Steepest(TO_EDGE))
    return np.clip(mean(m, towards, RIM, Times(_SPOTS, LINES.strength)), -1.0, 1.0)


def _more_than_inside(m: Measured) -> Floats:
    def standing(part: Mask) -> Floats:
        return divide(mean(m, _LIGHT, part), mean(m, LIGHT, part))

    return log2_ratio(standing(RIM), standing(INSIDE))


_feature = partial(
    Feature,
    unit="1",
    channels=(Channel.PROTEIN,),
    invariances=ANY_LIGHT,
    compartment=Compartment.CYTOPLASM,
    landmark=Landmark.CELL_EDGE,
)
EDGE_SPOTS = (
    _feature(
        name="EdgeSpotElongation",
        value=_elongation,
        range=(0.0, 1.0),
        meaning="How elongated small spots within 4 µm of the cell edge are.",
        source="mean ridge strength / (ridge strength + contrast) at spots of 0.6 µm, weighted by "
        "contrast",
        nan_when="no small spot within 4 µm of the cell edge",
    ),
    _feature(
        name="EdgeSpotAcross",
        value=_points_at_edge,
        range=(-1.0, 1.0),
        meaning="Whether elongated spots within 4 µm of the cell edge point towards it (1) or lie "
        "along it (−1).",
        source="mean cos 2(φ − ψ) at spots of 0.6 µm, weighted by ridge strength",
        nan_when="no elongated small spot within 4 µm of the cell edge",
    ),
    _feature(
        name="EdgeSpotLevel",
        value=_more_than_inside,
        range=ANY_NUMBER,
        meaning="How much more of the protein is in small spots within 4 µm of the cell edge than "
        "deeper inside.",
        source="log2 of share of light in 0.6 µm spots, edge + 0.01 / interior + 0.01",
        nan_when="no protein within 4 µm of the edge, or none in the cytoplasm beyond",
    ),
)
