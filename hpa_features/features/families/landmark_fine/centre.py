"""The organising centre: the protein on it, about it, and on its side of the nucleus."""

from __future__ import annotations

from functools import partial
from math import inf

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.plan import Floats, Measured, Value
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, CV, LOG2, divide, log2_ratio
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.centre import CENTRE as POINT
from hpa_features.features.vocabulary.centre import CENTRE_KNOWN, TO_CENTRE
from hpa_features.features.vocabulary.distances import TO_NUCLEUS
from hpa_features.features.vocabulary.images import LIGHT
from hpa_features.features.vocabulary.levels import FEWEST, levels, rise
from hpa_features.features.vocabulary.parts import (
    CELL,
    CYTOPLASM,
    Bands,
    Mask,
    Within,
    after,
)
from hpa_features.features.vocabulary.points import Facing
from hpa_features.features.vocabulary.ranks import Brightest
from hpa_features.features.vocabulary.sectors import CENTRES
from hpa_features.features.vocabulary.spots import CONTRAST, SIZES_NM, SPOT_LIGHT
from hpa_features.features.vocabulary.sums import Peaks, cell_mean, mean

PROTEIN = Channel.PROTEIN
ZONES = Bands(TO_CENTRE, (0.0, 1.0, 3.0, 6.0, 1000.0), CELL)
BEYOND = 3
SHELLS = ("0to1000nm", "1000to3000nm", "3000to6000nm")
AT_UM = 1.5  # farther than this from the centre is not at it
NEAR_UM = 3.0  # vesicles cluster about the centre, not on it
SIDE_UM = 6.0  # of the nuclear edge
BRIGHTEST = 0.05
NEAR = Within(TO_CENTRE, -inf, NEAR_UM, CYTOPLASM)
REST = Within(TO_CENTRE, NEAR_UM, inf, CYTOPLASM)
_NONE = "no nucleus, no microtubules near it, or no protein"
_centre = partial(
    Feature,
    unit="1",
    compartment=Compartment.CELLS,
    landmark=Landmark.CENTRE,
    channels=(PROTEIN, Channel.MICROTUBULES),
    invariances=ANY_LIGHT,
    nan_when=_NONE,
)


def _words(scale: str) -> str:
    low, high = scale.removesuffix("nm").split("to")
    return f"{int(low) // 1000} to {int(high) // 1000} µm"


def _level(shell: int) -> Value:
    return rise(PROTEIN, ZONES, shell, BEYOND)


def _where_lit(m: Measured, value: Floats) -> Floats:
    return np.where(m(CENTRE_KNOWN) & (cell_mean(m, PROTEIN) > 0), value, np.nan)


def _sharpest(m: Measured) -> Floats:
    return m(Peaks(CONTRAST[640], Within(TO_CENTRE, -inf, after(AT_UM), CELL)))


def _sharpness(m: Measured) -> Floats:
    return _where_lit(m, _sharpest(m))


def _lead(m: Measured) -> Floats:
    elsewhere = m(Peaks(CONTRAST[640], Within(TO_CENTRE, after(AT_UM), inf, CELL)))
    return _where_lit(m, log2_ratio(_sharpest(m), elsewhere))


def _gathered(nm: int) -> Value:
    def value(m: Measured) -> Floats:
        level = cell_mean(m, PROTEIN)
        near, rest = (divide(mean(m, SPOT_LIGHT[nm], part), level) for part in (NEAR, REST))
        return log2_ratio(near, rest)

    return value


def _spot_share(m: Measured) -> Floats:
    return np.minimum(divide(mean(m, SPOT_LIGHT[1280], NEAR), mean(m, LIGHT, NEAR)), 1.0)


def _to_centre(part: Mask) -> Value:
    bright = Brightest(LIGHT, part, BRIGHTEST)

    def value(m: Measured) -> Floats:
        lit = m(CENTRE_KNOWN) & (mean(m, LIGHT, part) > 0)
        return np.where(lit, mean(m, TO_CENTRE, part, bright), np.nan)

    return value


def _excess(m: Measured) -> Floats:
    whole = np.where(m(CENTRE_KNOWN), mean(m, TO_CENTRE, CYTOPLASM), np.nan)
    return _to_centre(CYTOPLASM)(m) - whole


