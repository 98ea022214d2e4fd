"""Whether the protein's light gathers at one place in the cell, and what microtubules do there.

The place is the protein's own: in many cells no landmark shows where the organising centre is.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Map, Measurement
from hpa_features.features.plan import Floats, Measured, Value
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, LOG2, divide, log2_ratio
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.axes import Axes, Middle
from hpa_features.features.vocabulary.directions import Agreement, Towards
from hpa_features.features.vocabulary.distances import STEP_UM, TO_NUCLEUS, has_nucleus
from hpa_features.features.vocabulary.images import LIGHT, Smooth
from hpa_features.features.vocabulary.parts import CELL
from hpa_features.features.vocabulary.points import Known, Offset
from hpa_features.features.vocabulary.ranks import Brightest
from hpa_features.features.vocabulary.ridges import Ridges
from hpa_features.features.vocabulary.spots import SIZES_NM, SPOT_LIGHT, WEIGHTS
from hpa_features.features.vocabulary.sums import cell_mean, mean

BRIGHTEST = 0.01
ELSEWHERE_UM = 2.0  # two centrioles lie closer
REACH_UM = 10.0
LINES = Ridges(Channel.MICROTUBULES, 320)
_DENSITY = Smooth(Channel.MICROTUBULES, 1280)
_SMALL = SPOT_LIGHT[SIZES_NM[0]]
_MIDDLE = Middle(Axes(_SMALL, CELL))


class SpotLead(Measurement[Floats]):
    """(n, 2): height of the cell's highest spot, and of the highest more than 2 µm from it."""

    light: Map
    weights: Map
    elsewhere_um: float = ELSEWHERE_UM
    tail = (2,)
    kernel = "spot_leads"
    takes = ("layout",)


class Pull(Map):
    """Strength of lines over their distance from a point, 0 beyond 10 µm."""

    strength: Map
    away: Offset
    reach_um: float = REACH_UM
    kernel = "pulls"


def _spread(image: Map) -> Value:
    def value(m: Measured) -> Floats:
        axes = m(Axes(image, CELL))
        return np.asarray(np.sqrt(axes[:, 2] + axes[:, 3]) * m(STEP_UM))

    return value


def _top_spread(m: Measured) -> Floats:
    found = _spread(Brightest(LIGHT, CELL, BRIGHTEST))(m)
    return np.where(cell_mean(m, Channel.PROTEIN) > 0, found, np.nan)


def _to_nucleus(nm: int) -> Value:
    def value(m: Measured) -> Floats:
        return np.where(has_nucleus(m), mean(m, TO_NUCLEUS, CELL, SPOT_LIGHT[nm]), np.nan)

    return value


def _lead(m: Measured) -> Floats:
    top, other = m(SpotLead(_SMALL, WEIGHTS[SIZES_NM[0]])).T
    level = cell_mean(m, Channel.PROTEIN)
    return np.where(top > 0, log2_ratio(divide(top, level), divide(other, level)), np.nan)


def _convergence(m: Measured) -> Floats:
    towards = Agreement(LINES, Towards(_MIDDLE))
    found = mean(m, towards, CELL, Pull(LINES.strength, Offset(_MIDDLE)))
    return np.where(m(Known(_MIDDLE)), np.clip(found, -1.0, 1.0), np.nan)


def _dense(m: Measured) -> Floats:
    level = divide(mean(m, _DENSITY, CELL, _SMALL), mean(m, _DENSITY, CELL))
    return log2_ratio(level, 1.0)


_SPREAD = "√(Σ w d² / Σ w), d the distance to the weighted centre"
_feature = partial(
    Feature,
    unit="1",
    compartment=Compartment.CELLS,
    channels=(Channel.PROTEIN,),
    invariances=ANY_LIGHT,
)
_at = partial(
    _feature,
    channels=(Channel.PROTEIN, Channel.MICROTUBULES),
    landmark=Landmark.CENTRE,
)
GATHERING = (
    _feature(
        name="Top1Spread",
        value=_top_spread,
        unit="µm",
        range=ANY_RATIO,
        meaning="Spread of the brightest 1 % of the cell: small if the protein gathers at one "
        "place.",
        source=f"{_SPREAD}; w 1 at the brightest 1 %",
        nan_when="no protein",
    ),
    *(
        _feature(
            name="SpotLightSpread",
            value=_spread(SPOT_LIGHT[nm]),
            scale=f"{nm}nm",
            unit="µm",
            range=ANY_RATIO,
            meaning=f"Spread of the protein's spots of {words} µm: small for one spot or one "
            "cluster.",
            source=f"{_SPREAD}; w the height of the difference of Gaussians above the limit",
            nan_when="no spot",
        )
        for nm, words in zip(SIZES_NM, ("0.6", "1.3"), strict=True)
    ),
    *(
        _feature(
            name="SpotLightToNucleus",
            value=_to_nucleus(nm),
            scale=f"{nm}nm",
            unit="µm",
            landmark=Landmark.NUCLEAR_EDGE,
            range=ANY_NUMBER,
            meaning=f"Mean distance of the protein's spots of {words} µm from the nuclear edge, "
            "weighted by brightness; below 0 inside the nucleus.",
            source="mean signed distance weighted by the height of the difference of Gaussians",
            nan_when="no nucleus, or no spot",
        )
        for nm, words in zip(SIZES_NM, ("0.6", "1.3"), strict=True)
    ),
    _feature(
        name="SpotLead",
        value=_lead,
        rare=True,
        range=ANY_NUMBER,
        meaning="How much brighter the brightest small spot of the cell is than the brightest one "
        "more than 2 µm away.",
        source="log2((height + 0.01)/(height elsewhere + 0.01)), heights of differences of "
        "Gaussians in means of the cell",
        nan_when="no small spot",
    ),
    _at(
        name="ConvergenceAtSpots",
        value=_convergence,
        range=(-1.0, 1.0),
        meaning="How strongly microtubules point towards the centre of the protein's small spots.",
        source="mean cos 2(φ − ψ) of ridges within 10 µm, weight strength / distance",
        nan_when="no small spot, or no microtubule line within 10 µm of their centre",
    ),
    _at(
        name="MicrotubulesAtSpots",
        value=_dense,
        range=ANY_NUMBER,
        meaning="Density of microtubules within about 2 µm of the protein's small spots, relative "
        "to the cell.",
        source=f"{LOG2}, microtubules at σ = 1.28 µm",
        nan_when="no small spot, or no microtubules",
    ),
)
