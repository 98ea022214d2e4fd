"""Neighbors: how close other cells are, how much of the edge they touch, and twin nuclei.

Counts, density and distances between neighbours depend on the density of the culture, so they are
in `Acquisition`. The share of the edge that touches stays with Contact: junctions exist only there.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Measurement
from hpa_features.features.plan import Floats, Measured, Value, once
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, divide
from hpa_features.features.spec import (
    ANY_LIGHT,
    SHAPE_ONLY,
    Compartment,
    Family,
    Feature,
    Landmark,
    Scope,
)
from hpa_features.features.vocabulary.brightness import FieldSize
from hpa_features.features.vocabulary.contact import TOUCH_UM, EdgeLengths
from hpa_features.features.vocabulary.nuclei import PAIR_UM, PAIRS, CellPlaces, NuclearPairs

NEAR_UM = 5.0
DENSITY_UM = 40.0
PLACES = CellPlaces()


class CellGaps(Measurement[Floats]):
    """(n, 3): other cells that touch, other cells within 5 µm, and µm to the nearest."""

    touch_um: float = TOUCH_UM
    near_um: float = NEAR_UM
    tail = (3,)
    kernel = "cell_gaps"
    takes = ("native",)


class CloseCentres(Measurement[Floats]):
    """(n, 5): row and column of the two closest other cells' middles, and how many within 40 µm."""

    places: CellPlaces = PLACES
    reach_um: float = DENSITY_UM
    tail = (5,)
    kernel = "close_centres"
    takes = ("native",)


class TwinNuclei(Measurement[Floats]):
    """(n, 5): gap, area ratio, DNA ratio, mean area over the field's median, twin likeness."""

    pairs: NuclearPairs = PAIRS
    pair_um: float = PAIR_UM
    tail = (5,)
    kernel = "twin_nuclei"
    takes = ("native",)


def _gap(number: int) -> Value:
    return lambda m: m(CellGaps())[:, number]


def _twin(number: int) -> Value:
    return lambda m: m(TwinNuclei())[:, number]


@once
def _ways(m: Measured) -> Floats:
    """Return (n, 2, 2) rows and columns from each cell's middle to the two closest others."""
    return np.asarray(m(CloseCentres())[:, :4].reshape(-1, 2, 2) - m(PLACES)[:, None])


def _nearest_centre(m: Measured) -> Floats:
    first = _ways(m)[:, 0]
    return np.asarray(np.hypot(first[:, 0], first[:, 1]) * m(FieldSize())[:, 2])


def _touching_share(m: Measured) -> Floats:
    free, touching = m(EdgeLengths()).T
    return divide(touching, free + touching)


def _angle(m: Measured) -> Floats:
    way = _ways(m)
    length = np.hypot(way[..., 0], way[..., 1]).prod(axis=1)
    cosine = divide((way[:, 0] * way[:, 1]).sum(axis=1), length)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def _density(m: Measured) -> Floats:
    return np.asarray(1000 * m(CloseCentres())[:, 4] / _disc_in_field(m))


def _disc_in_field(m: Measured) -> Floats:
    """Return (n,) µm²: area of the disc of 40 µm about the cell's middle that lies in the field."""
    height, width, um = m(FieldSize()).T
    row, column = ((m(PLACES) + 0.5) * um[:, None]).T
    quarters = [(y, x) for y in (row, height - row) for x in (column, width - column)]
    areas = [_quarter(*np.minimum(sides, DENSITY_UM)) for sides in quarters]
    return np.asarray(np.sum(areas, axis=0))


def _quarter(a: Floats, b: Floats) -> Floats:
    """Return the area of the rectangle from the disc's middle to (a, b) that the disc covers."""
    square = DENSITY_UM**2
    corner = np.minimum(np.sqrt(square - b * b), a)  # where the disc leaves the upper side

    def under(x: Floats) -> Floats:
        inside = np.minimum(x / DENSITY_UM, 1.0)
        return 0.5 * (x * np.sqrt(np.maximum(square - x * x, 0.0)) + square * np.arcsin(inside))

    return np.asarray(b * corner + under(a) - under(corner))


