"""ER-rich and ER-poor cytoplasm, strands and meshes: the protein there."""

from __future__ import annotations

from functools import partial
from math import inf

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.families.landmark_fine import local_level as local
from hpa_features.features.families.landmark_fine.local_level import FEWEST, LOCAL, local_level
from hpa_features.features.plan import Floats, Measured
from hpa_features.features.ratios import ANY_NUMBER, divide, log2_ratio
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.images import LIGHT, RAW, Smooth
from hpa_features.features.vocabulary.local import LocalRatio, Stretched
from hpa_features.features.vocabulary.parts import CYTOPLASM, Mask, Within
from hpa_features.features.vocabulary.ranks import Brightest, RankShare
from hpa_features.features.vocabulary.sums import Means, mean

SHARE = 0.2  # ER-richest and ER-poorest part of the cytoplasm
FINE, COARSE = (Smooth(Channel.ER, nm) for nm in (320, 1280))
_ER, _LIGHT = Means(RAW[Channel.ER], CYTOPLASM), Means(LIGHT, CYTOPLASM)
AMOUNT = RankShare(Stretched(FINE, 65535.0), CYTOPLASM, 0.5)
STRAND = RankShare(Stretched(LocalRatio(FINE, COARSE, _ER), 4.0), CYTOPLASM, 0.5)
_BRIGHT_PLACES = Stretched(LocalRatio(local.FINE, local.COARSE, _LIGHT), 16.0)
BRIGHT = Brightest(_BRIGHT_PLACES, CYTOPLASM, 0.05)


def _most(share: RankShare) -> Mask:
    return Within(share, 1 - SHARE, inf, CYTOPLASM)


def _least(share: RankShare) -> Mask:
    return Within(share, -inf, SHARE, CYTOPLASM)


def _where_both(m: Measured, value: Floats) -> Floats:
    return np.where((m(_ER)[:, 1] > 0) & (m(_LIGHT)[:, 1] > 0), value, np.nan)


def _level(m: Measured, part: Mask) -> Floats:
    pixels, found = m(Means(LIGHT, part)).T
    return np.where(pixels >= FEWEST, divide(found, m(_LIGHT)[:, 1]), np.nan)


def _rich_to_poor(m: Measured) -> Floats:
    return _where_both(m, log2_ratio(_level(m, _most(AMOUNT)), _level(m, _least(AMOUNT))))


def _strands_to_meshes(m: Measured) -> Floats:
    found = log2_ratio(local_level(m, _most(STRAND)), local_level(m, _least(STRAND)))
    return _where_both(m, found)


def _er_at_brightest(m: Measured) -> Floats:
    return _where_both(m, mean(m, STRAND, CYTOPLASM, BRIGHT) - 0.5)


_er = partial(
    Feature,
    unit="1",
    compartment=Compartment.CYTOPLASM,
    landmark=Landmark.ER,
    channels=(Channel.PROTEIN, Channel.ER),
    invariances=ANY_LIGHT,
    range=ANY_NUMBER,
    source=LOCAL,
    nan_when=f"no protein, no ER, or under {FEWEST} pixels of cytoplasm in either part",
)
ER_STRANDS = (
    _er(
        name="ERRichLevel",
        value=_rich_to_poor,
        source="log2 of mean protein, both over the whole cytoplasm's",
        meaning="How much brighter the protein is in the ER-richest fifth of the cytoplasm than in "
        "the ER-poorest.",
    ),
    _er(
        name="ERRichLocal",
        value=_strands_to_meshes,
        meaning="How much brighter the protein is on fine strands of the ER than in the meshes "
        "between them.",
    ),
    _er(
        name="ERAtBrightest",
        value=_er_at_brightest,
        range=(-0.5, 0.5),
        source="mean rank share of ER relative to its surroundings at the brightest 5 % of "
        "protein relative to its surroundings − 1/2",
        meaning="Whether the protein's fine bright structures lie on strands of the ER (above 0) "
        "or in its holes (below 0).",
    ),
)
