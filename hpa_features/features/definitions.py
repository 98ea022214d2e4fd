"""What a column measures, in the words that other tools list: compartment, channel, scale, unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hpa_features.features.families import FAMILIES
from hpa_features.features.registry import Entry, cell_entries

# The kinds of features that CZI's ops-schema 0.1.0 knows, for those families that are none of them
# by name: what they are computed from decides.
_TYPES = {
    "AreaShape": "shape",
    "Correlation": "correlation",
    "Texture": "texture",
    "BandPass": "granularity",
    "Spots": "granularity",
    "Filament": "texture",
    "Granularity": "granularity",
    "ThresholdAdjacency": "texture",
    "LocalBinaryPattern": "texture",
    "Neighbors": "shape",
    "Mahotas": "texture",
}


@dataclass(frozen=True, slots=True)
class Definition:
    """A column of the table of cells; empty texts where hpa-feat does not measure it.

    Attributes
    ----------
    compartment, family, measurement
        The words of its name, in this order.
    channel
        The channels that it reads, a space between two.
    scale
        Length in nm or µm without dots; empty when it has none.
    unit, meaning
        As in the dictionary.
    landmark, block
        What the protein is measured against, and the columns that are judged together.
    type
        ``shape``, ``intensity``, ``correlation``, ``texture`` or ``granularity``.
    """

    name: str
    compartment: str = ""
    family: str = ""
    measurement: str = ""
    channel: str = ""
    scale: str = ""
    unit: str = ""
    landmark: str = ""
    block: str = ""
    type: str = ""
    meaning: str = ""


def define(columns: Sequence[str]) -> tuple[Definition, ...]:
    """Return the definition of each of these columns of the table of cells."""
    known = {entry.column.name: entry for entry in cell_entries(FAMILIES)}
    return tuple(_of_entry(known[name]) if name in known else Definition(name) for name in columns)


def _of_entry(entry: Entry) -> Definition:
    feature = entry.feature
    return Definition(
        name=entry.column.name,
        compartment=str(feature.compartment),
        family=entry.family,
        measurement=feature.name,
        channel=" ".join(map(str, feature.channels)),
        scale=feature.scale,
        unit=feature.unit,
        landmark=str(feature.landmark),
        block=entry.column.block,
        type=_TYPES.get(entry.family, "intensity"),
        meaning=entry.column.meaning,
    )
