"""Unmixing: the protein's layout as a sum of landmark layouts, none of them negative."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from hpa_features.core.types import LANDMARK_CHANNELS, Channel
from hpa_features.features.nodes import Map, Measurement
from hpa_features.features.plan import Floats, Measured, Value
from hpa_features.features.spec import (
    ANY_LIGHT,
    LANDMARK_OF_CHANNEL,
    Compartment,
    Feature,
    Landmark,
)
from hpa_features.features.vocabulary.covariances import Covariances, covariances
from hpa_features.features.vocabulary.distances import TO_EDGE, TO_NUCLEUS, Falloff, has_nucleus
from hpa_features.features.vocabulary.images import Smooth
from hpa_features.features.vocabulary.parts import CELL, NUCLEUS, PARTS
from hpa_features.features.words import STAIN

SIGMA_NM = 320
EDGE_UM = 1.0
RIM_UM = 0.6
FEWEST = 20  # pixels
RIDGE = 1e-9  # of a layout's mean square; two equal layouts then share the weight
_READ = (Channel.PROTEIN, *LANDMARK_CHANNELS)
_PROTEIN = Smooth(Channel.PROTEIN, SIGMA_NM)
_MAPS: Mapping[str, Map] = {
    **{channel.value: Smooth(channel, SIGMA_NM) for channel in LANDMARK_CHANNELS},
    "Nucleus": NUCLEUS,
    "CellEdge": Falloff(TO_EDGE, EDGE_UM),
    "NuclearEdge": Falloff(TO_NUCLEUS, RIM_UM),
    "Even": CELL,
}


class Unmixed(Measurement[Floats]):
    """(n, k): weights of images but the first that together explain it, and the residual share.

    All as shares of their means; NaN where an image has no light.
    """

    table: Covariances
    ridge: float = RIDGE
    kernel = "nonnegative_weights"

    def shape(self) -> tuple[int, ...]:
        return (len(self.table.images),)


def _weight(node: Unmixed, number: int) -> Value:
    def value(m: Measured) -> Floats:
        count, _, _ = covariances(m, node.table.images, node.table.part)
        return np.where((count >= FEWEST) & has_nucleus(m), m(node)[:, number], np.nan)

    return value


@dataclass(frozen=True, slots=True)
class Layout:
    """One summand: a channel's name, or ``Nucleus``, ``CellEdge``, ``NuclearEdge``, ``Even``."""

    name: str
    landmark: Landmark
    words: str


_CHANNELS = tuple(
    Layout(channel.value, LANDMARK_OF_CHANNEL[channel], f"the distribution of {STAIN[channel]}")
    for channel in LANDMARK_CHANNELS
)
_NUCLEUS = Layout("Nucleus", Landmark.NUCLEUS, "a uniform nucleus")
_EDGES = (
    Layout("CellEdge", Landmark.CELL_EDGE, "a rim along the cell edge"),
    Layout("NuclearEdge", Landmark.NUCLEAR_EDGE, "a rim along the nuclear edge"),
    Layout("Even", Landmark.NONE, "a uniform distribution"),
)


@dataclass(frozen=True, slots=True)
class Unmixing:
    """Weights of `layouts` in one compartment, and what they leave over."""

    compartment: Compartment
    layouts: tuple[Layout, ...]
    where: str

    def features(self) -> tuple[Feature, ...]:
        """Return one share a layout, then the residual share."""
        images = tuple(_MAPS[layout.name] for layout in self.layouts)
        node = Unmixed(Covariances((_PROTEIN, *images), PARTS[self.compartment]))
        feature = partial(
            Feature,
            compartment=self.compartment,
            unit="1",
            channels=_READ,
            invariances=ANY_LIGHT,
            nan_when=f"no nucleus, a channel without signal, or under {FEWEST} pixels {self.where}",
        )
        shares = [
            feature(
                name=f"Unmixed{layout.name}",
                value=_weight(node, number),
                range=(0.0, float("inf")),
                landmark=layout.landmark,
                meaning=f"Weight of {layout.words} when the protein {self.where} is explained by "
                "all landmarks together.",
                source="weight of non-negative least squares (Lawson & Hanson 1974, chapter 23) "
                "on layouts of mean 1 smoothed by 0.32 µm",
            )
            for number, layout in enumerate(self.layouts)
        ]
        rest = feature(
            name="UnmixedRest",
            value=_weight(node, len(self.layouts)),
            range=(0.0, float("inf")),
            meaning=f"Share of the protein's variation {self.where} that landmarks do not explain.",
            source="residual mean square of the non-negative fit / variance",
        )
        return (*shares, rest)


UNMIXINGS = (
    Unmixing(Compartment.CELLS, (_NUCLEUS, *_CHANNELS, *_EDGES), "in the cell"),
    Unmixing(Compartment.CYTOPLASM, (*_CHANNELS[1:], *_EDGES), "in the cytoplasm"),
)