def _side(m: Measured) -> Floats:
    facing, part = Facing(CENTRES, POINT), Within(TO_NUCLEUS, -inf, SIDE_UM, CYTOPLASM)
    excess = mean(m, facing, part, LIGHT) - mean(m, facing, part)
    return np.where(m(CENTRE_KNOWN), excess, np.nan)


CENTRE = (
    *(
        _centre(
            name="CentreLevel",
            value=_level(shell),
            scale=scale,
            range=ANY_NUMBER,
            meaning=f"How much brighter the protein is {_words(scale)} from the point where "
            "microtubules converge than in the cell beyond 6 µm.",
            source=LOG2,
            nan_when=f"{_NONE}, or under {FEWEST} pixels there or beyond 6 µm",
        )
        for shell, scale in enumerate(SHELLS)
    ),
    _centre(
        name="CentreCV",
        value=lambda m: np.where(m(CENTRE_KNOWN), levels(m, PROTEIN, ZONES).cv[:, 1], np.nan),
        scale=SHELLS[1],
        range=ANY_RATIO,
        meaning="How granular the protein is 1 to 3 µm from the point where microtubules converge.",
        source=CV,
    ),
    _centre(
        name="CentreSharpness",
        value=_sharpness,
        rare=True,
        range=ANY_RATIO,
        meaning="Contrast of the strongest small spot within 1.5 µm of the organising centre with "
        "its surroundings.",
        source="greatest difference of Gaussians / surroundings, 0.6 µm blobs",
    ),
    _centre(
        name="StrongestSpotAtCentre",
        value=_lead,
        rare=True,
        range=ANY_NUMBER,
        meaning="Contrast of the strongest small spot at the organising centre relative to the "
        "strongest one elsewhere in the cell.",
        source="log2((contrast + 0.01)/(contrast elsewhere + 0.01))",
    ),
    *(
        _centre(
            name="SpotsAtCentre",
            value=_gathered(nm),
            scale=f"{nm}nm",
            range=ANY_NUMBER,
            compartment=Compartment.CYTOPLASM,
            meaning=f"How much more of the protein is in spots of {words} µm within 3 µm of the "
            "organising centre than in the rest of the cytoplasm.",
            source="log2 of mean height of the difference of Gaussians above the limit, near + "
            "0.01 / rest + 0.01 of the cell's mean",
            nan_when=f"{_NONE}, or no cytoplasm within 3 µm of the centre or beyond",
        )
        for nm, words in zip(SIZES_NM, ("0.6", "1.3"), strict=True)
    ),
    _centre(
        name="SpotShareAtCentre",
        value=_spot_share,
        scale="1280nm",
        range=(0.0, 1.0),
        compartment=Compartment.CYTOPLASM,
        meaning="Share of the protein within 3 µm of the organising centre in spots of 1.3 µm: "
        "high for vesicles, low for a diffuse cloud.",
        source="Σ of 1.3 µm bands above the limit / Σ protein",
        nan_when=f"{_NONE} in the cytoplasm within 3 µm of it",
    ),
    _centre(
        name="BrightestToCentre",
        value=_to_centre(CELL),
        unit="µm",
        range=ANY_RATIO,
        meaning="Distance of the brightest 5 % of the cell from the organising centre.",
        source="mean distance of the brightest 5 % of pixels",
    ),
    _centre(
        name="BrightestToCentreExcess",
        value=_excess,
        unit="µm",
        range=ANY_NUMBER,
        compartment=Compartment.CYTOPLASM,
        meaning="How much farther from the organising centre the brightest 5 % of the cytoplasm "
        "lie than the cytoplasm as a whole.",
        source="mean distance of the brightest 5 % of pixels − that of all",
    ),
    _centre(
        name="SideOfCentre",
        value=_side,
        range=(-2.0, 2.0),
        compartment=Compartment.CYTOPLASM,
        meaning="Whether the protein within 6 µm of the nucleus lies on the side of the organising "
        "centre (above 0) or opposite to it (below 0).",
        source="mean cosine of the angle to the centre about the nucleus, protein − area",
    ),
)
