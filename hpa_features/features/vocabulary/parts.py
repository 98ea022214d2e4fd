"""Parts: which pixels of a cell are looked at."""

from __future__ import annotations

from math import inf, nextafter

from hpa_features.features.nodes import Map, Measurement
from hpa_features.features.plan import Floats
from hpa_features.features.spec import CELL_COMPARTMENTS


class Mask(Map):
    """A map of bool."""


class Part(Mask):
    """The pixels of a compartment by its number, with `nucleated` of cells that have a nucleus."""

    number: int
    nucleated: bool = False
    kernel = "part_masks"
    takes = ("region", "layout")


class PartCounts(Measurement[Floats]):
    """(n, 3): grid pixels of cell, nucleus and cytoplasm."""

    tail = (3,)
    kernel = "part_counts"
    takes = ("region", "layout")


class Bands(Map):
    """int8: k where ``edges[k] ≤ image < edges[k + 1]`` in `part`, −1 elsewhere."""

    image: Map
    edges: tuple[float, ...]
    part: Mask
    kernel = "bands"

    @property
    def count(self) -> int:
        """How many bands there are."""
        return len(self.edges) - 1


class Within(Mask):
    """The pixels of `part` where ``low ≤ image < high``."""

    image: Map
    low: float
    high: float
    part: Mask
    kernel = "within"


class Above(Mask):
    """The pixels of `part` where an image exceeds the cell's limit."""

    image: Map
    limit: Measurement[Floats]
    part: Mask
    kernel = "above"
    takes = ("layout",)


def after(x: float) -> float:
    """Return the next number above `x`: the lower edge of a band that begins behind `x`."""
    return nextafter(x, inf)


def all_of(part: Mask) -> Bands:
    """Return one band that is all of `part`."""
    return Bands(part, (0.5, 1.5), part)


PARTS = {compartment: Part(number) for number, compartment in enumerate(CELL_COMPARTMENTS)}
NUCLEATED = {compartment: Part(part.number, nucleated=True) for compartment, part in PARTS.items()}
CELL, NUCLEUS, CYTOPLASM = PARTS.values()
