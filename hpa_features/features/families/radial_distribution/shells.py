"""Shells: bands of absolute width around the nuclear edge or along the cell edge."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Map
from hpa_features.features.plan import Floats, Measured, Value
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, CV, LOG2, log2_ratio
from hpa_features.features.spec import (
    ANY_LIGHT,
    LANDMARK_OF_CHANNEL,
    Compartment,
    Feature,
    Landmark,
)
from hpa_features.features.vocabulary.levels import FEWEST, levels, rise
from hpa_features.features.vocabulary.parts import NUCLEATED, Bands
from hpa_features.features.words import STAIN

PROTEIN = Channel.PROTEIN
_PROTEIN = (PROTEIN,)


@dataclass(frozen=True, slots=True)
class ShellSet:
    """Shells between ascending `edges` (µm) of one distance, in one compartment.

    `where` ends the sentence "1 to 2 µm …"; `partners` are the channels that the protein is
    held against; `steps` asks for the rise from each shell to the next.
    """

    name: str
    edges: tuple[float, ...]
    where: str
    compartment: Compartment
    landmark: Landmark
    partners: tuple[Channel, ...]
    steps: bool
    length: Map

    @property
    def zones(self) -> tuple[tuple[float, float], ...]:
        """(lower, upper) edge of each shell."""
        return tuple(zip(self.edges[:-1], self.edges[1:], strict=True))

    def features(self) -> tuple[Feature, ...]:
        """Level, spread, step and level against each partner, each shell by shell."""
        bands = Bands(self.length, self.edges, NUCLEATED[self.compartment])
        feature = partial(
            Feature,
            compartment=self.compartment,
            unit="1",
            invariances=ANY_LIGHT,
            nan_when=f"no nucleus, no signal in the cell, or under {FEWEST} pixels in the shell",
        )
        in_zones = [
            feature(
                name=self.name + kind,
                value=value(bands, at),
                range=limits,
                source=source,
                channels=_PROTEIN,
                scale=_scale(*zone),
                landmark=self.landmark,
                meaning=meaning.format(self._place(zone)),
            )
            for kind, value, limits, source, meaning in _KINDS
            for at, zone in enumerate(self.zones)
        ]
        steps = [
            feature(
                name=f"{self.name}Step",
                value=rise(PROTEIN, bands, at + 1, at),
                range=ANY_NUMBER,
                source=LOG2,
                channels=_PROTEIN,
                scale=f"{round(abs(limit) * 1000)}nm",
                landmark=self.landmark,
                meaning=f"Change in brightness of the protein across the boundary between two "
                f"shells {abs(limit):g} µm {self.where}.",
            )
            for at, (_, limit) in enumerate(self.zones[:-1] if self.steps else ())
        ]
        beyond = [
            feature(
                name=f"{self.name}Level",
                value=_beyond(bands, at, partner),
                range=ANY_NUMBER,
                source=LOG2,
                channels=(Channel.PROTEIN, partner),
                scale=_scale(*zone),
                landmark=LANDMARK_OF_CHANNEL[partner],
                meaning=f"Brightness of the protein {self._place(zone)}, relative to "
                f"{STAIN[partner]} there.",
            )
            for partner in self.partners
            for at, zone in enumerate(self.zones)
        ]
        return (*in_zones, *steps, *beyond)

    def _place(self, zone: tuple[float, float]) -> str:
        low, high = sorted(abs(limit) for limit in zone)
        return f"{low:g} to {high:g} µm {self.where}"


def _level(bands: Bands, at: int) -> Value:
    return lambda m: log2_ratio(levels(m, PROTEIN, bands).mean[:, at], 1.0)


def _cv(bands: Bands, at: int) -> Value:
    return lambda m: levels(m, PROTEIN, bands).cv[:, at]


def _beyond(bands: Bands, at: int, partner: Channel) -> Value:
    def value(m: Measured) -> Floats:
        own, other = (levels(m, c, bands).mean[:, at] for c in (PROTEIN, partner))
        return log2_ratio(own, other)

    return value


_KINDS = (
    (
        "Level",
        _level,
        ANY_NUMBER,
        LOG2,
        "Brightness of the protein {0}, relative to the whole cell (0: equal, 1: twice as bright).",
    ),
    ("CV", _cv, ANY_RATIO, CV, "How unevenly the protein is distributed {0}."),
)


def _scale(low: float, high: float) -> str:
    near, far = sorted(round(abs(limit) * 1000) for limit in (low, high))
    return f"{near}to{far}nm"
