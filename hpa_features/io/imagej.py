"""Cells of a field → a zip of ImageJ regions of interest, which its ROI Manager opens."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hpa_features.core.errors import MissingExtra
from hpa_features.core.outlines import OutlinedCell, Polygon
from hpa_features.io.atomic import replacing

if TYPE_CHECKING:
    from roifile import ImagejRoi


def write_rois(path: Path, cells: Iterable[OutlinedCell]) -> None:
    """Write a polygon for each part of each cell and nucleus; holes are omitted.

    Named ``cell_12`` and ``nucleus_12``, further parts ``cell_12_2``; class and scores are the
    properties of the region.

    Raises
    ------
    MissingExtra
        roifile is not installed.
    """
    try:
        from roifile import roiwrite
    except ImportError:
        raise MissingExtra("roifile", "rois") from None
    with replacing(path) as temporary:
        roiwrite(temporary, [roi for cell in cells for roi in _rois(cell)], mode="w")


def _rois(cell: OutlinedCell) -> Iterator[ImagejRoi]:
    facts = {"class": ": ".join(cell.classes)} if cell.classes else {}
    facts |= {name: f"{value:.6g}" for name, value in cell.scores.items() if not math.isnan(value)}
    properties = "".join(f"{name}: {value}\n" for name, value in facts.items())
    for what, parts in (("cell", cell.cell), ("nucleus", cell.nucleus)):
        for at, part in enumerate(parts, start=1):
            name = f"{what}_{cell.number}" if at == 1 else f"{what}_{cell.number}_{at}"
            yield _roi(part, name, properties)


def _roi(part: Polygon, name: str, properties: str) -> ImagejRoi:
    from roifile import ROI_TYPE, ImagejRoi

    roi = ImagejRoi.frompoints(part.outline[:-1].astype(np.float32), name=name)
    roi.roitype = ROI_TYPE.POLYGON
    roi.props = properties
    return roi
