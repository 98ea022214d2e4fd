"""The one body in the cytoplasm that stands out most, and what landmarks do at its place."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Made, Map, Measurement
from hpa_features.features.plan import Floats, Measured, Value
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, CV, LOG2, divide
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.centre import CENTRE_KNOWN, TO_CENTRE
from hpa_features.features.vocabulary.distances import STEP_UM, TO_NUCLEUS, Gap, has_nucleus
from hpa_features.features.vocabulary.images import LIGHT, Minus, Smooth
from hpa_features.features.vocabulary.levels import FEWEST, levels, rise
from hpa_features.features.vocabulary.parts import CYTOPLASM, Bands, Mask, after
from hpa_features.features.vocabulary.points import Point
from hpa_features.features.vocabulary.sectors import CENTRES
from hpa_features.features.vocabulary.sums import Means, mean

PROTEIN = Channel.PROTEIN
FLAT = 1e-9  # of the mean: a peak lower than this is rounding
REACH_UM = 5.0
FACING = float(np.sqrt(0.5))  # cos 45°
_BAND = Minus(Smooth(PROTEIN, 1280), Smooth(PROTEIN, 2560))


class Body(Mask):
    """The body that stands out most of a part.

    The pixels joined to the peak of `band`, at most 5 µm from it, whose `image` is at least halfway
    from the part's mean to the peak's.
    """

    band: Map
    image: Map
    level: Means
    part: Mask
    kernel = "bodies"
    takes = ("layout",)

    def arguments(self, made: Made) -> tuple[Any, ...]:
        return (*super().arguments(made), (FLAT, REACH_UM))


class Roundness(Measurement[Floats]):
    """(n,): area² / 2π over the second moment about the centroid; 1 for a disc."""

    mask: Mask
    kernel = "roundness"
    takes = ("layout",)


class Dent(Measurement[Floats]):
    """(n,): share of the nucleus's convex hull that faces a body and is not nucleus."""

    body: Mask
    middle: Point = CENTRES
    least: float = FACING - FLAT
    kernel = "dents"
    takes = ("region", "layout")


BODY = Body(_BAND, Smooth(PROTEIN, 320), Means(LIGHT, CYTOPLASM), CYTOPLASM)
ZONES = Bands(Gap(BODY), (0.0, after(0.0), after(0.5), after(2.5)), CYTOPLASM)
AROUND = 2  # zone 0 is the body itself


def _where_body(m: Measured, value: Floats) -> Floats:
    return np.where(m(Means(LIGHT, BODY))[:, 0] > 0, value, np.nan)


def _area(m: Measured) -> Floats:
    return _where_body(m, m(Means(LIGHT, BODY))[:, 0] * m(STEP_UM) ** 2)


def _against(channel: Channel) -> Value:
    higher = rise(channel, ZONES, 0, AROUND)
    return lambda m: _where_body(m, higher(m))


def _deficit(channel: Channel) -> Value:
    return lambda m: -_against(channel)(m)


def _share(m: Measured) -> Floats:
    (pixels, within), (area, level) = m(Means(LIGHT, BODY)).T, m(Means(LIGHT, CYTOPLASM)).T
    return np.minimum(divide(pixels * within, area * level), 1.0)


def _to_nucleus(m: Measured) -> Floats:
    return np.where(has_nucleus(m), mean(m, TO_NUCLEUS, BODY), np.nan)


def _to_centre(m: Measured) -> Floats:
    return np.where(m(CENTRE_KNOWN), mean(m, TO_CENTRE, BODY), np.nan)


_body = partial(
    Feature,
    unit="1",
    compartment=Compartment.CYTOPLASM,
    channels=(PROTEIN,),
    invariances=ANY_LIGHT,
    rare=True,
    nan_when="no bright body in the cytoplasm",
)
INCLUSION = (
    _body(
        name="BodyArea",
        value=_area,
        unit="µm²",
        range=ANY_RATIO,
        meaning="Area of the most prominent bright body in the cytoplasm.",
        source="pixels down to half the height of the peak of the 2.6 µm band, within 5 µm of it",
    ),
    _body(
        name="BodyRoundness",
        value=lambda m: m(Roundness(BODY)),
        range=(0.0, 1.0),
        meaning="Whether the most prominent body in the cytoplasm is a compact disc (1) or "
        "elongated or ragged (towards 0).",
        source="area² / 2π over the second moment about its centroid",
    ),
    _body(
        name="BodyLevel",
        value=_against(PROTEIN),
        range=ANY_NUMBER,
        meaning="How much brighter the most prominent body is than the cytoplasm 0.5 to 2.5 µm "
        "around it.",
        source=LOG2,
        nan_when=f"no body, or under {FEWEST} pixels in it or around it",
    ),
    _body(
        name="BodyShare",
        value=_share,
        range=(0.0, 1.0),
        meaning="Share of the cytoplasm's protein in the most prominent body.",
        source="Σ in the body / Σ in the cytoplasm",
    ),
    _body(
        name="BodyCV",
        value=lambda m: levels(m, PROTEIN, ZONES).cv[:, 0],
        range=ANY_RATIO,
        meaning="How uneven the protein is inside the most prominent body.",
        source=CV,
        nan_when=f"no body, or under {FEWEST} pixels in it",
    ),
    _body(
        name="BodyToNucleus",
        value=_to_nucleus,
        unit="µm",
        range=ANY_NUMBER,
        landmark=Landmark.NUCLEAR_EDGE,
        meaning="Distance of the most prominent body from the nuclear edge.",
        source="mean distance of its pixels",
        nan_when="no nucleus, or no body",
    ),
    *(
        _body(
            name="BodyDeficit",
            value=_deficit(channel),
            channels=(PROTEIN, channel),
            landmark=landmark,
            range=ANY_NUMBER,
            meaning=f"Whether {words} are weaker (above 0) or stronger (below 0) at the most "
            "prominent body than 0.5 to 2.5 µm around it.",
            source=LOG2,
            nan_when=f"no body, no {channel}, or under {FEWEST} pixels in it or around it",
        )
        for channel, landmark, words in (
            (Channel.MICROTUBULES, Landmark.MICROTUBULES, "microtubules"),
            (Channel.ER, Landmark.ER, "strands of ER"),
        )
    ),
    _body(
        name="BodyToCentre",
        value=_to_centre,
        unit="µm",
        channels=(PROTEIN, Channel.MICROTUBULES),
        landmark=Landmark.CENTRE,
        range=ANY_RATIO,
        meaning="Distance of the most prominent body from the organising centre.",
        source="mean distance of its pixels",
        nan_when="no centre, or no body",
    ),
    _body(
        name="BodyDent",
        value=lambda m: m(Dent(BODY)),
        range=(0.0, 1.0),
        landmark=Landmark.NUCLEAR_EDGE,
        meaning="How deeply the nucleus is dented on the side that faces the most prominent body.",
        source="share of the nucleus's convex hull, within 45° of the body as seen from the "
        "nuclear centroid, that is not nucleus",
        nan_when="no nucleus, or no body",
    ),
)
