"""Settings of `export`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ExportForm(StrEnum):
    """What other programs read."""

    H5AD = "h5ad"
    GEOJSON = "geojson"
    ROIS = "rois"
    DEFINITIONS = "definitions"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """What `export` writes.

    Attributes
    ----------
    form
        None: by the output's name, ``.h5ad`` or ``.csv``.
    predictions
        Table of predictions, of fields or of cells; empty: none.
    masks
        Folder of masks, for outlines; empty: the masks that the folder of features holds.
    overwrite
        Replace what is at the output.
    """

    form: ExportForm | None = None
    predictions: str = ""
    masks: str = ""
    overwrite: bool = False
