"""Neighbors: how close other cells are, how much of the edge they touch, and twin nuclei.

Counts, density and distances between neighbours say how dense the culture is, so they stand in
`Acquisition`. The share of the edge that touches stays with Contact: junctions exist only there.
"""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.products.contact import TOUCH_UM, Contacts
from hpa_features.features.products.index import CellIndex
from hpa_features.features.products.nuclear_pairs import PAIR_UM, NuclearPairs
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, Floats, divide
from hpa_features.features.sections import Section, family_of_sections
from hpa_features.features.spec import (
    ANY_LIGHT,
    SHAPE_ONLY,
    Compartment,
    Feature,
    Landmark,
    Products,
    Scope,
)

NEAR_UM = 5.0
DENSITY_UM = 40.0
_ROUNDING = 1e-9
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
        unit="cells",
        range=ANY_RATIO,
        meaning="How many other cells touch it.",
        source="count of cells at most 0.5 µm away, edge to edge; CellProfiler's NumberOfNeighbors",
        acquisition=True,
    ),
    _cell(
        name="NearCount",
        scale="5um",
        unit="cells",
        range=ANY_RATIO,
        meaning="How many other cells lie within 5 µm.",
        source="count of cells at most 5 µm away, edge to edge; CellProfiler's NumberOfNeighbors",
        acquisition=True,
    ),
    _cell(
        name="NearestGap",
        unit="µm",
        range=ANY_RATIO,
        meaning="How wide the gap to the nearest other cell is.",
        source="least distance between edge pixels' centres − one pixel",
        nan_when="it is the only cell of its field",
        acquisition=True,
    ),
    _cell(
        name="NearestCentre",
        unit="µm",
        range=ANY_RATIO,
        meaning="How far away the middle of the closest other cell is.",
        source="distance of centroids, CellProfiler's FirstClosestDistance",
        nan_when="it is the only cell of its field",
        acquisition=True,
    ),
    _cell(
        name="TouchingShare",
        unit="1",
        range=(0.0, 1.0),
        meaning="Share of its edge that touches other cells.",
        source="edge pixels with another cell within 0.5 µm / edge pixels; after CellProfiler's "
        "PercentTouching, the field's border left out",
        nan_when="the field's border is all of its edge",
    ),
    _cell(
        name="AngleBetween",
        unit="°",
        range=(0.0, 180.0),
        meaning="Whether its two closest neighbours lie on the same side (0°) or on opposite "
        "sides (180°).",
        source="angle at the centroid to the two closest other centroids, CellProfiler's "
        "AngleBetweenNeighbors",
        nan_when="fewer than three cells in the field",
    ),
    _cell(
        name="Density",
        scale="40um",
        unit="1/1000 µm²",
        range=ANY_RATIO,
        meaning="How many other cells there are per 1000 µm² around it.",
        source="centroids within 40 µm / area of that disc inside the field",
        acquisition=True,
    ),
)


def _disc_in_field(index: CellIndex, centre: Floats) -> Floats:
    """Return (n,) µm²: area of the disc of 40 µm about `centre` that lies in the field."""
    height, width = (index.field_shape[index.field] * index.pixel_um[:, None]).T
    row, column = ((centre + 0.5) * index.pixel_um[:, None]).T
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


