"""AreaShape: size and form of the cell and its nucleus. No channel is read, only masks."""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hpa_features.features.spec import (
    SHAPE_ONLY,
    Compartment,
    Family,
    Feature,
    Landmark,
    Products,
)

_EVER = (0.0, float("inf"))
_SHARE = (0.0, 1.0)
_PARTS = (Compartment.CELLS, Compartment.NUCLEI)
_WORD = {Compartment.CELLS: "cell", Compartment.NUCLEI: "nucleus"}
_NO_NUCLEUS = "the cell has no nucleus"
_RATIO = "NucleusAreaRatio"


class _Row(NamedTuple):
    name: str
    meaning: str
    source: str
    unit: str = "1"
    range: tuple[float, float] = _SHARE
    size: bool = False  # a length or an area, so a marker of the imaging era


_ROWS = (
    _Row(
        "Area",
        "How large the {0} is.",
        "count of native pixels times the pixel's area",
        "µm²",
        _EVER,
        size=True,
    ),
    _Row(
        "Perimeter",
        "How long the outline of the {0} is.",
        "Crofton, Legland et al. 2007, eq. 7",
        "µm",
        _EVER,
        size=True,
    ),
    _Row(
        "MajorAxisLength",
        "How long the {0} is.",
        "axis of the ellipse of equal second moments",
        "µm",
        _EVER,
        size=True,
    ),
    _Row(
        "MinorAxisLength",
        "How wide the {0} is.",
        "axis of the ellipse of equal second moments",
        "µm",
        _EVER,
        size=True,
    ),
    _Row(
        "MaxFeretDiameter",
        "Longest distance across the {0}.",
        "Feret diameter of the convex hull",
        "µm",
        _EVER,
        size=True,
    ),
    _Row(
        "MinFeretDiameter",
        "Narrowest gap that the {0} fits through.",
        "Feret diameter of the convex hull",
        "µm",
        _EVER,
        size=True,
    ),
    _Row(
        "Eccentricity",
        "How elongated the {0} is: 0 round, 1 a line.",
        "√(1 − (minor axis / major axis)²)",
    ),
    _Row(
        "Solidity",
        "How free of dents the {0} is: 1 none.",
        "area / area of the convex hull of its pixels' corners",
    ),
    _Row(
        "Extent",
        "How much of its smallest turned rectangle the {0} fills.",
        "area / (largest × smallest Feret diameter)",
        range=(0.0, 2.0),
    ),
    _Row(
        "FormFactor",
        "How smooth and round the outline of the {0} is.",
        "4π · area / perimeter²",
        range=(0.0, 2.0),
    ),
    _Row(
        "EulerNumber",
        "Parts of the {0} minus holes in it.",
        "Gray 1971, bit quads, 8-connected",
        range=(-float("inf"), float("inf")),
    ),
)
_PAIR = (
    (
        _RATIO,
        "1",
        _SHARE,
        "Share of the cell's area that the nucleus takes.",
        "nuclear area / cell area",
    ),
    (
        "NucleusOffset",
        "1",
        _EVER,
        "How far the nucleus lies from the middle of the cell, in cell radii.",
        "distance of the centroids / √(cell area / π)",
    ),
)


def _undefined(part: Compartment, name: str) -> str:
    """Areas count native pixels; the rest is measured on the grid, which slivers may miss."""
    if name in ("Area", _RATIO):
        return "never" if part is Compartment.CELLS else _NO_NUCLEUS
    return f"the {_WORD[part]} covers half of no grid pixel"


def _features() -> tuple[Feature, ...]:
    rows = [
        Feature(
            compartment=part,
            name=row.name,
            unit=row.unit,
            range=row.range,
            meaning=row.meaning.format(_WORD[part]),
            source=row.source,
            nan_when=_undefined(part, row.name),
            landmark=Landmark.NUCLEUS if part is Compartment.NUCLEI else Landmark.NONE,
            acquisition=row.size,
            invariances=SHAPE_ONLY,
        )
        for part in _PARTS
        for row in _ROWS
    ]
    pairs = [
        Feature(
            compartment=Compartment.CELLS,
            name=name,
            unit=unit,
            range=bounds,
            meaning=meaning,
            source=source,
            nan_when=_undefined(Compartment.NUCLEI, name),
            landmark=Landmark.NUCLEUS,
            invariances=SHAPE_ONLY,
        )
        for name, unit, bounds, meaning, source in _PAIR
    ]
    return (*rows, *pairs)


def _axes(moments: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Major and minor axis of the ellipse of equal second moments, in grid pixels.

    A pixel is a unit square, so 1/12 joins each second moment (as in scikit-image).
    """
    area = moments[..., 0]
    yy, xy, xx = (moments[..., 3 + k] / area for k in range(3))
    yy, xx = yy + 1 / 12, xx + 1 / 12
    middle, spread = (yy + xx) / 2, np.sqrt(((yy - xx) / 2) ** 2 + xy**2)
    return 4 * np.sqrt(middle + spread), 4 * np.sqrt(np.maximum(middle - spread, 0))


def compute(kernels: ModuleType, products: Products) -> NDArray[np.float64]:
    """Return (n, 24): 11 of the cell, 11 of the nucleus, 2 of both."""
    index, grid = products["index"], products["working"]
    masks = (grid.region, grid.starts, grid.shape)
    moments, hulls = kernels.mask_moments(*masks), kernels.mask_hulls(*masks)
    boundaries = kernels.mask_boundaries(*masks)
    step = grid.step_um[:, None]
    native = kernels.count_parts(index.nuclei, index.position, index.offsets)
    area_um = np.where(native > 0, native, np.nan) * index.pixel_um[:, None] ** 2
    area = moments[..., 0]
    major, minor = _axes(moments)
    perimeter = np.where(boundaries[..., 0] > 0, boundaries[..., 0], np.nan)
    columns = [
        area_um,
        perimeter * step,
        major * step,
        minor * step,
        hulls[..., 1] * step,
        hulls[..., 2] * step,
        np.sqrt(1 - np.minimum(minor / major, 1) ** 2),
        area / hulls[..., 0],
        area / (hulls[..., 1] * hulls[..., 2]),
        4 * np.pi * area / perimeter**2,
        np.where(np.isnan(area), np.nan, boundaries[..., 1]),
    ]
    table = np.stack(columns, axis=-1).reshape(len(area), -1)
    apart = moments[:, 1, 1:3] - moments[:, 0, 1:3]
    offset = np.hypot(apart[:, 0], apart[:, 1]) / np.sqrt(area[:, 0] / np.pi)
    return np.concatenate(
        [table, (area_um[:, 1] / area_um[:, 0])[:, None], offset[:, None]], axis=1
    )


FAMILY = Family(name="AreaShape", needs=("index", "working"), features=_features(), compute=compute)
