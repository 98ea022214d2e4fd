"""RadialDistribution: where the protein lies, measured from the nuclear and the cell edge.

Shells are bands of absolute width around an edge: biology has sizes in µm, not in fractions of
a cell. No other family contributes more to finding locations.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.families.radial_distribution.shells import ShellSet
from hpa_features.features.nodes import Map
from hpa_features.features.plan import Floats, Measured, Value, once
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, divide
from hpa_features.features.spec import ANY_LIGHT, Compartment, Family, Feature, Landmark
from hpa_features.features.vocabulary.distances import (
    TO_EDGE,
    TO_NUCLEUS,
    WayFromEdge,
    WayFromNucleus,
    has_nucleus,
)
from hpa_features.features.vocabulary.images import LIGHT
from hpa_features.features.vocabulary.parts import (
    CELL,
    CYTOPLASM,
    NUCLEATED,
    NUCLEUS,
    PARTS,
    Bands,
    Mask,
    all_of,
)
from hpa_features.features.vocabulary.ranks import Brightest
from hpa_features.features.vocabulary.sectors import SpreadAbout, sector_cv
from hpa_features.features.vocabulary.sums import Sums, mean

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
        length=TO_NUCLEUS,
    ),
    ShellSet(
        name="NuclearShell",
        edges=(0.0, 0.6, 1.2, 2.0, 3.0, 4.5, 6.5, 9.0, 12.0),
        where="outside the nuclear edge",
        compartment=Compartment.CYTOPLASM,
        landmark=Landmark.NUCLEAR_EDGE,
        partners=(Channel.MICROTUBULES, Channel.ER),
        steps=True,
        length=TO_NUCLEUS,
    ),
    ShellSet(
        name="EdgeShell",
        edges=(0.0, 0.6, 1.2, 2.0, 3.0, 4.0, 6.0, 8.0),
        where="inside the cell edge",
        compartment=Compartment.CYTOPLASM,
        landmark=Landmark.CELL_EDGE,
        partners=(Channel.MICROTUBULES, Channel.ER),
        steps=False,
        length=TO_EDGE,
    ),
)


# The deepest pixel is at exactly 1: it belongs to the last ring.
_QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0 + 1e-9)


@once
def _share(m: Measured, rings: Bands) -> Floats:
    light = m(Sums(LIGHT, rings))[..., 1]
    return divide(light, light.sum(1, keepdims=True))


@once
def _density(m: Measured, rings: Bands) -> Floats:
    area = m(Sums(LIGHT, rings))[..., 0]
    return divide(_share(m, rings), divide(area, area.sum(1, keepdims=True)))


def _sides(m: Measured, rings: Bands) -> Floats:
    return sector_cv(m, LIGHT, rings)


_RING_KINDS = (
    (
        "FracAtD",
        _share,
        (0.0, 1.0),
        "Share of the protein that lies in the {0} quarter {1}.",
        "Σ in the ring / Σ in all rings, as CellProfiler's FracAtD",
    ),
    (
        "MeanFrac",
        _density,
        ANY_RATIO,
        "How dense the protein is in the {0} quarter {1}.",
        "FracAtD / share of the pixels, as CellProfiler's MeanFrac",
    ),
    (
        "RadialCV",
        _sides,
        ANY_RATIO,
        "How one-sided the protein is in the {0} quarter {1}.",
        "standard deviation / mean over the means of 8 sectors, as CellProfiler's RadialCV",
    ),
)
_WAYS = (
    (
        Compartment.CYTOPLASM,
        "FromNucleus",
        Bands(WayFromNucleus(), _QUARTERS, NUCLEATED[Compartment.CYTOPLASM]),
        Landmark.NUCLEAR_EDGE,
        "of the way from the nuclear edge to the cell edge",
        ", or the cell has no nucleus",
    ),
    (
        Compartment.CELLS,
        "FromEdge",
        Bands(WayFromEdge(), _QUARTERS, CELL),
        Landmark.CELL_EDGE,
        "of the way from the cell edge to the point deepest inside the cell",
        "",
    ),
)


def _in_ring(kind: Callable[[Measured, Bands], Floats], rings: Bands, ring: int) -> Value:
    return lambda m: kind(m, rings)[:, ring]


_RINGS = tuple(
    _feature(
        compartment=compartment,
        name=f"{kind}{name}{ring + 1}",
        range=limits,
        value=_in_ring(value, rings, ring),
        meaning=meaning.format(ordinal, where),
        source=source,
        landmark=landmark,
        nan_when=f"the ring or its cell has no signal{or_when}",
    )
    for compartment, name, rings, landmark, where, or_when in _WAYS
    for kind, value, limits, meaning, source in _RING_KINDS
    for ring, ordinal in enumerate(("first", "second", "third", "last"))
)


def _of_brightest(length: Map, part: Mask) -> Value:
    return lambda m: mean(m, length, part, Brightest(LIGHT, part, BRIGHTEST))


def _excess(length: Map, part: Mask) -> Value:
    brightest = _of_brightest(length, part)
    return lambda m: brightest(m) - mean(m, length, part)


def _with_nucleus(value: Value) -> Value:
    return lambda m: np.where(has_nucleus(m), value(m), np.nan)


_PLACE = (
    _feature(
        compartment=Compartment.CELLS,
        name="BrightestToNucleus",
        value=_with_nucleus(_of_brightest(TO_NUCLEUS, CELL)),
        unit="µm",
        range=ANY_NUMBER,
        meaning="Distance of the brightest 5 % of the cell from the nuclear edge (negative: inside "
        "the nucleus).",
        source="mean signed distance of the brightest 5 % of pixels",
        nan_when="no nucleus",
        landmark=Landmark.NUCLEAR_EDGE,
    ),
    _feature(
        compartment=Compartment.CELLS,
        name="BrightestToNucleusExcess",
        value=_with_nucleus(_excess(TO_NUCLEUS, CELL)),
        unit="µm",
        range=ANY_NUMBER,
        meaning="How much farther from the nucleus the brightest 5 % of the cell lie than the cell "
        "as a whole.",
        source="mean signed distance of the brightest 5 % of pixels minus that of all",
        nan_when="no nucleus",
        landmark=Landmark.NUCLEAR_EDGE,
    ),
    _feature(
        compartment=Compartment.CELLS,
        name="BrightestToEdgeExcess",
        value=_excess(TO_EDGE, CELL),
        unit="µm",
        range=ANY_NUMBER,
        meaning="How much farther from the cell edge the brightest 5 % of the cell lie than the "
        "cell as a whole.",
        source="mean distance to the cell edge of the brightest 5 % of pixels minus that of all",
        nan_when="the cell has no grid pixel",
        landmark=Landmark.CELL_EDGE,
    ),
    _feature(
        compartment=Compartment.CYTOPLASM,
        name="BrightestToNucleusExcess",
        value=_with_nucleus(_excess(TO_NUCLEUS, CYTOPLASM)),
        unit="µm",
        range=ANY_NUMBER,
        meaning="How much farther from the nucleus the brightest 5 % of the cytoplasm lie than the "
        "cytoplasm as a whole.",
        source="mean signed distance of the brightest 5 % of pixels minus that of all",
        nan_when="no nucleus or no cytoplasm",
        landmark=Landmark.NUCLEAR_EDGE,
    ),
    _feature(
        compartment=Compartment.CYTOPLASM,
        name="BrightestToEdgeExcess",
        value=_excess(TO_EDGE, CYTOPLASM),
        unit="µm",
        range=ANY_NUMBER,
        meaning="How much farther from the cell edge the brightest 5 % of the cytoplasm lie than "
        "the cytoplasm as a whole.",
        source="mean distance to the cell edge of the brightest 5 % of pixels minus that of all",
        nan_when="no cytoplasm",
        landmark=Landmark.CELL_EDGE,
    ),
    _feature(
        compartment=Compartment.NUCLEI,
        name="BrightestToNucleusExcess",
        value=_excess(TO_NUCLEUS, NUCLEUS),
        unit="µm",
        range=ANY_NUMBER,
        meaning="How much closer to the nuclear edge the brightest 5 % of the nucleus lie than the "
        "nucleus as a whole.",
        source="mean signed distance of the brightest 5 % of pixels minus that of all",
        nan_when="no nucleus",
        landmark=Landmark.NUCLEAR_EDGE,
    ),
)


def _one_sided(part: Mask) -> Value:
    whole = all_of(part)
    return lambda m: sector_cv(m, LIGHT, whole)[:, 0]


def _inertia(part: Mask) -> Value:
    return lambda m: np.log2(np.maximum(m(SpreadAbout(LIGHT, part)), 1e-6))


_DIRECTION = (
    *(
        _feature(
            compartment=compartment,
            name="AngularCV",
            value=_one_sided(PARTS[compartment]),
            range=ANY_RATIO,
            meaning=f"How one-sided the protein is around the nucleus, in {where}.",
            source="standard deviation / mean over the means of 8 sectors",
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
            value=_inertia(PARTS[compartment]),
            range=ANY_NUMBER,
            meaning=f"Whether the protein lies near the centre of the nucleus (below 0) or far "
            f"from it (above 0), in {where}.",
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


FAMILY = Family(
    name="RadialDistribution",
    features=(
        *(feature for shells in SHELLS for feature in shells.features()),
        *_RINGS,
        *_PLACE,
        *_DIRECTION,
    ),
)
