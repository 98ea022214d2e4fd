"""Networks: how long and straight the protein's lines are, where they end and branch."""

from __future__ import annotations

from functools import partial
from math import inf

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.families.filament.strength import FINE
from hpa_features.features.nodes import Measurement
from hpa_features.features.plan import Floats, Measured, Value
from hpa_features.features.ratios import ANY_RATIO
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature
from hpa_features.features.vocabulary.parts import CYTOPLASM, Mask, Within
from hpa_features.features.vocabulary.ridges import Crossings, Ridges
from hpa_features.features.vocabulary.sums import mean

MEAN_LENGTH, LONGEST, STRAIGHTNESS, LONGEST_STRAIGHT, STRONGEST, TOTAL = range(6)


class LineNetworks(Measurement[Floats]):
    """(n, 6): connected plain ridges of `part`, as `MEAN_LENGTH`, … number them."""

    ridges: Ridges
    part: Mask
    tail = (6,)
    kernel = "line_networks"
    takes = ("layout",)


_NETWORK = LineNetworks(FINE, CYTOPLASM)
_CRESTS = Within(Crossings(FINE), 0.0, inf, CYTOPLASM)


def _crossed(low: float, high: float) -> Value:
    kind = Within(Crossings(FINE), low, high, CYTOPLASM)
    return lambda m: mean(m, kind, _CRESTS)


def _of_lines(number: int) -> Value:
    return lambda m: m(_NETWORK)[:, number]


def _strongest_share(m: Measured) -> Floats:
    strongest, total = m(_NETWORK)[:, STRONGEST], m(_NETWORK)[:, TOTAL]
    return np.minimum(strongest / np.where(total > 0, total, 1.0), 1.0)


_feature = partial(
    Feature,
    compartment=Compartment.CYTOPLASM,
    unit="1",
    channels=(Channel.PROTEIN,),
    invariances=ANY_LIGHT,
    nan_when="no clear line in the cytoplasm",
)
_CROSSED = "share of crests whose circle of 0.96 µm {0} ridges leave"
_PART = "of connected clear ridge pixels"
NETWORKS = (
    _feature(
        name="Specks",
        value=_crossed(0, 1),
        range=(0.0, 1.0),
        meaning="Share of the lines that are shorter than 2 µm.",
        source=_CROSSED.format("no"),
    ),
    _feature(
        name="Ends",
        value=_crossed(1, 2),
        range=(0.0, 1.0),
        meaning="Share of the lines' length at an end.",
        source=_CROSSED.format("1"),
    ),
    _feature(
        name="Branches",
        value=_crossed(3, inf),
        range=(0.0, 1.0),
        meaning="Share of the lines' length where they branch or cross.",
        source=_CROSSED.format("3 or more"),
    ),
    _feature(
        name="Length",
        value=_of_lines(MEAN_LENGTH),
        unit="µm",
        range=ANY_RATIO,
        meaning="Mean length of connected lines, weighted by their strength.",
        source=f"mean √(12·λ₁) of the second moments {_PART}",
    ),
    _feature(
        name="LongestLength",
        value=_of_lines(LONGEST),
        unit="µm",
        range=ANY_RATIO,
        rare=True,
        meaning="Length of the longest connected line.",
        source=f"greatest √(12·λ₁) of the second moments {_PART}",
    ),
    _feature(
        name="Straightness",
        value=_of_lines(STRAIGHTNESS),
        range=(0.0, 1.0),
        meaning="Whether connected lines are straight (1) or turn and branch (0).",
        source=f"mean |Σ w·e^{{2iφ}}| / Σ w {_PART}",
    ),
    _feature(
        name="LongestStraight",
        value=_of_lines(LONGEST_STRAIGHT),
        unit="µm",
        range=ANY_RATIO,
        rare=True,
        meaning="Length of the longest straight line, such as a rod or a stress fibre.",
        source=f"greatest product of length and straightness {_PART}",
    ),
    _feature(
        name="StrongestShare",
        value=_strongest_share,
        range=(0.0, 1.0),
        rare=True,
        meaning="Share of all line strength in the strongest connected line.",
        source=f"greatest Σ strength {_PART} / that of all",
    ),
)
