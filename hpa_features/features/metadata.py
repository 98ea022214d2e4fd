"""The ``Metadata_`` columns of both tables: they identify the cell or field of a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from hpa_features.core.tables import FEWEST_CELLS, SIMULATED, TRUE
from hpa_features.core.types import CHANNELS, PixelSizeSource

CELLS, IMAGES = "cells", "images"


@dataclass(frozen=True, slots=True)
class MetadataColumn:
    """A column that is never a feature.

    Attributes
    ----------
    name
        The column's name without ``Metadata_``.
    type
        Its Arrow type.
    tables
        The tables that have it.
    meaning
        A sentence.
    unit
        ``px``, ``µm``; ``text`` or ``yes/no`` where it is not a number.
    range
        Of a number.
    undefined_when
        When a field or cell has none.
    source
        How or from where it is known.
    """

    name: str
    type: pa.DataType
    tables: tuple[str, ...]
    meaning: str
    unit: str
    range: tuple[float, float] | None = None
    undefined_when: str = "never"
    source: str = ""

    @property
    def column(self) -> str:
        """The column's name in the tables."""
        return f"Metadata_{self.name}"


_FROM_ZERO = (0.0, float("inf"))
_FROM_ONE = (1.0, float("inf"))
_USABLE = "do not touch the field's border and have a nucleus"

_ID = MetadataColumn(
    "Id",
    pa.string(),
    (CELLS, IMAGES),
    "Identifier of the field.",
    "text",
    source="the manifest, or the names of the files",
)
_OF_CELLS = (
    MetadataColumn(
        "ObjectNumber",
        pa.int64(),
        (CELLS,),
        "Number of the cell in the field; its value in the mask file, if one is given.",
        "1",
        _FROM_ONE,
        source="value in the mask of cells",
    ),
    MetadataColumn(
        "Border",
        pa.bool_(),
        (CELLS,),
        "Whether the cell touches the field's border.",
        "yes/no",
        source="a pixel in the first or last row or column of the field",
    ),
    MetadataColumn(
        "HasNucleus",
        pa.bool_(),
        (CELLS,),
        "Whether the cell has a nucleus.",
        "yes/no",
        source="a pixel of the cell in the mask of nuclei",
    ),
    MetadataColumn(
        "NucleusCount",
        pa.int32(),
        (CELLS,),
        "Number of separate nuclei in the cell.",
        "nuclei",
        _FROM_ZERO,
        source="connected parts of the nucleus",
    ),
    MetadataColumn(
        "CenterX",
        pa.float32(),
        (CELLS,),
        "Horizontal position of the cell's centre in the original field; the centre of the "
        "leftmost pixel is 0.",
        "px",
        _FROM_ZERO,
        source="mean column of the cell's pixels",
    ),
    MetadataColumn(
        "CenterY",
        pa.float32(),
        (CELLS,),
        "Vertical position of the cell's centre in the original field; the centre of the topmost "
        "pixel is 0.",
        "px",
        _FROM_ZERO,
        source="mean row of the cell's pixels",
    ),
)
_OF_IMAGES = (
    MetadataColumn(
        "PixelSizeUm",
        pa.float64(),
        (IMAGES,),
        "Pixel size of the field.",
        "µm",
        _FROM_ZERO,
        source="see Metadata_PixelSizeSource",
    ),
    MetadataColumn(
        "PixelSizeSource",
        pa.string(),
        (IMAGES,),
        f"Source of the pixel size: {', '.join(PixelSizeSource)}.",
        "text",
        source="the first of these that is known",
    ),
    MetadataColumn(
        "CellCount",
        pa.int32(),
        (IMAGES,),
        "Number of cells found in the field.",
        "cells",
        _FROM_ZERO,
        source="count of labels",
    ),
    MetadataColumn(
        "CellsUsed",
        pa.int32(),
        (IMAGES,),
        f"Number of cells used for the image statistics: those that {_USABLE}, or all.",
        "cells",
        _FROM_ZERO,
        source="count of labels",
    ),
    MetadataColumn(
        "AllCellsUsed",
        pa.bool_(),
        (IMAGES,),
        f"Whether all cells are used for the image statistics, because fewer than {FEWEST_CELLS} "
        f"of them {_USABLE}.",
        "yes/no",
        source="count of labels",
    ),
)
FIXED = (_ID, *_OF_CELLS, *_OF_IMAGES)
"""Columns that every table of their kind has, in their order."""


def _text(
    name: str, meaning: str, undefined_when: str, source: str, unit: str = "text"
) -> MetadataColumn:
    return MetadataColumn(
        name,
        pa.string(),
        (CELLS, IMAGES),
        meaning,
        unit,
        undefined_when=undefined_when,
        source=source,
    )


_BY_NAME = ("neither the Id nor the manifest has one", "the Id, or a column of the manifest")
FROM_FILES = (
    _text("Gene", "The gene, by its Ensembl number.", *_BY_NAME),
    _text("Antibody", "The antibody, by its number in the Human Protein Atlas.", *_BY_NAME),
    _text("Plate", "The plate.", *_BY_NAME),
    _text("Well", "The well, from A1 to P24.", *_BY_NAME),
    _text("Field", "The position in the well.", *_BY_NAME),
    *(
        _text(
            f"Bleed_{channel}",
            f"Signal in the colour planes of the {channel} file that should be dark, as a share of "
            "the signal in the plane used.",
            "the file is not a colour file",
            "sums of the planes",
            "1",
        )
        for channel in CHANNELS
    ),
    _text(
        "Plane_ER",
        "Colour plane used from the ER file.",
        "the file is not a colour file",
        "the brighter of red and green, unless the signal is in blue",
    ),
    _text(
        SIMULATED,
        f"`{TRUE}` for a field made by `hpa-feat simulate`.",
        "the field is not simulated",
        "the manifest of the simulated fields",
        "yes/no",
    ),
)
"""Columns that a table has where a field's name, manifest or files give them; all are texts."""


def fixed_fields(table: str) -> Sequence[pa.Field]:
    """Return the fields of a schema that begin `table`, ``cells`` or ``images``."""
    return [pa.field(each.column, each.type) for each in FIXED if table in each.tables]
