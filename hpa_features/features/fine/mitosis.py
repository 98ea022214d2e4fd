"""Condensed DNA and bipolar microtubules: cells in mitosis, and the protein on their spindle."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import ModuleType

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.directions import doubled, places
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import (
    ANY_NUMBER,
    LOG2,
    BinLevels,
    Floats,
    bin_levels,
    divide,
    log2_ratio,
    missing,
)
from hpa_features.features.sections import Section
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark, Products

FEWEST = 5
NEAR_UM, FAR_UM = 1.0, 7.0
CONE = 0.5  # cos 2·30°: on the axis above it, on the plate below −it
_rare = partial(
    Feature,
    unit="1",
    compartment=Compartment.CELLS,
    landmark=Landmark.NUCLEUS,
    invariances=ANY_LIGHT,
    rare=True,
    nan_when="no DNA in the nucleus",
)
FEATURES = (
    _rare(
        name="SpindleLevel",
        channels=(Channel.MICROTUBULES,),
        range=ANY_NUMBER,
        meaning="How much brighter microtubules are on the axis across the DNA's plate than "
        "beside it, 1 to 7 µm from its middle.",
        source=LOG2,
        nan_when=f"no DNA, or under {FEWEST} pixels on the axis or beside it",
    ),
    _rare(
        name="SpindleLevel",
        channels=(Channel.PROTEIN,),
        range=ANY_NUMBER,
        meaning="How much brighter the protein is on the axis across the DNA's plate than beside "
        "it, 1 to 7 µm from its middle.",
        source=LOG2,
        nan_when=f"no DNA, or under {FEWEST} pixels on the axis or beside it",
    ),
    _rare(
        name="SpindleNearLevel",
        channels=(Channel.MICROTUBULES,),
        range=ANY_NUMBER,
        meaning="How much brighter microtubules are within 7 µm of the DNA's middle than beyond.",
        source=LOG2,
        nan_when=f"no DNA, or under {FEWEST} pixels within 7 µm or beyond",
    ),
    _rare(
        name="SpindleNearLevel",
        channels=(Channel.PROTEIN,),
        range=ANY_NUMBER,
        meaning="How much brighter the protein is within 7 µm of the DNA's middle than beyond.",
        source=LOG2,
        nan_when=f"no DNA, or under {FEWEST} pixels within 7 µm or beyond",
    ),
    _rare(
        name="SpindleNearLevel",
        channels=(Channel.PROTEIN, Channel.MICROTUBULES),
        range=ANY_NUMBER,
        meaning="How much brighter both protein and microtubules are within 7 µm of the DNA's "
        "middle than beyond.",
        source=f"the smaller of two {LOG2}",
        nan_when=f"no DNA, or under {FEWEST} pixels within 7 µm or beyond",
    ),
    _rare(
        name="PlateLevel",
        channels=(Channel.PROTEIN, Channel.DNA),
        range=ANY_NUMBER,
        meaning="How bright the protein is on the DNA-richest half of the nuclear light, against "
        "the cell.",
        source="log2 of protein weighted by squared DNA over the cell's mean",
        nan_when="no DNA or no protein in the cell",
    ),
)


def _columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    place = (grid.starts, grid.shape)
    sizes = np.diff(grid.starts)
    own = (grid.region > 0).astype(np.float64)
    dna = grid.values[Channel.DNA].astype(np.float64)
    protein = grid.values[Channel.PROTEIN].astype(np.float64)
    middle, axes = kernels.weighted_axes(dna * (grid.region == 2), *place)
    exists = np.where(np.isnan(axes[:, 0]), np.nan, 0.0)
    y, x = places(grid, np.nan_to_num(middle))
    cosine, sine = doubled(y, x)
    way = np.repeat(np.nan_to_num(axes[:, 2:]), sizes, axis=0)
    across = -(cosine * way[:, 0] + sine * way[:, 1])  # 1 on the axis, −1 along the plate
    length = np.hypot(y, x) * np.repeat(grid.step_um, sizes)
    there = (grid.region > 0) & np.repeat(~np.isnan(exists), sizes)
    near = there & (length >= NEAR_UM) & (length < FAR_UM)
    axis = np.where(near & (across > CONE), 0, np.where(near & (across < -CONE), 1, -1))
    on_axis = bin_levels(kernels, grid, axis.astype(np.int16), 2, FEWEST)
    about = np.where(there, np.where(length < FAR_UM, 0, 1), -1).astype(np.int16)
    within = bin_levels(kernels, grid, about, 2, FEWEST)
    _, level = kernels.weighted_means(protein, own, grid.starts)
    _, on_dna = kernels.weighted_means(protein, dna * dna * own, grid.starts)

    def of(levels: Mapping[Channel, BinLevels], channel: Channel) -> Floats:
        if channel not in grid.values:
            return missing(exists)
        means = levels[channel].mean
        return log2_ratio(means[:, 0], means[:, 1])

    return [
        of(on_axis, Channel.MICROTUBULES),
        of(on_axis, Channel.PROTEIN),
        of(within, Channel.MICROTUBULES),
        of(within, Channel.PROTEIN),
        np.minimum(of(within, Channel.MICROTUBULES), of(within, Channel.PROTEIN)),
        log2_ratio(divide(on_dna, level), 1.0),
    ]


MITOSIS = Section(FEATURES, _columns)
