"""The crescent next to the nucleus where the Golgi lies: the protein there, and on which side."""

from __future__ import annotations

from functools import partial

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.plan import Floats, Measured, Value, once
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, CV, LOG2, divide, log2_ratio
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.distances import TO_NUCLEUS
from hpa_features.features.vocabulary.images import RAW
from hpa_features.features.vocabulary.levels import levels, rise
from hpa_features.features.vocabulary.parts import NUCLEATED, Bands
from hpa_features.features.vocabulary.sectors import SECTORS, SectorSums

PROTEIN = Channel.PROTEIN
ZONES = Bands(TO_NUCLEUS, (0.0, 6.0, 1000.0), NUCLEATED[Compartment.CYTOPLASM])
NEAR, FAR = 0, 1
_TURN = np.exp(2j * np.pi * np.arange(SECTORS) / SECTORS)


@once
def _sides(m: Measured, channel: Channel) -> tuple[Floats, Floats]:
    """Return (n, 8) levels of the sides near the nucleus over their mean, and the mean (n,)."""
    pixels, totals = np.moveaxis(m(SectorSums(RAW[channel], ZONES))[:, NEAR], -1, 0)
    level = divide(totals, pixels)
    middle = divide(np.nansum(level, 1), (pixels > 0).sum(1))
    return np.nan_to_num(divide(level, middle[:, None])), middle


def _lit(m: Measured, channel: Channel) -> Floats:
    """Return (n,): 0, NaN where the channel has no signal near the nucleus."""
    return np.where(_sides(m, channel)[1] > 0, 0.0, np.nan)


def _brightest_side(m: Measured) -> Floats:
    return log2_ratio(_sides(m, PROTEIN)[0].max(1), 1.0) + _lit(m, PROTEIN)


def _one_sided(m: Measured) -> Floats:
    side = _sides(m, PROTEIN)[0]
    # Not a matrix product: its last digits depend on how many cells there are.
    return divide(np.abs((side * _TURN).sum(1)), side.sum(1))


def _at_brightest_side(channel: Channel) -> Value:
    def value(m: Measured) -> Floats:
        side, level = _sides(m, PROTEIN)[0], _sides(m, channel)[0]
        # Equal brightest sides share, so that turns and mirrors change nothing.
        brightest = side >= side.max(1, keepdims=True) * (1 - 1e-9)
        there = (level * brightest).sum(1) / brightest.sum(1)
        return log2_ratio(there, 1.0) + _lit(m, PROTEIN) + _lit(m, channel)

    return value


_crescent = partial(
    Feature,
    unit="1",
    invariances=ANY_LIGHT,
    compartment=Compartment.CYTOPLASM,
    landmark=Landmark.NUCLEAR_EDGE,
    nan_when="no nucleus, or no signal within 6 µm of it",
)
CRESCENT = (
    _crescent(
        name="CrescentLevel",
        value=rise(PROTEIN, ZONES, NEAR, FAR),
        channels=(PROTEIN,),
        range=ANY_NUMBER,
        meaning="How much brighter the cytoplasm is within 6 µm of the nucleus than beyond.",
        source=LOG2,
    ),
    _crescent(
        name="CrescentCV",
        value=lambda m: levels(m, PROTEIN, ZONES).cv[:, NEAR],
        channels=(PROTEIN,),
        range=ANY_RATIO,
        meaning="How unevenly the protein is distributed within 6 µm of the nucleus.",
        source=CV,
    ),
    _crescent(
        name="CrescentPeak",
        value=_brightest_side,
        channels=(PROTEIN,),
        rare=True,
        range=ANY_NUMBER,
        meaning="How much brighter the brightest of eight sectors around the nucleus is than their "
        "mean: high for a body on one side of the nucleus.",
        source=LOG2,
    ),
    _crescent(
        name="CrescentOneSided",
        value=_one_sided,
        channels=(PROTEIN,),
        range=(0.0, 1.0),
        meaning="How one-sided the protein is around the nucleus: 0 all around, 1 on one side.",
        source="length of the mean direction of 8 sectors weighted by their means",
    ),
    _crescent(
        name="CrescentLevel",
        value=_at_brightest_side(Channel.MICROTUBULES),
        channels=(PROTEIN, Channel.MICROTUBULES),
        landmark=Landmark.CENTRE,
        range=ANY_NUMBER,
        meaning="Brightness of microtubules on the side of the nucleus where the protein is "
        "brightest: high if the protein lies at the organising centre.",
        source=LOG2,
    ),
    _crescent(
        name="CrescentLevel",
        value=_at_brightest_side(Channel.ER),
        channels=(PROTEIN, Channel.ER),
        landmark=Landmark.ER,
        range=ANY_NUMBER,
        meaning="Brightness of the ER on the side of the nucleus where the protein is brightest.",
        source=LOG2,
    ),
)
