"""What a column promises: `Feature` and `Family` are frozen data.

One list is the truth: `FAMILIES` (families/__init__.py). Columns, dictionary, Parquet metadata,
docs, tests and benchmarks read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hpa_features.core.types import Channel
from hpa_features.features.plan import Value


class Compartment(StrEnum):
    """The part of a cell that a feature looks at; cytoplasm is cell minus nucleus.

    `IMAGE` stands for the field as a whole and occurs in the image table only.
    """

    CELLS = "Cells"
    NUCLEI = "Nuclei"
    CYTOPLASM = "Cytoplasm"
    IMAGE = "Image"


CELL_COMPARTMENTS = (Compartment.CELLS, Compartment.NUCLEI, Compartment.CYTOPLASM)


class Landmark(StrEnum):
    """What in the cell a feature relates the protein to."""

    NUCLEUS = "Nucleus"
    NUCLEAR_EDGE = "NuclearEdge"
    NUCLEOLI = "Nucleoli"
    MICROTUBULES = "Microtubules"
    CENTRE = "Centre"
    ER = "ER"
    CELL_EDGE = "CellEdge"
    CONTACT = "Contact"
    NONE = "none"


class Scope(StrEnum):
    """`cell`: this cell's pixels, the field's background and step; `field`: neighbours too."""

    CELL = "cell"
    FIELD = "field"


LANDMARK_OF_CHANNEL: Mapping[Channel, Landmark] = {
    Channel.DNA: Landmark.NUCLEUS,
    Channel.MICROTUBULES: Landmark.MICROTUBULES,
    Channel.ER: Landmark.ER,
    Channel.PROTEIN: Landmark.NONE,
}
ANY_LIGHT = frozenset({"gain", "turn", "mirror"})  # survives a brighter lamp, 90° turns, mirrors
SHAPE_ONLY = frozenset({"gain", "offset", "turn", "mirror"})
TURN_MIRROR = frozenset({"turn", "mirror"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What one column measures, and everything that describes it.

    Attributes
    ----------
    compartment
        Where it looks; the first word of the column's name.
    name
        What it measures, in CamelCase.
    unit
        ``µm``, ``µm²``, ``fraction of full scale``, ``1`` for bare numbers, …
    range
        Every finite value lies in this closed interval.
    meaning
        One sentence in a biologist's words.
    source
        Formula source: paper and equation, or library and function.
    nan_when
        When the value is undefined, in plain words; a test builds exactly that cell.
    channels
        The channels that it reads; none, one, or Protein and a partner.
    scale
        Length in nm or µm without dots (``320nm``, ``1um``); empty when it has none.
    landmark, scope
        See the enumerations.
    rare
        One cell in twenty decides: the image table also gets the mean of the largest values.
    acquisition
        Marker of the imaging era (absolute intensity, size, count, background).
    invariances
        Subset of ``gain``, ``offset``, ``turn`` (90°), ``mirror``.
    """

    compartment: Compartment
    name: str
    unit: str
    range: tuple[float, float]
    meaning: str
    source: str
    nan_when: str = "never"
    channels: tuple[Channel, ...] = ()
    scale: str = ""
    landmark: Landmark = Landmark.NONE
    scope: Scope = Scope.CELL
    rare: bool = False
    acquisition: bool = False
    invariances: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature(Quantity):
    """A column of the cell table: a quantity and its formula.

    Attributes
    ----------
    value
        Numbers of n cells to (n,) float64.
    """

    value: Value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Family:
    """Features that belong together, in the order of their columns.

    A feature whose channels a field lacks has no value there, and its column is dropped.

    Attributes
    ----------
    default
        Measured unless families are named.
    by_name_only
        Another library's columns: not part of ``all`` either.
    """

    name: str
    features: tuple[Feature, ...]
    default: bool = True
    by_name_only: bool = False

    def column(self, feature: Feature) -> str:
        """Return the column name: ``<Compartment>_<Family>_<Feature>[_<Channel>…][_<scale>]``."""
        parts = [feature.compartment, self.name, feature.name, *feature.channels]
        return "_".join([*parts, feature.scale] if feature.scale else parts)

    def block(self, feature: Feature) -> str:
        """Return the block of a column: columns that are judged together."""
        return "Acquisition" if feature.acquisition else f"{feature.landmark} × {self.name}"
