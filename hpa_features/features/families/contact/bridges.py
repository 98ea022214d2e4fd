"""The bridge between twin nuclei: protein and microtubules on the line that joins them.

A cell's pair is the one with the clearest bundle of microtubules among its
nuclei and those alike within 15 µm; pixels of both cells and of the gap between them count, those
of nuclei and third cells don't. Both cells of a pair get the same values.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Measurement, OfChannel
from hpa_features.features.plan import Floats, Measured, Value
from hpa_features.features.ratios import ANY_NUMBER, OFFSET, divide, log2_ratio
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark, Scope
from hpa_features.features.vocabulary.brightness import NativeSums, sums_of
from hpa_features.features.vocabulary.nuclei import PAIRS, NuclearPairs

ALIKE = 0.5  # least ratio of areas and of DNA: daughters are closer to 1, but masks err
_LOG2 = "log2((a + 0.01)/(b + 0.01)), levels a and b relative to the mean of both cells"
_BOTH = (Channel.PROTEIN, Channel.MICROTUBULES)
PEAK, EVEN, WEIGHTED = 6, 7, 8


class BridgeLevels(Measurement[Floats]):
    """(n, 9): core, flanks and middle of protein, then of microtubules, and what follows.

    The protein's peak on the line, then mean square distances from it, even and weighted by
    microtubules.
    """

    pairs: NuclearPairs
    signals: tuple[OfChannel, ...]
    totals: tuple[NativeSums, ...]
    alike: float
    offset: float = OFFSET
    tail = (9,)
    kernel = "bridge_levels"
    takes = ("native",)


_SIGNALS = tuple(OfChannel("signal", channel) for channel in _BOTH)
_PAIR = BridgeLevels(PAIRS, _SIGNALS, tuple(map(sums_of, _BOTH)), ALIKE)


def _column(m: Measured, number: int) -> Floats:
    return m(_PAIR)[:, number]


def _level(channel: int) -> Value:
    return lambda m: log2_ratio(_column(m, 3 * channel), 1.0)


def _contrast(channel: int) -> Value:
    return lambda m: log2_ratio(_column(m, 3 * channel), _column(m, 3 * channel + 1))


def _middle(channel: int) -> Value:
    return lambda m: log2_ratio(_column(m, 3 * channel + 2), 1.0)


def _peak(m: Measured) -> Floats:
    return log2_ratio(_column(m, PEAK), 1.0)


def _both(m: Measured) -> Floats:
    return np.minimum(_contrast(0)(m), _contrast(1)(m))


def _thinness(m: Measured) -> Floats:
    return 1.0 - divide(_column(m, WEIGHTED), _column(m, EVEN))


_LEVELS = {"BridgeLevel": _level, "BridgeContrast": _contrast, "BridgeMiddle": _middle}
_NONE = (
    "no other nucleus with at least half of its area and DNA within 15 µm, fewer than 5 pixels "
    "within 0.6 µm of the line between them or next to it"
)
_OWN = (Channel.MICROTUBULES,)
_WORDS = {_BOTH: "the protein", _OWN: "the microtubule stain"}
_PLACES = (
    ("BridgeLevel", "on the line between sister nuclei than in both cells"),
    ("BridgeContrast", "on the line between sister nuclei than 1.2 to 2.4 µm to its sides"),
    ("BridgeMiddle", "within 1 µm of the midpoint between sister nuclei than in both cells"),
)
_bridge = partial(
    Feature,
    compartment=Compartment.CELLS,
    landmark=Landmark.MICROTUBULES,
    scope=Scope.FIELD,
    unit="1",
    range=ANY_NUMBER,
    invariances=ANY_LIGHT,
    rare=True,
    source=_LOG2,
)
BRIDGES = (
    *(
        _bridge(
            name=name,
            value=_LEVELS[name](number),
            channels=channels,
            meaning=f"How much brighter {_WORDS[channels]} is {place}.",
            nan_when=f"{_NONE}, or no {channels[0]} in both cells",
        )
        for number, channels in enumerate((_BOTH, _OWN))
        for name, place in _PLACES
    ),
    _bridge(
        name="BridgePeak",
        value=_peak,
        channels=_BOTH,
        meaning="How much brighter the protein is on the brightest 0.6 µm of the line between "
        "sister nuclei than in both cells.",
        nan_when=f"{_NONE}, or no Protein in both cells",
    ),
    _bridge(
        name="BridgeBoth",
        value=_both,
        channels=_BOTH,
        meaning="How much brighter both protein and microtubules are on the line between sister "
        "nuclei than to its sides.",
        source="the smaller of the two contrasts",
        nan_when=f"{_NONE}, or no Protein or Microtubules in both cells",
    ),
    _bridge(
        name="BundleThinness",
        value=_thinness,
        channels=_OWN,
        range=(-float("inf"), 1.0),
        meaning="Whether microtubules between sister nuclei form one thin bundle (towards 1) or "
        "are spread evenly (0).",
        source="1 − mean square distance from the line, weighted by microtubules, over the "
        "unweighted one, within 2.4 µm",
        nan_when=f"{_NONE}, or no Microtubules between them",
    ),
)
