"""Spots inside nucleoli: dots in the DNA-poor places of the nucleus."""

from __future__ import annotations

from functools import partial
from math import inf

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.plan import Floats, Measured
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, divide, log2_ratio
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.distances import STEP_UM
from hpa_features.features.vocabulary.images import LIGHT
from hpa_features.features.vocabulary.parts import Mask, Within
from hpa_features.features.vocabulary.ranks import DNA_RANK, INTERIOR, Brightest
from hpa_features.features.vocabulary.spots import CONTRAST, SPOT_LIGHT, WEIGHTS
from hpa_features.features.vocabulary.sums import Means, Peaks, mean

HOLE_SHARE = 0.3  # DNA-poorest part of the nucleus
HOLES = Within(DNA_RANK, -inf, HOLE_SHARE, INTERIOR)
REST = Within(DNA_RANK, HOLE_SHARE, inf, INTERIOR)
_LIGHT, _CONTRAST, _SPOTS = SPOT_LIGHT[640], CONTRAST[640], WEIGHTS[640]


def _where_light(m: Measured, value: Floats) -> Floats:
    return np.where(mean(m, LIGHT, HOLES) > 0, value, np.nan)


def _standing(m: Measured, part: Mask) -> Floats:
    pixels, standing = m(Means(_LIGHT, part)).T
    return np.asarray(np.nan_to_num(standing) * pixels)


def _spot_share(m: Measured) -> Floats:
    inside, outside = _standing(m, HOLES), _standing(m, REST)
    return np.minimum(divide(inside, inside + outside), 1.0)


def _light_share(m: Measured) -> Floats:
    return np.minimum(divide(mean(m, _LIGHT, HOLES), mean(m, LIGHT, HOLES)), 1.0)


def _density(m: Measured) -> Floats:
    return _where_light(m, 100 * mean(m, _SPOTS, HOLES) / m(STEP_UM) ** 2)


def _top(m: Measured) -> Floats:
    return _where_light(m, m(Peaks(_CONTRAST, HOLES)))


def _lead(m: Measured) -> Floats:
    inside, outside = (m(Peaks(_CONTRAST, part)) for part in (HOLES, REST))
    return _where_light(m, log2_ratio(inside, outside))


def _coarse(m: Measured) -> Floats:
    bright = mean(m, LIGHT, HOLES, Brightest(LIGHT, HOLES, 0.05))
    return log2_ratio(divide(bright, mean(m, LIGHT, HOLES)), 1.0)


_nucleolar = partial(
    Feature,
    unit="1",
    invariances=ANY_LIGHT,
    compartment=Compartment.NUCLEI,
    landmark=Landmark.NUCLEOLI,
    channels=(Channel.PROTEIN, Channel.DNA),
    nan_when="no nuclear interior, or no protein there",
)
NUCLEOLAR_SPOTS = (
    _nucleolar(
        name="SpotShareInHoles",
        value=_spot_share,
        range=(0.0, 1.0),
        meaning="Share of the nucleus's small spots, by brightness, in its DNA-poorest 30 %.",
        source="Σ of 0.6 µm bands above the limit, holes / nuclear interior",
        nan_when="no small spot in the nuclear interior",
    ),
    _nucleolar(
        name="SpotLightInHoles",
        value=_light_share,
        range=(0.0, 1.0),
        meaning="Share of the protein in DNA-poor places that is in small spots.",
        source="Σ of 0.6 µm bands above the limit / Σ protein",
    ),
    _nucleolar(
        name="SpotDensityInHoles",
        value=_density,
        unit="1/100 µm²",
        range=ANY_RATIO,
        meaning="Number of small spots per 100 µm² of DNA-poor places.",
        source="local maxima of difference of Gaussians, Lowe 2004",
    ),
    _nucleolar(
        name="TopContrastInHoles",
        value=_top,
        rare=True,
        range=ANY_RATIO,
        meaning="Contrast of the strongest small spot in DNA-poor places with its surroundings.",
        source="greatest difference of Gaussians / surroundings, 0.6 µm blobs",
    ),
    _nucleolar(
        name="TopContrastInHolesExcess",
        value=_lead,
        rare=True,
        range=ANY_NUMBER,
        meaning="Contrast of the strongest small spot in DNA-poor places relative to the strongest "
        "one in the rest of the nucleus.",
        source="log2((contrast + 0.01)/(contrast in the rest + 0.01))",
    ),
    _nucleolar(
        name="CoarseLevelInHoles",
        value=_coarse,
        range=ANY_NUMBER,
        meaning="Brightness of the brightest 5 % of DNA-poor places relative to their mean: high "
        "for dots inside nucleoli, low for filled nucleoli.",
        source="log2 of the brightest 5 % over the mean",
    ),
)
