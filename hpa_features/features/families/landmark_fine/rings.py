"""Rings: spots of the protein that are hollow."""

from __future__ import annotations

from functools import partial

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Map
from hpa_features.features.plan import Floats, Measured, Value
from hpa_features.features.ratios import ANY_NUMBER, OFFSET, divide, log2_ratio
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.images import LIGHT, Smooth
from hpa_features.features.vocabulary.parts import CELL, CYTOPLASM, Mask, PartCounts
from hpa_features.features.vocabulary.spots import LocalMaxima
from hpa_features.features.vocabulary.sums import Means, Peaks, mean

RADII_UM = (0.64, 1.28, 1.92)
LEAST_SCORE = 0.15  # of the ring's level


class RingScores(Map):
    """How clear a ring the cytoplasm's protein is at a radius in µm, 0…1."""

    image: Map
    radius_um: float
    level: Means = Means(LIGHT, CELL)
    offset: float = OFFSET
    part: Mask = CYTOPLASM
    kernel = "ring_scores"
    takes = ("region", "layout")


def _ring_scores(radius: float) -> RingScores:
    # Smoothing would fill the smallest.
    return RingScores(LIGHT if radius == RADII_UM[0] else Smooth(Channel.PROTEIN, 320), radius)


_CENTRES = LocalMaxima(_ring_scores(RADII_UM[0]), LEAST_SCORE)


def _top(radius: float) -> Value:
    def value(m: Measured) -> Floats:
        exists = m(PartCounts())[:, 2] > 0
        return np.where(exists, m(Peaks(_ring_scores(radius), CYTOPLASM)), np.nan)

    return value


def _level(channel: Channel) -> Value:
    def value(m: Measured) -> Floats:
        fine, coarse = (mean(m, Smooth(channel, nm), CYTOPLASM, _CENTRES) for nm in (320, 1280))
        return log2_ratio(divide(fine, coarse), 1.0)

    return value


_feature = partial(
    Feature,
    unit="1",
    channels=(Channel.PROTEIN,),
    invariances=ANY_LIGHT,
    compartment=Compartment.CYTOPLASM,
)
_RING = "(second lowest of 8 places around − centre) / (that + 0.01 of the cell's mean)"
RINGS = (
    *(
        _feature(
            name="RingTop",
            value=_top(radius),
            scale=f"{round(1000 * radius)}nm",
            rare=True,
            range=(0.0, 1.0),
            meaning=f"How dark the centre of the clearest ring of radius {radius} µm is.",
            source=f"greatest {_RING}",
            nan_when="no cytoplasm",
        )
        for radius in RADII_UM
    ),
    *(
        _feature(
            name="LevelInRings",
            value=_level(channel),
            channels=(Channel.PROTEIN, channel),
            landmark=landmark,
            range=ANY_NUMBER,
            meaning=f"Whether {words} are darker (below 0) or brighter inside the protein's rings "
            "than around them.",
            source=f"log2 of {channel} (σ = 0.32 µm) over its surroundings (1.28 µm) at centres of "
            "rings of radius 0.64 µm",
            nan_when=f"no ring of radius 0.64 µm, or no {channel}",
        )
        for channel, landmark, words in (
            (Channel.MICROTUBULES, Landmark.MICROTUBULES, "the microtubules"),
            (Channel.ER, Landmark.ER, "the ER"),
        )
    ),
)
