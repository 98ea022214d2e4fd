"""RadialDistribution: where the protein lies, measured from the nuclear and the cell edge.

Shells are bands of absolute width around an edge: biology has sizes in µm, not in fractions of
a cell. They carry more of the answer than any other family.
"""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.products.distance import Distances
from hpa_features.features.products.wedges import Wedges, wedge_cv
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, Floats, divide
from hpa_features.features.sections import Section, family_of_sections
from hpa_features.features.shells import ShellSet
from hpa_features.features.spec import (
    ANY_LIGHT,
    CELL_COMPARTMENTS,
    Compartment,
    Feature,
    Landmark,
    Products,
)

RINGS = 4
BRIGHTEST = 0.05
_PROTEIN = (Channel.PROTEIN,)
_feature = partial(Feature, unit="1", channels=_PROTEIN, invariances=ANY_LIGHT)

SHELLS = (
    ShellSet(
        name="NuclearShell",
        edges=(-6.0, -4.0, -3.0, -2.0, -1.2, -0.6, 0.0),
        where="inside the nuclear edge",
        compartment=Compartment.NUCLEI,
        landmark=Landmark.NUCLEAR_EDGE,
        partners=(Channel.DNA, Channel.MICROTUBULES, Channel.ER),
        steps=True,
        length=lambda distances: distances.nucleus,
    ),
    ShellSet(
        name="NuclearShell",
        edges=(0.0, 0.6, 1.2, 2.0, 3.0, 4.5, 6.5, 9.0, 12.0),
        where="outside the nuclear edge",
        compartment=Compartment.CYTOPLASM,
        landmark=Landmark.NUCLEAR_EDGE,
        partners=(Channel.MICROTUBULES, Channel.ER),
        steps=True,
        length=lambda distances: distances.nucleus,
    ),
    ShellSet(
        name="EdgeShell",
        edges=(0.0, 0.6, 1.2, 2.0, 3.0, 4.0, 6.0, 8.0),
        where="inside the cell edge",
        compartment=Compartment.CYTOPLASM,
        landmark=Landmark.CELL_EDGE,
        partners=(Channel.MICROTUBULES, Channel.ER),
        steps=False,
        length=lambda distances: distances.edge,
    ),
)


def _ring_features() -> tuple[Feature, ...]:
    found = []
    for compartment, name, landmark, where in (
        (
            Compartment.CYTOPLASM,
            "FromNucleus",
            Landmark.NUCLEAR_EDGE,
            "of the way from the nuclear edge to the cell edge",
        ),
        (
            Compartment.CELLS,
            "FromEdge",
            Landmark.CELL_EDGE,
            "of the way from the cell edge to the cell's deepest place",
        ),
    ):
        for kind, limits, meaning, source in (
            (
                "FracAtD",
                (0.0, 1.0),
                "Share of the protein that lies in the {0} quarter {1}.",
                "Σ in the ring / Σ in all rings, as CellProfiler's FracAtD",
            ),
            (
                "MeanFrac",
                ANY_RATIO,
                "How dense the protein is in the {0} quarter {1}.",
                "FracAtD / share of the pixels, as CellProfiler's MeanFrac",
            ),
            (
                "RadialCV",
                ANY_RATIO,
                "How one-sided the protein is in the {0} quarter {1}.",
                "standard deviation / mean over the means of 8 wedges, as CellProfiler's RadialCV",
            ),
        ):
            for ring, ordinal in enumerate(("first", "second", "third", "last"), 1):
                found.append(
                    _feature(
                        compartment=compartment,
                        name=f"{kind}{name}{ring}",
                        range=limits,
                        meaning=meaning.format(ordinal, where),
                        source=source,
                        landmark=landmark,
                        nan_when="the ring or its cell has no signal"
                        + (", or the cell has no nucleus" if name == "FromNucleus" else ""),
                    )
                )
    return tuple(found)


def _ring_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    distances: Distances = products["distance"]
    wedges: Wedges = products["wedges"]
    sizes = np.diff(grid.starts)
    from_nucleus = divide(distances.nucleus, distances.nucleus + distances.edge)
    inside = (grid.region == 1) & np.repeat(distances.has_nucleus, sizes)
    deepest = np.repeat(np.maximum.reduceat(distances.edge, grid.starts[:-1]), sizes)
    from_edge = divide(distances.edge, deepest)
    columns = []
    for way, pixels_in in ((from_nucleus, inside), (from_edge, grid.region > 0)):
        # The deepest pixel is at exactly 1: it belongs to the last ring.
        edges = np.array([0.0, 0.25, 0.5, 0.75, 1.0 + 1e-9])
        rings = kernels.bin_numbers(way, edges, pixels_in)
        values = grid.values[Channel.PROTEIN]
        area, light, _ = kernels.bin_sums(values, rings, grid.starts, RINGS)
        share = divide(light, light.sum(1, keepdims=True))
        room = divide(area, area.sum(1, keepdims=True))
        sides = wedges.sums(kernels, values, rings, grid.starts, RINGS)
        columns += [share, divide(share, room), wedge_cv(*sides)]
    return columns


