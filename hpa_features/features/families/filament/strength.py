"""How strong the protein's lines are, how dense, and where in the cell."""

from __future__ import annotations

from functools import partial
from math import inf

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Map
from hpa_features.features.plan import Floats, Measured, Value, difference
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.distances import STEP_UM, TO_EDGE, TO_NUCLEUS
from hpa_features.features.vocabulary.images import LIGHT
from hpa_features.features.vocabulary.parts import (
    CELL,
    CYTOPLASM,
    NUCLEATED,
    NUCLEUS,
    PARTS,
    Mask,
    Within,
)
from hpa_features.features.vocabulary.ridges import Coherence, Crossings, Ridges
from hpa_features.features.vocabulary.sums import Means, Moments, cell_mean, mean

FEWEST = 20  # pixels
FLOOR = 1e-3  # of the level, added to a mean strength
COHERENCE_UM = 0.96
_RIDGE = "max(−λ₁ − |λ₂|, 0)·σ² of the Hessian / level, Lindeberg 1998"
_PLACES = (
    (Compartment.NUCLEI, "over the nucleus", Landmark.NUCLEUS),
    (Compartment.CYTOPLASM, "in the cytoplasm", Landmark.NONE),
)
FINE, BROAD = Ridges(Channel.PROTEIN, 320), Ridges(Channel.PROTEIN, 640)
CRESTS = Within(Crossings(FINE), 0.0, inf, CELL)
_NUCLEATED = NUCLEATED[Compartment.CYTOPLASM]
_feature = partial(Feature, unit="1", channels=(Channel.PROTEIN,), invariances=ANY_LIGHT)


def _where_light(m: Measured, part: Mask, value: Floats) -> Floats:
    pixels, light = m(Means(LIGHT, part)).T
    return np.where((pixels >= FEWEST) & (light > 0), value, np.nan)


def _strength(lines: Ridges, part: Mask) -> Value:
    def value(m: Measured) -> Floats:
        return _where_light(m, part, np.log2(mean(m, lines.strength, part) + FLOOR))

    return value


def _width(part: Mask) -> Value:
    fine, broad = _strength(FINE, part), _strength(BROAD, part)
    return difference(broad, fine)


def _spread(part: Mask) -> Value:
    def value(m: Measured) -> Floats:
        moments = m(Moments(FINE.strength, part))
        return _where_light(m, part, np.sqrt(moments[:, 2]) / (moments[:, 1] + FLOOR))

    return value


def _crest_density(part: Mask) -> Value:
    return lambda m: _where_light(m, part, mean(m, CRESTS, part) / m(STEP_UM))


def _coherence(part: Mask) -> Value:
    side_by_side = Coherence(FINE, COHERENCE_UM)
    return lambda m: np.minimum(mean(m, side_by_side, part, FINE.strength), 1.0)


def _halves(length: Map, um: float, part: Mask) -> tuple[Mask, Mask]:
    return Within(length, -inf, um, part), Within(length, um, inf, part)


def _against(here: Mask, there: Mask) -> Value:
    def level(m: Measured, part: Mask) -> Floats:
        pixels, strength = m(Means(FINE.strength, part)).T
        return np.where(pixels >= FEWEST, np.log2(strength + FLOOR), np.nan)

    def value(m: Measured) -> Floats:
        lit = cell_mean(m, Channel.PROTEIN) > 0
        return np.where(lit, level(m, here) - level(m, there), np.nan)

    return value


def _in_part(compartment: Compartment, where: str, landmark: Landmark) -> tuple[Feature, ...]:
    feature = partial(_feature, compartment=compartment, landmark=landmark)
    part = PARTS[compartment]
    few = f"no signal, or under {FEWEST} pixels {where}"
    return (
        *(
            feature(
                name="Strength",
                value=_strength(lines, part),
                scale=f"{nm}nm",
                range=ANY_NUMBER,
                meaning=f"Strength of lines about {width} µm wide {where}.",
                source=f"log2(mean + {FLOOR}) of {_RIDGE}",
                nan_when=few,
            )
            for nm, lines, width in ((320, FINE, 0.6), (640, BROAD, 1.3))
        ),
        feature(
            name="Width",
            value=_width(part),
            range=ANY_NUMBER,
            meaning=f"Whether lines {where} are closer to 1.3 µm (above 0) or to 0.6 µm wide "
            "(below 0).",
            source="difference of the two Strengths",
            nan_when=few,
        ),
        feature(
            name="StrengthCV",
            value=_spread(part),
            range=ANY_RATIO,
            meaning=f"Whether a few lines {where} are much stronger than the rest (high) or all "
            "are similar (low).",
            source=f"standard deviation / (mean + {FLOOR}) of {_RIDGE}, σ = 0.32 µm",
            nan_when=few,
        ),
        feature(
            name="CrestDensity",
            value=_crest_density(part),
            unit="1/µm",
            range=ANY_RATIO,
            meaning=f"Length of clear lines (µm) per µm² {where}.",
            source="pixels that no strength aside exceeds, times their edge / area",
            nan_when=few,
        ),
        feature(
            name="Coherence",
            value=_coherence(part),
            scale="960nm",
            range=(0.0, 1.0),
            meaning=f"Whether neighbouring lines {where} are parallel (1) or cross (0).",
            source="|G∗(w·e^{2iφ})| / G∗w averaged with weights w, the strength; σ = 0.96 µm, "
            "as the structure tensor's coherence, Bigün & Granlund 1987",
            nan_when=f"no line {where}",
        ),
    )


OVER = (
    _feature(
        compartment=Compartment.NUCLEI,
        name="StrengthOverNucleus",
        value=_against(NUCLEUS, CYTOPLASM),
        landmark=Landmark.NUCLEUS,
        range=ANY_NUMBER,
        meaning="Strength of lines over the nucleus relative to the cytoplasm: 0 equal, below 0 "
        "weaker over the nucleus.",
        source="difference of two log2 mean strengths, nucleus − cytoplasm",
        nan_when=f"no signal, or under {FEWEST} pixels in the nucleus or in the cytoplasm",
    ),
    _feature(
        compartment=Compartment.CYTOPLASM,
        name="StrengthAtNucleus",
        value=_against(*_halves(TO_NUCLEUS, 4.0, _NUCLEATED)),
        landmark=Landmark.NUCLEAR_EDGE,
        range=ANY_NUMBER,
        meaning="How much stronger lines are within 4 µm of the nucleus than farther out.",
        source="difference of two log2 mean strengths",
        nan_when=f"no nucleus, or under {FEWEST} pixels within 4 µm of it or beyond",
    ),
    _feature(
        compartment=Compartment.CYTOPLASM,
        name="StrengthAtEdge",
        value=_against(*_halves(TO_EDGE, 3.0, CYTOPLASM)),
        landmark=Landmark.CELL_EDGE,
        range=ANY_NUMBER,
        meaning="How much stronger lines are within 3 µm of the cell edge than deeper inside.",
        source="difference of two log2 mean strengths",
        nan_when=f"under {FEWEST} pixels within 3 µm of the edge or beyond",
    ),
)
STRENGTH = (*(feature for place in _PLACES for feature in _in_part(*place)), *OVER)
