"""Shells: bands of absolute width around the nuclear edge or along the cell edge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.products.distance import Distances
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import (
    ANY_NUMBER,
    ANY_RATIO,
    CV,
    LOG2,
    Floats,
    bin_levels,
    log2_ratio,
    missing,
)
from hpa_features.features.sections import Section
from hpa_features.features.spec import (
    ANY_LIGHT,
    LANDMARK_OF_CHANNEL,
    Compartment,
    Feature,
    Landmark,
    Products,
)
from hpa_features.features.words import STAIN

FEWEST = 5  # pixels in a shell
_PROTEIN = (Channel.PROTEIN,)
_KINDS = (
    (
        "Level",
        ANY_NUMBER,
        LOG2,
        "How bright the protein is {0}, against the whole cell (0: the same, 1: twice as bright).",
    ),
    ("CV", ANY_RATIO, CV, "How unevenly the protein is spread {0}."),
)


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
    length: Callable[[Distances], NDArray[np.float64]]

    @property
    def zones(self) -> tuple[tuple[float, float], ...]:
        """(lower, upper) edge of each shell."""
        return tuple(zip(self.edges[:-1], self.edges[1:], strict=True))

    def features(self) -> tuple[Feature, ...]:
        """Level, spread, step and level against each partner, each shell by shell."""
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
                range=limits,
                source=source,
                channels=_PROTEIN,
                scale=_scale(*zone),
                landmark=self.landmark,
                meaning=meaning.format(self._place(zone)),
            )
            for kind, limits, source, meaning in _KINDS
            for zone in self.zones
        ]
        steps = [
            feature(
                name=f"{self.name}Step",
                range=ANY_NUMBER,
                source=LOG2,
                channels=_PROTEIN,
                scale=f"{round(abs(limit) * 1000)}nm",
                landmark=self.landmark,
                meaning=f"How much the protein changes {abs(limit):g} µm {self.where}, "
                "from the shell before to the shell behind.",
            )
            for _, limit in (self.zones[:-1] if self.steps else ())
        ]
        beyond = [
            feature(
                name=f"{self.name}Level",
                range=ANY_NUMBER,
                source=LOG2,
                channels=(Channel.PROTEIN, partner),
                scale=_scale(*zone),
                landmark=LANDMARK_OF_CHANNEL[partner],
                meaning=f"How bright the protein is {self._place(zone)}, beyond what "
                f"{STAIN[partner]} shows there.",
            )
            for partner in self.partners
            for zone in self.zones
        ]
        return (*in_zones, *steps, *beyond)

    def _place(self, zone: tuple[float, float]) -> str:
        low, high = sorted(abs(limit) for limit in zone)
        return f"{low:g} to {high:g} µm {self.where}"

    def compute(self, kernels: ModuleType, products: Products) -> list[Floats]:
        """Fill `features`."""
        grid: WorkingGrid = products["working"]
        distances: Distances = products["distance"]
        inside = grid.inside(self.compartment)
        inside &= np.repeat(distances.has_nucleus, np.diff(grid.starts))
        bins = kernels.bin_numbers(self.length(distances), np.array(self.edges), inside)
        levels = bin_levels(kernels, grid, bins, len(self.zones), FEWEST)
        protein = levels[Channel.PROTEIN]
        columns = [log2_ratio(protein.mean, 1.0), protein.cv]
        if self.steps:
            columns.append(log2_ratio(protein.mean[:, 1:], protein.mean[:, :-1]))
        beyond = [
            log2_ratio(protein.mean, levels[partner].mean)
            if partner in levels
            else missing(protein.mean)
            for partner in self.partners
        ]
        return [*columns, *beyond]

    def section(self) -> Section:
        """Return features and the function that fills them."""
        return Section(self.features(), self.compute)


def _scale(low: float, high: float) -> str:
    near, far = sorted(round(abs(limit) * 1000) for limit in (low, high))
    return f"{near}to{far}nm"
