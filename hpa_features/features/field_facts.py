"""What is measured of a field as a whole: the ``Image_`` columns of the image table.

All of them are markers of how and when a field was taken, so they stand in the block
``Acquisition``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import CHANNELS, Channel, Field, Masks
from hpa_features.features.batch import Batch
from hpa_features.features.crops import PlaneFacts
from hpa_features.features.spec import SHAPE_ONLY, TURN_MIRROR, Compartment, Quantity


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """The quantities of whole fields, in the order of their columns."""

    features: tuple[Quantity, ...]

    def column(self, feature: Quantity) -> str:
        """Return the column name, ``Image_<Feature>[_<Channel>]``."""
        return "_".join([feature.compartment, feature.name, *feature.channels])


def border_cells(masks: Masks) -> NDArray[np.bool_]:
    """Return (n,) bool: cells with a pixel in the first or last row or column of the field."""
    cells = masks.cells
    touching = np.zeros(masks.count + 1, np.bool_)
    for edge in (cells[0], cells[-1], cells[:, 0], cells[:, -1]):
        touching[edge] = True
    return touching[1:]


def usable_cells(masks: Masks) -> NDArray[np.bool_]:
    """Return (n,) bool: whole cells, which image statistics are made of where three are left."""
    return ~border_cells(masks) & (masks.nucleus_counts > 0)


def _channel_facts(planes: PlaneFacts, number: int, pixels: int, full: int) -> list[float]:
    """Background and saturated share of a field's plane, and its normalised variance."""
    total, squares = int(planes.total[number]), int(planes.squares[number])
    # Whole numbers as long as they can be: the variance is exact, whatever the order of pixels.
    focus = (pixels * squares - total * total) / (pixels * total * full) if total > 0 else 0.0
    return [planes.background[number] / full, planes.saturated[number] / pixels, focus]


def _facts_of(
    field: Field, masks: Masks, number: int, planes: Mapping[Channel, PlaneFacts]
) -> list[float]:
    share_border = float(border_cells(masks).mean()) if masks.count else np.nan
    facts = [float(masks.count), float(np.mean(masks.cells > 0)), share_border]
    channels = [
        _channel_facts(planes[c], number, masks.cells.size, field.full_scale[c])
        if c in planes
        else [np.nan] * len(_PER_CHANNEL)
        for c in CHANNELS
    ]
    return facts + [value for kind in zip(*channels, strict=True) for value in kind]


def field_facts(batch: Batch, planes: Mapping[Channel, PlaneFacts]) -> NDArray[np.float64]:
    """Return (fields, facts) float64 from the fields and the facts of their planes."""
    pairs = enumerate(zip(batch.fields, batch.masks, strict=True))
    rows = [_facts_of(field, masks, number, planes) for number, (field, masks) in pairs]
    return np.array(rows, np.float64).reshape(len(rows), len(FIELD_FACTS.features))


def _fact(name: str, unit: str, meaning: str, source: str, **more: Any) -> Quantity:
    return Quantity(
        compartment=Compartment.IMAGE,
        name=name,
        unit=unit,
        meaning=meaning,
        source=source,
        acquisition=True,
        range=more.pop("range", (0.0, 1.0)),
        **more,
    )


_PER_CHANNEL = (
    (
        "Background",
        "fraction of full scale",
        "How bright the {stain} channel is where there are no cells.",
        "mode of the pixels outside cells",
    ),
    (
        "Saturated",
        "1",
        "Share of the field's {stain} pixels that are saturated, before background subtraction.",
        "count of pixels at full scale",
    ),
    (
        "Focus",
        "fraction of full scale",
        "How much detail the {stain} channel shows: higher is sharper.",
        "normalised variance, Groen et al. 1985",
    ),
)

FIELD_FACTS = FieldFacts(
    features=(
        _fact(
            "CellCount",
            "cells",
            "Cells found in the field.",
            "count of labels",
            range=(0.0, float("inf")),
            invariances=SHAPE_ONLY,
        ),
        _fact(
            "Confluency",
            "1",
            "Share of the field that cells cover.",
            "count of labelled pixels",
            invariances=SHAPE_ONLY,
        ),
        _fact(
            "BorderShare",
            "1",
            "Share of the cells that touch the field's border.",
            "count of labels in the outermost rows and columns",
            nan_when="the field has no cells",
            invariances=SHAPE_ONLY,
        ),
        *(
            _fact(
                name,
                unit,
                meaning.format(stain=channel),
                source,
                channels=(channel,),
                nan_when="the channel is missing",
                range=(0.0, float("inf")) if name == "Focus" else (0.0, 1.0),
                invariances=TURN_MIRROR,
            )
            for name, unit, meaning, source in _PER_CHANNEL
            for channel in CHANNELS
        ),
    ),
)
