"""What a column promises: `Feature` and `Family` are frozen data, `Batch` is what they measure.

Two lists are the truth: `FAMILIES` (families/__init__.py) and `PRODUCTS` (products/__init__.py).
Columns, dictionary, Parquet metadata, docs, tests and benchmarks read them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel, Field, Masks
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
class Feature:
    """One column of the cell table, and everything that is said about it.

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
    value
        The formula itself: numbers of n cells to (n,) float64.
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
    value: Value | None = None
    nan_when: str = "never"
    channels: tuple[Channel, ...] = ()
    scale: str = ""
    landmark: Landmark = Landmark.NONE
    scope: Scope = Scope.CELL
    rare: bool = False
    acquisition: bool = False
    invariances: frozenset[str] = frozenset()


Products = Mapping[str, Any]
"""Product name → value: exactly what a family or product named in its `needs`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Family:
    """Features that are computed together.

    `compute(kernels, products)` returns float64 (cells, len(features)), columns in the order of
    `features`. Features whose channels a field lacks are computed as NaN and dropped by the
    caller.
    """

    name: str
    features: tuple[Feature, ...]
    needs: tuple[str, ...] = ()
    compute: Callable[[ModuleType, Products], NDArray[np.float64]] | None = None
    default: bool = True

    def column(self, feature: Feature) -> str:
        """Return the column name: ``<Compartment>_<Family>_<Feature>[_<Channel>…][_<scale>]``."""
        parts = [feature.compartment, self.name, feature.name, *feature.channels]
        return "_".join([*parts, feature.scale] if feature.scale else parts)

    def block(self, feature: Feature) -> str:
        """Return the block of a column: columns that are judged together."""
        return "Acquisition" if feature.acquisition else f"{feature.landmark} × {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What several families share, made once a batch.

    `make(kernels, batch, products)` returns the value; `needs` names earlier products.
    """

    name: str
    needs: tuple[str, ...]
    make: Callable[[ModuleType, Batch, Products], Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """Fields that are measured together, each with its masks, on one working grid.

    Attributes
    ----------
    fields, masks
        Of equal length; cells are numbered through the batch in this order.
    grid_um
        Wanted edge of a working-grid pixel in µm (DESIGN.md §4 rule 4).
    """

    fields: tuple[Field, ...]
    masks: tuple[Masks, ...]
    grid_um: float = 0.32

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Channels that every field has, in house order."""
        return tuple(c for c in Channel if all(c in f.planes for f in self.fields))

    @property
    def cell_count(self) -> int:
        """Cells over all fields."""
        return sum(m.count for m in self.masks)

    @property
    def starts(self) -> NDArray[np.int64]:
        """(fields + 1,) where the pixels of each field begin in flat planes, and their end."""
        pixels = [masks.cells.size for masks in self.masks]
        return np.concatenate(([0], np.cumsum(pixels))).astype(np.int64)

    def flat(self, channel: Channel) -> NDArray[np.uint16]:
        """(pixels,) the planes of `channel`, all fields ravelled, end to end."""
        planes = [field.planes[channel].ravel().astype(np.uint16) for field in self.fields]
        return planes[0] if len(planes) == 1 else np.concatenate(planes)
