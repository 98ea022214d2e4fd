"""Microtubule ends, ridges and gaps, and ER-rich and ER-poor cytoplasm: the protein there."""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.products.ridges import RidgeSet
from hpa_features.features.products.smooth import Smooth
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import (
    ANY_NUMBER,
    OFFSET,
    Floats,
    divide,
    log2_ratio,
    missing,
)
from hpa_features.features.sections import Section
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark, Products

FEWEST = 5  # pixels
FINE, COARSE = 320, 1280
REACH_UM = 0.64  # comets lie about an end, not on its last pixel
SHARE = 0.2  # ER-richest and ER-poorest part of the cytoplasm
_LOCAL = "log2 of means of protein (σ = 0.32 µm) / protein (σ = 1.28 µm)"
_tip = partial(
    Feature,
    unit="1",
    compartment=Compartment.CYTOPLASM,
    landmark=Landmark.MICROTUBULES,
    channels=(Channel.PROTEIN, Channel.MICROTUBULES),
    invariances=ANY_LIGHT,
    range=ANY_NUMBER,
    source=_LOCAL,
    nan_when=f"no protein, or under {FEWEST} pixels of one of the two kinds",
)
TIPS = (
    _tip(
        name="EndsToGaps",
        meaning="How bright the protein is about ends of microtubules, against places without.",
    ),
    _tip(
        name="RidgesToGaps",
        meaning="How bright the protein is on microtubules, against the gaps between them.",
    ),
)
_er = partial(
    _tip,
    landmark=Landmark.ER,
    channels=(Channel.PROTEIN, Channel.ER),
    nan_when=f"no protein, no ER, or under {FEWEST} pixels of cytoplasm in either part",
)
ER = (
    _er(
        name="ERRichLevel",
        source="log2 of mean protein, both over the whole cytoplasm's",
        meaning="How bright the protein is in the ER-richest fifth of the cytoplasm, against "
        "the ER-poorest.",
    ),
    _er(
        name="ERRichLocal",
        meaning="How bright the protein is on fine strands of ER, against the meshes beside them.",
    ),
    _er(
        name="ERAtBrightest",
        range=(-0.5, 0.5),
        source="mean rank share of ER relative to its surroundings at the brightest twentieth of "
        "protein relative to its surroundings − 1/2",
        meaning="Whether the protein's fine bright places lie on strands of ER (above 0) or in "
        "holes of it (below).",
    ),
)


def _levels(kernels: ModuleType, grid: WorkingGrid, smooth: Smooth, mask: np.ndarray) -> Floats:
    """Fine over coarse protein where `mask` is, NaN for too few pixels or no protein."""
    weights = mask.astype(np.float64)
    count, fine = kernels.weighted_means(smooth[Channel.PROTEIN, FINE], weights, grid.starts)
    _, coarse = kernels.weighted_means(smooth[Channel.PROTEIN, COARSE], weights, grid.starts)
    return np.where(count >= FEWEST, divide(fine, coarse), np.nan)


def _tip_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    ridges: RidgeSet = products["ridges"]
    smooth: Smooth = products["smooth"]
    if (Channel.MICROTUBULES, 320) not in ridges:
        return [missing(grid.step_um) for _ in TIPS]
    sizes = np.diff(grid.starts)
    cytoplasm = grid.region == 1
    lines = ridges[Channel.MICROTUBULES, 320]
    ends = cytoplasm & (lines.crossings == 1)
    squared = kernels.squared_distances(ends, grid.starts, grid.shape)
    near = np.where(squared >= 0, np.sqrt(np.maximum(squared, 0)), np.inf)
    about = cytoplasm & (near * np.repeat(grid.step_um, sizes) <= REACH_UM)
    ridge = cytoplasm & lines.plain & ~about
    gap = cytoplasm & ~lines.plain & ~about
    at_ends, on_ridges, in_gaps = (
        _levels(kernels, grid, smooth, mask) for mask in (about, ridge, gap)
    )
    return [log2_ratio(at_ends, in_gaps), log2_ratio(on_ridges, in_gaps)]


def _er_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    smooth: Smooth = products["smooth"]
    if Channel.ER not in grid.values:
        return [missing(grid.step_um) for _ in ER]
    cytoplasm = grid.region == 1
    own = cytoplasm.astype(np.float64)
    sizes = np.diff(grid.starts)
    protein = grid.values[Channel.PROTEIN].astype(np.float64)
    _, mean = kernels.weighted_means(protein, own, grid.starts)
    _, er_mean = kernels.weighted_means(
        grid.values[Channel.ER].astype(np.float64), own, grid.starts
    )
    lit = np.where((mean > 0) & (er_mean > 0), 0.0, np.nan)

    def relative(channel: Channel, average: Floats) -> Floats:
        floor = OFFSET * np.repeat(np.nan_to_num(average), sizes)
        return np.nan_to_num(divide(smooth[channel, FINE] + floor, smooth[channel, COARSE] + floor))

    def split(image: Floats) -> tuple[np.ndarray, np.ndarray, Floats]:
        ranks, _ = kernels.pixel_ranks(_grey(image), cytoplasm, grid.starts)
        area, _ = kernels.weighted_means(own, own, grid.starts)
        share = np.where(cytoplasm, (ranks - 0.5) / np.repeat(np.maximum(area, 1.0), sizes), 0.5)
        return cytoplasm & (share >= 1 - SHARE), cytoplasm & (share < SHARE), share

    def level(mask: np.ndarray) -> Floats:
        count, found = kernels.weighted_means(protein, mask.astype(np.float64), grid.starts)
        return np.where(count >= FEWEST, divide(found, mean), np.nan)

    rich, poor, _ = split(smooth[Channel.ER, FINE] / 65535)
    strand, mesh, share = split(relative(Channel.ER, er_mean) / 4)
    fine = [_levels(kernels, grid, smooth, mask) for mask in (strand, mesh)]
    bright = kernels.brightest_weights(
        _grey(relative(Channel.PROTEIN, mean) / 16), cytoplasm, grid.starts, 0.05
    )
    _, at_brightest = kernels.weighted_means(share, bright, grid.starts)
    return [
        log2_ratio(level(rich), level(poor)) + lit,
        log2_ratio(*fine) + lit,
        at_brightest - 0.5 + lit,
    ]


def _grey(image: Floats) -> np.ndarray:
    """Return `image` 0…1 in 65,535 steps, what exceeds 1 in the last."""
    return np.rint(np.clip(image, 0.0, 1.0) * 65535).astype(np.uint16)


TIP_SECTION = Section(TIPS, _tip_columns)
ER_SECTION = Section(ER, _er_columns)
