"""Rings: spots of the protein that are hollow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Self

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Map, Node, Values
from hpa_features.features.plan import Floats, Measured, Value
from hpa_features.features.ratios import ANY_NUMBER, OFFSET, divide, log2_ratio
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.images import LIGHT, Smooth
from hpa_features.features.vocabulary.parts import CYTOPLASM, PartCounts
from hpa_features.features.vocabulary.spots import LocalMaxima
from hpa_features.features.vocabulary.sums import Peaks, mean

RADII_UM = (0.64, 1.28, 1.92)
LEAST_HOLLOW = 0.15  # of the ring's level


class Hollow(Map):
    """How hollow the cytoplasm's protein is at a radius in µm, 0…1."""

    radius_um: float

    @property
    def image(self) -> Map:
        """The protein, smoothed: smoothing would fill the smallest."""
        return LIGHT if self.radius_um == RADII_UM[0] else Smooth(Channel.PROTEIN, 320)

    def sources(self) -> tuple[Node, ...]:
        return (self.image, LIGHT, CYTOPLASM)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.hollow_scores(
            [made[node.image] for node in nodes],
            [node.radius_um for node in nodes],
            made[LIGHT],
            OFFSET,
            made[CYTOPLASM],
            crops.region,
            crops.layout,
        )


_CENTRES = LocalMaxima(Hollow(RADII_UM[0]), LEAST_HOLLOW)


def _top(radius: float) -> Value:
    def value(m: Measured) -> Floats:
        exists = m(PartCounts())[:, 2] > 0
        return np.where(exists, m(Peaks(Hollow(radius), CYTOPLASM)), np.nan)

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
            meaning=f"How dark the centre of the most hollow ring of radius {radius} µm is.",
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
            meaning=f"Whether the protein's rings have a hole in {words} (below 0).",
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