_cell = partial(
    Feature,
    compartment=Compartment.CELLS,
    landmark=Landmark.CONTACT,
    scope=Scope.FIELD,
    invariances=SHAPE_ONLY,
)
CELLS = (
    _cell(
        name="TouchingCount",
        value=_gap(0),
        unit="cells",
        range=ANY_RATIO,
        meaning="Number of other cells that touch the cell.",
        source="count of cells at most 0.5 µm away, edge to edge; CellProfiler's NumberOfNeighbors",
        acquisition=True,
    ),
    _cell(
        name="NearCount",
        value=_gap(1),
        scale="5um",
        unit="cells",
        range=ANY_RATIO,
        meaning="Number of other cells within 5 µm.",
        source="count of cells at most 5 µm away, edge to edge; CellProfiler's NumberOfNeighbors",
        acquisition=True,
    ),
    _cell(
        name="NearestGap",
        value=_gap(2),
        unit="µm",
        range=ANY_RATIO,
        meaning="Width of the gap to the nearest other cell.",
        source="least distance between edge pixels' centres − one pixel",
        nan_when="it is the only cell of its field",
        acquisition=True,
    ),
    _cell(
        name="NearestCentre",
        value=_nearest_centre,
        unit="µm",
        range=ANY_RATIO,
        meaning="Distance to the centre of the closest other cell.",
        source="distance of centroids, CellProfiler's FirstClosestDistance",
        nan_when="it is the only cell of its field",
        acquisition=True,
    ),
    _cell(
        name="TouchingShare",
        value=_touching_share,
        unit="1",
        range=(0.0, 1.0),
        meaning="Share of the cell edge that touches other cells.",
        source="edge pixels with another cell within 0.5 µm / edge pixels; after CellProfiler's "
        "PercentTouching, without the field's border",
        nan_when="the field's border is all of its edge",
    ),
    _cell(
        name="AngleBetween",
        value=_angle,
        unit="°",
        range=(0.0, 180.0),
        meaning="Whether the two closest neighbours lie on the same side (0°) or on opposite sides "
        "(180°).",
        source="angle at the centroid to the two closest other centroids, CellProfiler's "
        "AngleBetweenNeighbors",
        nan_when="fewer than three cells in the field",
    ),
    _cell(
        name="Density",
        value=_density,
        scale="40um",
        unit="1/1000 µm²",
        range=ANY_RATIO,
        meaning="Number of other cells per 1000 µm² around the cell.",
        source="centroids within 40 µm / area of that disc inside the field",
        acquisition=True,
    ),
)


_nucleus = partial(
    Feature,
    compartment=Compartment.NUCLEI,
    landmark=Landmark.NUCLEUS,
    scope=Scope.FIELD,
    invariances=SHAPE_ONLY,
    unit="1",
    nan_when="no nucleus of 10 µm², or no other within 15 µm",
)
NUCLEI = (
    _nucleus(
        name="NearestGap",
        value=_twin(0),
        unit="µm",
        range=ANY_RATIO,
        meaning="Width of the gap to the nearest other nucleus, in the same or another cell.",
        source="least distance between edge pixels' centres − one pixel",
        nan_when="no nucleus of 10 µm², or no other in the field",
        acquisition=True,
    ),
    _nucleus(
        name="NearestAreaRatio",
        value=_twin(1),
        range=(0.0, 1.0),
        meaning="Similarity in area to the nearest other nucleus (1: equal).",
        source="smaller / larger area",
    ),
    _nucleus(
        name="NearestDNARatio",
        value=_twin(2),
        channels=(Channel.DNA,),
        range=(0.0, 1.0),
        meaning="Similarity in DNA content to the nearest other nucleus (1: equal).",
        source="smaller / larger sum of DNA signal",
        nan_when="no nucleus of 10 µm², no other within 15 µm, or no DNA in both",
        invariances=ANY_LIGHT,
    ),
    _nucleus(
        name="NearestSmallness",
        value=lambda m: -np.log2(m(TwinNuclei())[:, 3]),
        range=ANY_NUMBER,
        meaning="Whether the nucleus and its nearest neighbour are smaller than typical for the "
        "field (above 0), as after division.",
        source="log2(median nuclear area of the field / mean area of the two)",
        rare=True,
    ),
    _nucleus(
        name="TwinLikeness",
        value=_twin(4),
        channels=(Channel.DNA,),
        range=(0.0, 1.0),
        meaning="Similarity to the best sister nucleus: close, of equal area, with equal DNA "
        "content.",
        source="greatest area ratio × DNA ratio × (1 − gap / 15 µm) over the cell's pairs",
        nan_when="no nucleus of 10 µm², no other within 15 µm, or no DNA in both",
        invariances=ANY_LIGHT,
        rare=True,
    ),
)

FAMILY = Family(name="Neighbors", features=(*CELLS, *NUCLEI), default=False)
