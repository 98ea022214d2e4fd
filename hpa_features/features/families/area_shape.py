"""AreaShape: size and form of the cell and its nucleus. No channel is read, only masks."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from hpa_features.features.nodes import Measurement
from hpa_features.features.plan import Floats, Measured, Value, once
from hpa_features.features.spec import SHAPE_ONLY, Compartment, Family, Feature, Landmark
from hpa_features.features.vocabulary.brightness import FieldSize
from hpa_features.features.vocabulary.distances import STEP_UM

_EVER = (0.0, float("inf"))
_SHARE = (0.0, 1.0)
_PARTS = (Compartment.CELLS, Compartment.NUCLEI)
_WORD = {Compartment.CELLS: "cell", Compartment.NUCLEI: "nucleus"}
_NO_NUCLEUS = "the cell has no nucleus"
_RATIO = "NucleusAreaRatio"


class MaskForms(Measurement[Floats]):
    """(n, 2, 11) for cell and nucleus on the grid.

    Area, mean row and column, and moments yy, xy, xx (0–5); area of the hull, greatest and least
    Feret diameter (6–8); perimeter and Euler number (9–10).
    """

    tail = (2, 11)

    kernel = "mask_forms"
    takes = ("region", "layout")


class NativeCounts(Measurement[Floats]):
    """(n, 2): native pixels of the cell, and of its nucleus."""

    tail = (2,)

    kernel = "native_counts"
    takes = ("native",)


Of = Callable[[Measured], Floats]
"""A quantity of cell and nucleus: (n, 2)."""


def _form(number: int) -> Of:
    return lambda m: m(MaskForms())[..., number]


_pixels, _hull, _longest, _narrowest = (_form(number) for number in (0, 6, 7, 8))


def _area_um2(m: Measured) -> Floats:
    native = np.asarray(m(NativeCounts()), np.float64)
    return np.where(native > 0, native, np.nan) * m(FieldSize())[:, 2:] ** 2


def _perimeter(m: Measured) -> Floats:
    length = m(MaskForms())[..., 9]
    return np.where(length > 0, length, np.nan)


@once
def _axes(m: Measured) -> tuple[Floats, Floats]:
    """Major and minor axis of the ellipse of equal second moments, in grid pixels.

    A pixel is a unit square, so 1/12 joins each second moment (as in scikit-image).
    """
    moments = m(MaskForms())
    yy, xy, xx = (moments[..., 3 + k] / moments[..., 0] for k in range(3))
    yy, xx = yy + 1 / 12, xx + 1 / 12
    middle, spread = (yy + xx) / 2, np.sqrt(((yy - xx) / 2) ** 2 + xy**2)
    return 4 * np.sqrt(middle + spread), 4 * np.sqrt(np.maximum(middle - spread, 0))


def _eccentricity(m: Measured) -> Floats:
    major, minor = _axes(m)
    return np.asarray(np.sqrt(1 - np.minimum(minor / major, 1) ** 2))


def _euler(m: Measured) -> Floats:
    return np.where(np.isnan(_pixels(m)), np.nan, m(MaskForms())[..., 10])


def _in_um(length: Of) -> Of:
    return lambda m: length(m) * m(STEP_UM)[:, None]


def _area_ratio(m: Measured) -> Floats:
    area = _area_um2(m)
    return np.asarray(area[:, 1] / area[:, 0])


def _offset(m: Measured) -> Floats:
    moments = m(MaskForms())
    apart = moments[:, 1, 1:3] - moments[:, 0, 1:3]
    return np.asarray(np.hypot(apart[:, 0], apart[:, 1]) / np.sqrt(moments[:, 0, 0] / np.pi))


class _Row(NamedTuple):
    name: str
    value: Of
    meaning: str
    source: str
    unit: str = "1"
    range: tuple[float, float] = _SHARE
    size: bool = False  # a length or an area, so a marker of the imaging era


_ROWS = (
    _Row(
        "Area",
        _area_um2,
        "Area of the {0}.",
        "count of native pixels times the pixel's area",
        "µm²",
        _EVER,
        size=True,
    ),
    _Row(
        "Perimeter",
        _in_um(_perimeter),
        "Length of the outline of the {0}.",
        "Crofton, Legland et al. 2007, eq. 7",
        "µm",
        _EVER,
        size=True,
    ),
    _Row(
        "MajorAxisLength",
        _in_um(lambda m: _axes(m)[0]),
        "Length of the {0}.",
        "axis of the ellipse of equal second moments",
        "µm",
        _EVER,
        size=True,
    ),
    _Row(
        "MinorAxisLength",
        _in_um(lambda m: _axes(m)[1]),
        "Width of the {0}.",
        "axis of the ellipse of equal second moments",
        "µm",
        _EVER,
        size=True,
    ),
    _Row(
        "MaxFeretDiameter",
        _in_um(_longest),
        "Longest distance across the {0}.",
        "Feret diameter of the convex hull",
        "µm",
        _EVER,
        size=True,
    ),
    _Row(
        "MinFeretDiameter",
        _in_um(_narrowest),
        "Shortest distance across the {0}.",
        "Feret diameter of the convex hull",
        "µm",
        _EVER,
        size=True,
    ),
    _Row(
        "Eccentricity",
        _eccentricity,
        "How elongated the {0} is, from 0 (round) to 1 (a line).",
        "√(1 − (minor axis / major axis)²)",
    ),
    _Row(
        "Solidity",
        lambda m: _pixels(m) / _hull(m),
        "How convex the {0} is; 1: without dents.",
        "area / area of the convex hull of its pixels' corners",
    ),
    _Row(
        "Extent",
        lambda m: _pixels(m) / (_longest(m) * _narrowest(m)),
        "Share of its bounding rectangle (rotated for the best fit) that the {0} fills.",
        "area / (largest × smallest Feret diameter)",
        range=(0.0, 2.0),
    ),
    _Row(
        "FormFactor",
        lambda m: 4 * np.pi * _pixels(m) / _perimeter(m) ** 2,
        "How smooth and round the outline of the {0} is.",
        "4π · area / perimeter²",
        range=(0.0, 2.0),
    ),
    _Row(
        "EulerNumber",
        _euler,
        "Number of parts of the {0} minus number of holes.",
        "Gray 1971, bit quads, 8-connected",
        range=(-float("inf"), float("inf")),
    ),
)
_PAIR = (
    (
        _RATIO,
        _area_ratio,
        "1",
        _SHARE,
        "Share of the cell's area that the nucleus takes.",
        "nuclear area / cell area",
    ),
    (
        "NucleusOffset",
        _offset,
        "1",
        _EVER,
        "Distance of the nucleus from the centre of the cell, in cell radii.",
        "distance of the centroids / √(cell area / π)",
    ),
)


def _undefined(part: Compartment, name: str) -> str:
    """Areas count native pixels; the rest is measured on the grid, which slivers may miss."""
    if name in ("Area", _RATIO):
        return "never" if part is Compartment.CELLS else _NO_NUCLEUS
    return f"the {_WORD[part]} covers half of no grid pixel"


def _column(value: Of, number: int) -> Value:
    return lambda m: value(m)[:, number]


def _features() -> tuple[Feature, ...]:
    rows = [
        Feature(
            compartment=part,
            name=row.name,
            value=_column(row.value, number),
            unit=row.unit,
            range=row.range,
            meaning=row.meaning.format(_WORD[part]),
            source=row.source,
            nan_when=_undefined(part, row.name),
            landmark=Landmark.NUCLEUS if part is Compartment.NUCLEI else Landmark.NONE,
            acquisition=row.size,
            invariances=SHAPE_ONLY,
        )
        for number, part in enumerate(_PARTS)
        for row in _ROWS
    ]
    pairs = [
        Feature(
            compartment=Compartment.CELLS,
            name=name,
            value=value,
            unit=unit,
            range=bounds,
            meaning=meaning,
            source=source,
            nan_when=_undefined(Compartment.NUCLEI, name),
            landmark=Landmark.NUCLEUS,
            invariances=SHAPE_ONLY,
        )
        for name, value, unit, bounds, meaning, source in _PAIR
    ]
    return (*rows, *pairs)


FAMILY = Family(name="AreaShape", features=_features())
