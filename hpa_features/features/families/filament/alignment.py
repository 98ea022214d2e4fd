"""Alignment: which way the protein's lines run, in the cell and next to microtubules."""

from __future__ import annotations

from functools import partial
from math import inf

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.families.filament.strength import FINE, FLOOR
from hpa_features.features.plan import Floats, Measured, Value
from hpa_features.features.ratios import ANY_NUMBER, divide
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.centre import CENTRE, CENTRE_KNOWN
from hpa_features.features.vocabulary.covariances import covariances
from hpa_features.features.vocabulary.directions import (
    Agreement,
    Directions,
    DirectionShares,
    Steepest,
    Towards,
)
from hpa_features.features.vocabulary.distances import TO_EDGE, TO_NUCLEUS
from hpa_features.features.vocabulary.images import Times
from hpa_features.features.vocabulary.parts import CELL, CYTOPLASM, NUCLEATED, Mask, Within
from hpa_features.features.vocabulary.ridges import Ridges
from hpa_features.features.vocabulary.sectors import CENTRES
from hpa_features.features.vocabulary.sums import mean

BINS = 12  # of 15°
OTHER = Ridges(Channel.MICROTUBULES, 320)
FROM_NUCLEUS = Towards(CENTRES)
_NUCLEATED = NUCLEATED[Compartment.CYTOPLASM]
_BY_NUCLEUS = Within(TO_NUCLEUS, -inf, 3.0, _NUCLEATED)
_BY_EDGE = Within(TO_EDGE, -inf, 4.0, CYTOPLASM)


def _order(m: Measured) -> Floats:
    along, across = (mean(m, part, CELL, FINE.strength) for part in (FINE.cosine, FINE.sine))
    return np.minimum(np.hypot(along, across), 1.0)


def _entropy(m: Measured) -> Floats:
    shares = m(DirectionShares(FINE, BINS))
    part = divide(shares, shares.sum(1, keepdims=True))
    logs = np.log(np.where(part > 0, part, 1.0))
    return np.asarray(np.clip(-(part * logs).sum(1) / np.log(BINS), 0.0, 1.0))


def _mean_agreement(m: Measured, lines: Ridges, way: Directions, part: Mask) -> Floats:
    """Return (n,) mean cos 2(φ − ψ) of lines and a direction, weighted by ridge strength."""
    return np.asarray(np.clip(mean(m, Agreement(lines, way), part, lines.strength), -1.0, 1.0))


def _agreement(way: Directions, part: Mask, *, along: bool = False) -> Value:
    sign = -1.0 if along else 1.0
    return lambda m: sign * _mean_agreement(m, FINE, way, part)


def _covered(m: Measured) -> Floats:
    return mean(m, OTHER.plain, CYTOPLASM)


def _on_ridges(m: Measured) -> Floats:
    on_ridges = mean(m, OTHER.plain, CYTOPLASM, FINE.strength)
    return np.where(_covered(m) > 0, on_ridges, np.nan)


def _on_ridges_excess(m: Measured) -> Floats:
    return np.asarray(np.log2((_on_ridges(m) + 0.01) / (_covered(m) + 0.01)))


def _together(m: Measured) -> Floats:
    return np.clip(
        mean(m, Agreement(FINE, OTHER), CYTOPLASM, Times(FINE.strength, OTHER.strength)), -1.0, 1.0
    )


def _correlation(m: Measured) -> Floats:
    _, level, table = covariances(m, (FINE.strength, OTHER.strength), CYTOPLASM)
    scale = np.sqrt(table[:, 0, 0] * table[:, 1, 1])
    usable = scale > 1e-9 * level[:, 0] * level[:, 1]
    return np.clip(divide(table[:, 0, 1], np.where(usable, scale, 0.0)), -1.0, 1.0)


def _stronger(m: Measured) -> Floats:
    own, other = (mean(m, lines.strength, CYTOPLASM) for lines in (FINE, OTHER))
    ratio = np.log2((own + FLOOR) / (other + FLOOR))
    return np.where((own > 0) & (other > 0), ratio, np.nan)


def _more_radial(m: Measured) -> Floats:
    own, other = (_mean_agreement(m, lines, FROM_NUCLEUS, _NUCLEATED) for lines in (FINE, OTHER))
    return own - other


def _towards_centre(m: Measured) -> Floats:
    found = _mean_agreement(m, FINE, Towards(CENTRE), CYTOPLASM)
    return np.where(m(CENTRE_KNOWN), found, np.nan)


