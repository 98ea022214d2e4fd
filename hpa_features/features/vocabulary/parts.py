"""Parts: which pixels of a cell are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nextafter
from typing import Self

from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Map, Measurement, Values
from hpa_features.features.plan import Floats
from hpa_features.features.spec import CELL_COMPARTMENTS, Compartment


class Mask(Map):
    """A map of bool."""


class Part(Mask):
    """The pixels of a compartment; with `nucleated` only of cells that have a nucleus."""

    compartment: Compartment
    nucleated: bool = False

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        parts = [(CELL_COMPARTMENTS.index(n.compartment), n.nucleated) for n in nodes]
        return crops.kernels.part_masks(crops.region, parts, crops.layout)


class PartCounts(Measurement[Floats]):
    """(n, 3): grid pixels of cell, nucleus and cytoplasm."""

    tail = (3,)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [crops.kernels.part_counts(crops.region, crops.layout)]


class Bands(Map):
    """int8: k where ``edges[k] ≤ image < edges[k + 1]`` in `part`, −1 elsewhere."""

    image: Map
    edges: tuple[float, ...]
    part: Mask

    @property
    def count(self) -> int:
        """How many bands there are."""
        return len(self.edges) - 1

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.bands(
            [made[node.image] for node in nodes],
            [node.edges for node in nodes],
            [made[node.part] for node in nodes],
        )


class Within(Mask):
    """The pixels of `part` where ``low ≤ image < high``."""

    image: Map
    low: float
    high: float
    part: Mask

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.within(
            [made[node.image] for node in nodes],
            [(node.low, node.high) for node in nodes],
            [made[node.part] for node in nodes],
        )


class Above(Mask):
    """The pixels of `part` where an image exceeds the cell's limit."""

    image: Map
    limit: Measurement[Floats]
    part: Mask

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.above(
            [made[node.image] for node in nodes],
            [made[node.limit] for node in nodes],
            [made[node.part] for node in nodes],
            crops.layout,
        )


class Brightest(Map):
    """1 on the brightest `share` of `part`, ties at the limit sharing what is left; else 0."""

    image: Map
    part: Mask
    share: float

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.brightest(
            [made[node.image] for node in nodes],
            [made[node.part] for node in nodes],
            [node.share for node in nodes],
            crops.layout,
        )


def after(x: float) -> float:
    """Return the next number above `x`: the lower edge of a band that begins behind `x`."""
    return nextafter(x, inf)


def all_of(part: Mask) -> Bands:
    """Return one band that is all of `part`."""
    return Bands(part, (0.5, 1.5), part)


CELL, NUCLEUS, CYTOPLASM = (Part(compartment) for compartment in CELL_COMPARTMENTS)
PARTS = {compartment: Part(compartment) for compartment in CELL_COMPARTMENTS}
NUCLEATED = {compartment: Part(compartment, nucleated=True) for compartment in CELL_COMPARTMENTS}
