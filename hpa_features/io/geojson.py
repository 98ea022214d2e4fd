"""Cells of a field → GeoJSON as QuPath imports it: cells with their nuclei, classes and scores."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hpa_features.core.outlines import OutlinedCell, Points, Polygon
from hpa_features.io.atomic import replacing

_SPACE = uuid.UUID("6f1c3b0e-52a4-5f0f-9d0e-6b7a3c1f8e21")  # of the ids of our cells


def write_geojson(path: Path, field_id: str, cells: Iterable[OutlinedCell]) -> None:
    """Write a FeatureCollection with a feature for each cell.

    Coordinates are pixels from the upper left corner, as QuPath has them. A nucleus is the member
    ``nucleusGeometry``, which QuPath writes and reads. The id of a cell depends on the field's id
    and its number only.
    """
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        before = "\n"
        for cell in cells:
            file.write(before + json.dumps(_feature(field_id, cell), ensure_ascii=False))
            before = ",\n"
        file.write("\n]}\n")


def _feature(field_id: str, cell: OutlinedCell) -> dict[str, Any]:
    properties: dict[str, Any] = {"objectType": "cell", "name": str(cell.number)}
    if cell.classes:
        properties["classification"] = _classification(cell.classes)
    scores = {name: value for name, value in cell.scores.items() if not math.isnan(value)}
    properties["measurements"] = {"ObjectNumber": cell.number, **scores}
    feature = {
        "type": "Feature",
        "id": str(uuid.uuid5(_SPACE, f"{field_id}\0{cell.number}")),
        "geometry": _geometry(cell.cell),
        "properties": properties,
    }
    if cell.nucleus:
        feature["nucleusGeometry"] = _geometry(cell.nucleus)
    return feature


def _classification(classes: Sequence[str]) -> dict[str, Any]:
    return {"name": classes[0]} if len(classes) == 1 else {"names": list(classes)}


def _geometry(parts: Sequence[Polygon]) -> dict[str, Any]:
    rings = [[_ring(part.outline), *map(_ring, part.holes)] for part in parts]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}


def _ring(points: Points) -> list[list[float]]:
    ring: list[list[float]] = points.tolist()
    return ring