_PROTEIN = (Channel.PROTEIN,)
_WITH_MT = (Channel.PROTEIN, Channel.MICROTUBULES)
_feature = partial(Feature, unit="1", invariances=ANY_LIGHT)
_way = partial(
    _feature,
    compartment=Compartment.CYTOPLASM,
    channels=_PROTEIN,
    range=(-1.0, 1.0),
    source="mean cos 2(φ − ψ) weighted by ridge strength, ψ the direction named",
)
OWN = (
    _feature(
        compartment=Compartment.CELLS,
        name="Order",
        value=_order,
        channels=_PROTEIN,
        range=(0.0, 1.0),
        meaning="Whether the lines in the cell are parallel (1) or run in all directions (0).",
        source="|Σ w·e^{2iφ}| / Σ w, w the ridge strength",
        nan_when="no line in the cell",
    ),
    _feature(
        compartment=Compartment.CELLS,
        name="OrientationEntropy",
        value=_entropy,
        channels=_PROTEIN,
        range=(0.0, 1.0),
        meaning="How evenly the lines in the cell are spread over all directions: 1 evenly, 0 one "
        "direction.",
        source=f"entropy of {BINS} directions weighted by ridge strength / log {BINS}; a line "
        "between two directions counts in both",
        nan_when="no line in the cell",
    ),
    _way(
        name="RadialFromNucleus",
        value=_agreement(FROM_NUCLEUS, _NUCLEATED),
        landmark=Landmark.NUCLEUS,
        meaning="Whether lines point away from the nucleus (1) or run around it (−1).",
        nan_when="no nucleus, or no line in the cytoplasm",
    ),
    _way(
        name="AlongNucleus",
        value=_agreement(Steepest(TO_NUCLEUS), _BY_NUCLEUS, along=True),
        landmark=Landmark.NUCLEAR_EDGE,
        meaning="Whether lines within 3 µm of the nucleus run along its edge (1) or point towards "
        "it (−1).",
        nan_when="no nucleus, or no line within 3 µm of it",
    ),
    _way(
        name="AlongEdge",
        value=_agreement(Steepest(TO_EDGE), _BY_EDGE, along=True),
        landmark=Landmark.CELL_EDGE,
        meaning="Whether lines within 4 µm of the cell edge run along it (1) or point towards it "
        "(−1).",
        nan_when="no line within 4 µm of the cell edge",
    ),
)
_beside = partial(
    _feature,
    compartment=Compartment.CYTOPLASM,
    channels=_WITH_MT,
    landmark=Landmark.MICROTUBULES,
    nan_when="no lines of protein or of microtubules in the cytoplasm",
)
PAIR = (
    _beside(
        name="OnRidges",
        value=_on_ridges,
        range=(0.0, 1.0),
        meaning="Share of the protein's lines that lie on clear microtubule lines.",
        source="Σ strength of the protein on clear microtubule ridges / Σ strength",
    ),
    _beside(
        name="OnRidgesExcess",
        value=_on_ridges_excess,
        range=ANY_NUMBER,
        meaning="How much more often the protein's lines lie on microtubule lines than expected by "
        "area.",
        source="log2((share on ridges + 0.01)/(area share of ridges + 0.01))",
    ),
    _beside(
        name="Agreement",
        value=_together,
        range=(-1.0, 1.0),
        meaning="Whether protein lines and microtubule lines at the same place are parallel (1) or "
        "perpendicular (−1).",
        source="mean cos 2(φ − φₘ) weighted by the product of strengths",
        nan_when="no place in the cytoplasm with lines of both",
    ),
    _beside(
        name="StrengthCorrelation",
        value=_correlation,
        range=(-1.0, 1.0),
        meaning="Correlation of line strength between the protein and microtubules.",
        source="Pearson correlation of ridge strengths",
        nan_when="the strength of either is the same throughout the cytoplasm",
    ),
    _beside(
        name="Strength",
        value=_stronger,
        range=ANY_NUMBER,
        meaning="How much stronger the protein's lines are than microtubule lines.",
        source="log2((mean strength + 0.001)/(mean microtubule strength + 0.001))",
    ),
    _beside(
        name="RadialFromNucleus",
        value=_more_radial,
        range=(-2.0, 2.0),
        meaning="How much more the protein's lines point away from the nucleus than microtubule "
        "lines.",
        source="difference of two mean cos 2(φ − ψ)",
        nan_when="no nucleus, or no lines of protein or of microtubules in the cytoplasm",
    ),
    _beside(
        name="RadialFromCentre",
        value=_towards_centre,
        landmark=Landmark.CENTRE,
        range=(-1.0, 1.0),
        meaning="Whether lines point towards the organising centre (1) or run around it (−1).",
        source="mean cos 2(φ − ψ) weighted by ridge strength",
        nan_when="no centre, or no line in the cytoplasm",
    ),
)

ALIGNMENT = (*OWN, *PAIR)