_PLACE = (
    _feature(
        compartment=Compartment.CELLS,
        name="BrightestToNucleus",
        unit="µm",
        range=ANY_NUMBER,
        meaning="How far the brightest twentieth of the cell lies from the nuclear edge "
        "(negative: inside the nucleus).",
        source="mean signed distance of the brightest 5 % of pixels",
        nan_when="no nucleus",
        landmark=Landmark.NUCLEAR_EDGE,
    ),
    _feature(
        compartment=Compartment.CELLS,
        name="BrightestToNucleusExcess",
        unit="µm",
        range=ANY_NUMBER,
        meaning="How much farther out from the nucleus the brightest twentieth lies than the "
        "cell as a whole.",
        source="mean signed distance of the brightest 5 % of pixels minus that of all",
        nan_when="no nucleus",
        landmark=Landmark.NUCLEAR_EDGE,
    ),
    _feature(
        compartment=Compartment.CELLS,
        name="BrightestToEdgeExcess",
        unit="µm",
        range=ANY_NUMBER,
        meaning="How much deeper inside the cell the brightest twentieth lies than the cell as a "
        "whole.",
        source="mean distance to the cell edge of the brightest 5 % of pixels minus that of all",
        nan_when="the cell has no grid pixel",
        landmark=Landmark.CELL_EDGE,
    ),
    _feature(
        compartment=Compartment.CYTOPLASM,
        name="BrightestToNucleusExcess",
        unit="µm",
        range=ANY_NUMBER,
        meaning="How much farther out from the nucleus the brightest twentieth of the cytoplasm "
        "lies than the cytoplasm as a whole.",
        source="mean signed distance of the brightest 5 % of pixels minus that of all",
        nan_when="no nucleus or no cytoplasm",
        landmark=Landmark.NUCLEAR_EDGE,
    ),
    _feature(
        compartment=Compartment.CYTOPLASM,
        name="BrightestToEdgeExcess",
        unit="µm",
        range=ANY_NUMBER,
        meaning="How much deeper inside the cell the brightest twentieth of the cytoplasm lies "
        "than the cytoplasm as a whole.",
        source="mean distance to the cell edge of the brightest 5 % of pixels minus that of all",
        nan_when="no cytoplasm",
        landmark=Landmark.CELL_EDGE,
    ),
    _feature(
        compartment=Compartment.NUCLEI,
        name="BrightestToNucleusExcess",
        unit="µm",
        range=ANY_NUMBER,
        meaning="How much nearer to the nuclear edge the brightest twentieth of the nucleus lies "
        "than the nucleus as a whole.",
        source="mean signed distance of the brightest 5 % of pixels minus that of all",
        nan_when="no nucleus",
        landmark=Landmark.NUCLEAR_EDGE,
    ),
)


def _place_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    distances: Distances = products["distance"]

    def means(inside: np.ndarray, length: np.ndarray) -> tuple[Floats, Floats]:
        values = grid.values[Channel.PROTEIN]
        bright = kernels.brightest_weights(values, inside, grid.starts, BRIGHTEST)
        _, of_bright = kernels.weighted_means(length, bright, grid.starts)
        _, of_all = kernels.weighted_means(length, inside.astype(np.float64), grid.starts)
        return of_bright, of_bright - of_all

    undefined = np.where(distances.has_nucleus, 0.0, np.nan)
    cell, cytoplasm, nucleus = grid.region > 0, grid.region == 1, grid.region == 2
    to_nucleus, excess = means(cell, distances.nucleus)
    return [
        to_nucleus + undefined,
        excess + undefined,
        means(cell, distances.edge)[1],
        means(cytoplasm, distances.nucleus)[1] + undefined,
        means(cytoplasm, distances.edge)[1],
        means(nucleus, distances.nucleus)[1],
    ]


_DIRECTION = (
    *(
        _feature(
            compartment=compartment,
            name="AngularCV",
            range=ANY_RATIO,
            meaning=f"How one-sided the protein is about the nucleus, in {where}.",
            source="standard deviation / mean over the means of 8 wedges",
            nan_when="no signal there",
            landmark=Landmark.NUCLEUS,
        )
        for compartment, where in (
            (Compartment.CELLS, "the whole cell"),
            (Compartment.NUCLEI, "the nucleus"),
            (Compartment.CYTOPLASM, "the cytoplasm"),
        )
    ),
    *(
        _feature(
            compartment=compartment,
            name="Inertia",
            range=ANY_NUMBER,
            meaning=f"Whether the protein gathers near the centre of the nucleus (below 0) or "
            f"far from it (above), in {where}.",
            source="log2 of the second moment about the nuclear centroid over that of the mask",
            nan_when="no signal there",
            landmark=Landmark.NUCLEUS,
        )
        for compartment, where in (
            (Compartment.CELLS, "the whole cell"),
            (Compartment.NUCLEI, "the nucleus"),
            (Compartment.CYTOPLASM, "the cytoplasm"),
        )
    ),
)


def _direction_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    wedges: Wedges = products["wedges"]
    values = grid.values[Channel.PROTEIN]
    spreads, moments = [], []
    for compartment in CELL_COMPARTMENTS:
        inside = grid.inside(compartment)
        whole = np.where(inside, 0, -1).astype(np.int16)
        spreads.append(wedge_cv(*wedges.sums(kernels, values, whole, grid.starts, 1))[:, 0])
        moments.append(
            kernels.second_moments(values, inside, wedges.centre, grid.starts, grid.shape)
        )
    return [*spreads, *(np.log2(np.maximum(moment, 1e-6)) for moment in moments)]


FAMILY = family_of_sections(
    "RadialDistribution",
    ("working", "distance", "wedges"),
    (
        *(shells.section() for shells in SHELLS),
        Section(_ring_features(), _ring_columns),
        Section(_PLACE, _place_columns),
        Section(_DIRECTION, _direction_columns),
    ),
)
