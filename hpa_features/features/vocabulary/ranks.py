"""Ranks: where a pixel's value stands among those of its part of the cell."""

from __future__ import annotations

from math import inf

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Map, Measurement
from hpa_features.features.plan import Floats
from hpa_features.features.vocabulary.distances import TO_NUCLEUS
from hpa_features.features.vocabulary.images import Rounded, Smooth
from hpa_features.features.vocabulary.orders import OfOrderInPart
from hpa_features.features.vocabulary.parts import NUCLEUS, Within, after

RIM_UM = 0.6  # DNA fades at the nuclear edge by blur alone; that is not a hole
SIGMA_NM = 320


class RankShare(OfOrderInPart, Map):
    """Share of `part` with a lower value, 0…1, equal ones at the middle of their span."""

    outside: float
    kernel = "rank_shares"
    takes = ("layout",)


class Ranks(OfOrderInPart, Map):
    """Ranks 1…m in `part`, equal values taking the mean of theirs; 0 elsewhere."""

    kernel = "average_ranks"
    takes = ("layout",)


class DenseRanks(OfOrderInPart, Map):
    """Ranks 0, 1, 2, … of the different values in `part`; 0 elsewhere."""

    kernel = "dense_ranks"
    takes = ("layout",)


class Brightest(OfOrderInPart, Map):
    """1 on the brightest `share` of `part`, ties at the limit sharing what is left; else 0."""

    share: float
    kernel = "brightest"
    takes = ("layout",)


class Otsu(OfOrderInPart, Measurement[Floats]):
    """(n,): Otsu's threshold of an image in `part`."""

    kernel = "otsu_thresholds"
    takes = ("layout",)


INTERIOR = Within(TO_NUCLEUS, -inf, after(-RIM_UM), NUCLEUS)
DNA_RANK = RankShare(Rounded(Smooth(Channel.DNA, SIGMA_NM)), INTERIOR, -1.0)
"""Share of the nuclear interior with less DNA than this place, −1 outside the interior.

The poorest places are the nucleoli; the interior is the nucleus without its outermost 0.6 µm.
"""
