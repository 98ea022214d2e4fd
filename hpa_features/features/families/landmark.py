"""Landmark: the protein at what the landmarks define inside the cell.

The nuclear rim, the DNA-poor holes that are nucleoli, the crescent beside the nucleus where the
Golgi lies, and the cell's rim.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import ModuleType

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.nucleoli import NUCLEOLI
from hpa_features.features.products.distance import Distances
from hpa_features.features.products.wedges import WEDGES, Wedges, wedge_cv
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import (
    ANY_NUMBER,
    ANY_RATIO,
    CV,
    LOG2,
    BinLevels,
    Floats,
    bin_levels,
    divide,
    log2_ratio,
    missing,
)
from hpa_features.features.sections import Section, family_of_sections
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark, Products
from hpa_features.features.words import STAIN

FEWEST = 5  # pixels in a zone
RIM_UM = (-3.0, -1.0, -0.5, 0.5, 1.0, 3.0)
CRESCENT_UM = (0.0, 6.0, 1000.0)
EDGE_UM = (0.0, 1.0, 2.0, 5.0)
_PROTEIN = (Channel.PROTEIN,)
_WITH_MT = (Channel.PROTEIN, Channel.MICROTUBULES)
_WITH_ER = (Channel.PROTEIN, Channel.ER)
_feature = partial(Feature, unit="1", invariances=ANY_LIGHT)
Levels = Mapping[Channel, BinLevels]


def _beyond(value: Floats, partner: Floats | None) -> Floats:
    return missing(value) if partner is None else value - partner


_rim = partial(
    _feature,
    compartment=Compartment.NUCLEI,
    landmark=Landmark.NUCLEAR_EDGE,
    nan_when=f"no nucleus, no signal, or under {FEWEST} pixels in the rim or beside it",
)
_RIM = (
    _rim(
        name="RimToInside",
        channels=_PROTEIN,
        range=ANY_NUMBER,
        meaning="How much brighter the nuclear edge is than the nucleus 1 to 3 µm inside it.",
        source=LOG2,
    ),
    _rim(
        name="RimToOutside",
        channels=_PROTEIN,
        range=ANY_NUMBER,
        meaning="How much brighter the nuclear edge is than the cytoplasm 1 to 3 µm outside it.",
        source=LOG2,
    ),
    _rim(
        name="RimPeak",
        channels=_PROTEIN,
        range=ANY_NUMBER,
        meaning="How much the nuclear edge outshines the brighter of its two sides.",
        source=LOG2,
    ),
    _rim(
        name="RimPeak",
        channels=_WITH_ER,
        range=ANY_NUMBER,
        meaning="How much the nuclear edge outshines its sides beyond what the ER, which is "
        "continuous with it, does there.",
        source=f"difference of two {LOG2}",
    ),
    _rim(
        name="RimAngularCV",
        channels=_PROTEIN,
        range=ANY_RATIO,
        meaning="How unevenly the protein is spread along the nuclear edge.",
        source="standard deviation / mean over the means of 8 wedges",
    ),
)


def _peak(levels: BinLevels) -> tuple[Floats, Floats]:
    inside, rim, outside = (levels.mean[:, k] for k in (0, 2, 4))
    return log2_ratio(rim, inside), log2_ratio(rim, outside)


def _rim_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    distances: Distances = products["distance"]
    wedges: Wedges = products["wedges"]
    inside = (grid.region > 0) & np.repeat(distances.has_nucleus, np.diff(grid.starts))
    zones = kernels.bin_numbers(distances.nucleus, np.array(RIM_UM), inside)
    levels = bin_levels(kernels, grid, zones, len(RIM_UM) - 1, FEWEST)
    to_inside, to_outside = _peak(levels[Channel.PROTEIN])
    peak = np.minimum(to_inside, to_outside)
    of_er = np.minimum(*_peak(levels[Channel.ER])) if Channel.ER in levels else None
    rim = np.where(zones == 2, 0, -1).astype(np.int16)
    values = grid.values[Channel.PROTEIN]
    around = wedge_cv(*wedges.sums(kernels, values, rim, grid.starts, 1))[:, 0]
    return [to_inside, to_outside, peak, _beyond(peak, of_er), around]


_crescent = partial(
    _feature,
    compartment=Compartment.CYTOPLASM,
    landmark=Landmark.NUCLEAR_EDGE,
    nan_when="no nucleus, or no signal within 6 µm of it",
)
_CRESCENT = (
    _crescent(
        name="CrescentLevel",
        channels=_PROTEIN,
        range=ANY_NUMBER,
        meaning="How bright the cytoplasm is within 6 µm of the nucleus, against that beyond.",
        source=LOG2,
    ),
    _crescent(
        name="CrescentCV",
        channels=_PROTEIN,
        range=ANY_RATIO,
        meaning="How unevenly the protein is spread within 6 µm of the nucleus.",
        source=CV,
    ),
    _crescent(
        name="CrescentPeak",
        channels=_PROTEIN,
        rare=True,
        range=ANY_NUMBER,
        meaning="How much the brightest eighth around the nucleus outshines their mean: high for "
        "a body on one side of it.",
        source=LOG2,
    ),
    _crescent(
        name="CrescentOneSided",
        channels=_PROTEIN,
        range=(0.0, 1.0),
        meaning="How one-sided the protein is around the nucleus: 0 all round, 1 on one side.",
        source="length of the mean direction of 8 wedges weighted by their means",
    ),
    _crescent(
        name="CrescentLevel",
        channels=_WITH_MT,
        landmark=Landmark.CENTRE,
        range=ANY_NUMBER,
        meaning="How bright the microtubules are on the protein's brightest side of the nucleus, "
        "where they meet if it lies at their organising centre.",
        source=LOG2,
    ),
    _crescent(
        name="CrescentLevel",
        channels=_WITH_ER,
        landmark=Landmark.ER,
        range=ANY_NUMBER,
        meaning="How bright the ER is on the protein's brightest side of the nucleus.",
        source=LOG2,
    ),
)


def _crescent_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    distances: Distances = products["distance"]
    wedges: Wedges = products["wedges"]
    inside = (grid.region == 1) & np.repeat(distances.has_nucleus, np.diff(grid.starts))
    zones = kernels.bin_numbers(distances.nucleus, np.array(CRESCENT_UM), inside)
    protein = bin_levels(kernels, grid, zones, 2, FEWEST)[Channel.PROTEIN]
    near = np.where(zones == 0, 0, -1).astype(np.int16)
    means = {}
    for channel, values in grid.values.items():
        pixels, totals = (x[:, 0] for x in wedges.sums(kernels, values, near, grid.starts, 1))
        level = divide(totals, pixels)
        middle = divide(np.nansum(level, 1), (pixels > 0).sum(1))
        means[channel] = np.nan_to_num(divide(level, middle[:, None])), middle
    side, middle = means[Channel.PROTEIN]
    dark = np.where(middle > 0, 0.0, np.nan)
    turn = np.exp(2j * np.pi * np.arange(WEDGES) / WEDGES)
    # No matrix product: its last digits depend on how many cells there are.
    one_sided = divide(np.abs((side * turn).sum(1)), side.sum(1))
    # Equal brightest sides share, so that turns and mirrors change nothing.
    brightest = side >= side.max(1, keepdims=True) * (1 - 1e-9)

    def there(channel: Channel) -> Floats:
        if channel not in means:
            return missing(dark)
        level, of_channel = means[channel]
        value = (level * brightest).sum(1) / brightest.sum(1)
        return log2_ratio(value, 1.0) + dark + np.where(of_channel > 0, 0.0, np.nan)

    return [
        log2_ratio(protein.mean[:, 0], protein.mean[:, 1]),
        protein.cv[:, 0],
        log2_ratio(side.max(1), 1.0) + dark,
        one_sided,
        there(Channel.MICROTUBULES),
        there(Channel.ER),
    ]


_edge = partial(
    _feature,
    compartment=Compartment.CYTOPLASM,
    landmark=Landmark.CELL_EDGE,
    nan_when=f"no signal, or under {FEWEST} pixels of cytoplasm at the edge or inside it",
)
_EDGE = (
    _edge(
        name="EdgeLevel",
        channels=_PROTEIN,
        range=ANY_NUMBER,
        meaning="How bright the outermost 1 µm of the cell is, against 2 to 5 µm inside.",
        source=LOG2,
    ),
    *(
        _edge(
            name="EdgeLevel",
            channels=channels,
            range=ANY_NUMBER,
            meaning=f"How bright the outermost 1 µm of the cell is, against 2 to 5 µm inside, "
            f"beyond what {STAIN[channels[1]]} shows there.",
            source=f"difference of two {LOG2}",
        )
        for channels in (_WITH_MT, _WITH_ER)
    ),
    _edge(
        name="EdgeAngularCV",
        channels=_PROTEIN,
        range=ANY_RATIO,
        meaning="How unevenly the protein is spread around the cell's outermost 1 µm.",
        source="standard deviation / mean over the means of 8 wedges",
    ),
    _edge(
        name="EdgePatches",
        channels=_PROTEIN,
        rare=True,
        range=ANY_NUMBER,
        meaning="How much the brightest fifth of the cell's outermost 1 µm outshines the cytoplasm "
        "2 to 5 µm inside.",
        source=LOG2,
    ),
)


def _edge_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    distances: Distances = products["distance"]
    wedges: Wedges = products["wedges"]
    zones = kernels.bin_numbers(distances.edge, np.array(EDGE_UM), grid.region == 1)
    levels = bin_levels(kernels, grid, zones, 3, FEWEST)
    ratio = {c: log2_ratio(level.mean[:, 0], level.mean[:, 2]) for c, level in levels.items()}
    own = ratio[Channel.PROTEIN]
    values = grid.values[Channel.PROTEIN]
    rim = np.where(zones == 0, 0, -1).astype(np.int16)
    around = wedge_cv(*wedges.sums(kernels, values, rim, grid.starts, 1))[:, 0]
    bright = kernels.brightest_weights(values, zones == 0, grid.starts, 0.2)
    _, patches = kernels.weighted_means(values.astype(np.float64), bright, grid.starts)
    whole = (grid.region > 0).astype(np.float64)
    _, mean = kernels.weighted_means(values.astype(np.float64), whole, grid.starts)
    return [
        own,
        _beyond(own, ratio.get(Channel.MICROTUBULES)),
        _beyond(own, ratio.get(Channel.ER)),
        around,
        log2_ratio(divide(patches, mean), levels[Channel.PROTEIN].mean[:, 2]),
    ]


FAMILY = family_of_sections(
    "Landmark",
    ("working", "distance", "wedges", "holes"),
    (
        Section(_RIM, _rim_columns),
        NUCLEOLI,
        Section(_CRESCENT, _crescent_columns),
        Section(_EDGE, _edge_columns),
    ),
)