def _angle(centre: Floats, closest: Floats) -> Floats:
    """Return (n,) degrees at `centre` between the ways to both `closest` (n, 2, 2)."""
    way = closest - centre[:, None]
    length = np.hypot(way[..., 0], way[..., 1]).prod(axis=1)
    cosine = divide((way[:, 0] * way[:, 1]).sum(axis=1), length)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def _cell_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    index: CellIndex = products["index"]
    contacts: Contacts = products["contact"]
    layout = (index.field_start, index.field_shape)
    count, um = len(index.field), index.pixel_um
    outlines = kernels.outline_pixels(index.labels, count, *layout)
    pairs, gap, nearest = kernels.near_pairs(index.field, *outlines, NEAR_UM / um + 1.0)
    touching = gap <= (TOUCH_UM / um + 1.0)[pairs[:, 0]] + _ROUNDING
    dna = products["signal"][Channel.DNA]
    centre = kernels.object_places(index.labels, dna, count, *layout)[:, 1:3]
    closest, around = kernels.close_centres(centre, index.field, DENSITY_UM / um)
    # −1 picks the row of NaN at the end.
    places = np.append(centre, [[np.nan, np.nan]], axis=0)[closest]
    first = places[:, 0] - centre
    edge = contacts.free_um + contacts.touching_um
    return [
        np.bincount(pairs[touching].ravel(), minlength=count).astype(np.float64),
        np.bincount(pairs.ravel(), minlength=count).astype(np.float64),
        np.maximum(nearest - 1.0, 0.0) * um,
        np.hypot(first[:, 0], first[:, 1]) * um,
        divide(contacts.touching_um, edge),
        _angle(centre, places),
        1000 * around / _disc_in_field(index, centre),
    ]


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
        unit="µm",
        range=ANY_RATIO,
        meaning="How wide the gap to the nearest other nucleus is, of the same cell or another.",
        source="least distance between edge pixels' centres − one pixel",
        nan_when="no nucleus of 10 µm², or no other in the field",
        acquisition=True,
    ),
    _nucleus(
        name="NearestAreaRatio",
        range=(0.0, 1.0),
        meaning="Whether the nearest other nucleus is as large (1) or not (towards 0).",
        source="smaller / larger area",
    ),
    _nucleus(
        name="NearestDNARatio",
        channels=(Channel.DNA,),
        range=(0.0, 1.0),
        meaning="Whether the nearest other nucleus holds as much DNA (1) or not (towards 0).",
        source="smaller / larger sum of DNA signal",
        nan_when="no nucleus of 10 µm², no other within 15 µm, or no DNA in both",
        invariances=ANY_LIGHT,
    ),
    _nucleus(
        name="NearestSmallness",
        range=ANY_NUMBER,
        meaning="Whether it and the nearest other nucleus are smaller than is usual in the field "
        "(above 0), as after division.",
        source="log2(median nuclear area of the field / mean area of the two)",
        rare=True,
    ),
    _nucleus(
        name="TwinLikeness",
        channels=(Channel.DNA,),
        range=(0.0, 1.0),
        meaning="Whether a nucleus close by is like a twin: near, as large, as much DNA.",
        source="greatest area ratio × DNA ratio × (1 − gap / 15 µm) over the cell's pairs",
        nan_when="no nucleus of 10 µm², no other within 15 µm, or no DNA in both",
        invariances=ANY_LIGHT,
        rare=True,
    ),
)


def _nucleus_columns(products: Products) -> list[Floats]:
    index: CellIndex = products["index"]
    nuclei: NuclearPairs = products["nuclear_pairs"]
    count = len(index.field)
    gap = np.full(count, np.nan)
    np.fmin.at(gap, nuclei.owner, nuclei.nearest_um)
    home = index.field[nuclei.owner]
    usual = np.full(home.max(initial=-1) + 1, np.nan)  # a field may have no nucleus
    for field in np.unique(home):
        usual[field] = np.median(nuclei.area_um2[home == field])
    both = nuclei.area_um2[nuclei.pairs].mean(axis=1)
    small = np.log2(usual[home[nuclei.pairs[:, 0]]] / both)
    twin = nuclei.area_ratio * nuclei.dna_ratio * (1.0 - nuclei.gap_um / PAIR_UM)
    nearest = nuclei.best(count, -nuclei.gap_um, nuclei.area_ratio)
    likest = nuclei.best(count, twin, small)
    by_gap = [nuclei.area_ratio, nuclei.dna_ratio, small]
    return [
        np.maximum(gap, 0.0),
        *(np.append(values, np.nan)[nearest] for values in by_gap),
        np.append(np.maximum(twin, 0.0), np.nan)[likest],
    ]


def _columns(kernels: ModuleType, products: Products) -> list[Floats]:
    return [*_cell_columns(kernels, products), *_nucleus_columns(products)]


FAMILY = family_of_sections(
    "Neighbors",
    ("index", "signal", "contact", "nuclear_pairs"),
    (Section((*CELLS, *NUCLEI), _columns),),
    default=False,
)
