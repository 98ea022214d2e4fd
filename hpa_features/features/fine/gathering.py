"""Whether the protein's light gathers at one place in the cell, and what microtubules do there.

The place is the protein's own: in many cells no landmark shows where the organising centre is.
"""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.directions import doubled, places
from hpa_features.features.products.distance import Distances
from hpa_features.features.products.ridges import RidgeSet
from hpa_features.features.products.smooth import Smooth
from hpa_features.features.products.spots import SIZES_NM, Spots
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import (
    ANY_NUMBER,
    ANY_RATIO,
    LOG2,
    Floats,
    divide,
    log2_ratio,
    missing,
)
from hpa_features.features.sections import Section
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark, Products

BRIGHTEST = 0.01
ELSEWHERE_UM = 2.0  # two centrioles lie closer
REACH_UM = 10.0
_SPREAD = "√(Σ w d² / Σ w), d to the weighted middle"
_feature = partial(
    Feature,
    unit="1",
    compartment=Compartment.CELLS,
    channels=(Channel.PROTEIN,),
    invariances=ANY_LIGHT,
)
_at = partial(
    _feature,
    channels=(Channel.PROTEIN, Channel.MICROTUBULES),
    landmark=Landmark.CENTRE,
)
FEATURES = (
    _feature(
        name="Top1Spread",
        unit="µm",
        range=ANY_RATIO,
        meaning="How far from one another the brightest hundredth of the cell lies: small where "
        "the protein gathers at one place.",
        source=f"{_SPREAD}; w 1 at the brightest 1 %",
        nan_when="no protein",
    ),
    *(
        _feature(
            name="SpotLightSpread",
            scale=f"{nm}nm",
            unit="µm",
            range=ANY_RATIO,
            meaning=f"How far from one another the protein's spots of {words} µm lie: small for "
            "one spot or one cluster.",
            source=f"{_SPREAD}; w the height of the difference of Gaussians above the limit",
            nan_when="no spot",
        )
        for nm, words in zip(SIZES_NM, ("0.6", "1.3"), strict=True)
    ),
    *(
        _feature(
            name="SpotLightToNucleus",
            scale=f"{nm}nm",
            unit="µm",
            landmark=Landmark.NUCLEAR_EDGE,
            range=ANY_NUMBER,
            meaning=f"How far from the nuclear edge the protein's spots of {words} µm lie, by "
            "light; below 0 inside.",
            source="mean signed distance weighted by the height of the difference of Gaussians",
            nan_when="no nucleus, or no spot",
        )
        for nm, words in zip(SIZES_NM, ("0.6", "1.3"), strict=True)
    ),
    _feature(
        name="SpotLead",
        rare=True,
        range=ANY_NUMBER,
        meaning="How much higher the cell's highest small spot is than the highest one more than "
        "2 µm away.",
        source="log2((height + 0.01)/(height elsewhere + 0.01)), heights of differences of "
        "Gaussians in means of the cell",
        nan_when="no small spot",
    ),
    _at(
        name="ConvergenceAtSpots",
        range=(-1.0, 1.0),
        meaning="How plainly microtubules point to the middle of the protein's small spots.",
        source="mean cos 2(φ − ψ) of ridges within 10 µm, weight strength / distance",
        nan_when="no small spot, or no line of microtubules within 10 µm of their middle",
    ),
    _at(
        name="MicrotubulesAtSpots",
        range=ANY_NUMBER,
        meaning="How dense microtubules are within about 2 µm of the protein's small spots, "
        "against the cell.",
        source=f"{LOG2}, microtubules at σ = 1.28 µm",
        nan_when="no small spot, or no microtubules",
    ),
)


def _columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    distances: Distances = products["distance"]
    spots = products["spots"]
    own = grid.region > 0
    light = grid.values[Channel.PROTEIN].astype(np.float64)
    _, mean = kernels.weighted_means(light, own.astype(np.float64), grid.starts)
    bright = kernels.brightest_weights(grid.values[Channel.PROTEIN], own, grid.starts, BRIGHTEST)
    lit = np.where(mean > 0, 0.0, np.nan)
    heights = [spots[nm].light for nm in SIZES_NM]
    to_nucleus = [kernels.weighted_means(distances.nucleus, w, grid.starts)[1] for w in heights]
    return [
        _spread(kernels, grid, bright) + lit,
        *(_spread(kernels, grid, weights) for weights in heights),
        *(np.where(distances.has_nucleus, each, np.nan) for each in to_nucleus),
        _lead(kernels, grid, spots[SIZES_NM[0]], mean),
        *_microtubules(kernels, products, heights[0]),
    ]


def _spread(kernels: ModuleType, grid: WorkingGrid, weights: Floats) -> Floats:
    _, axes = kernels.weighted_axes(weights, grid.starts, grid.shape)
    spread: Floats = np.sqrt(axes[:, 0] + axes[:, 1]) * grid.step_um
    return spread


def _lead(kernels: ModuleType, grid: WorkingGrid, spots: Spots, mean: Floats) -> Floats:
    sizes = np.diff(grid.starts)
    heights = spots.light * (spots.weights > 0)
    top = kernels.weighted_peaks(heights, np.ones_like(heights), grid.starts)
    highest = (heights > 0) & (heights == np.repeat(top, sizes))
    # Equal ones far apart are both away from their middle: neither leads.
    middle, _ = kernels.weighted_axes(highest.astype(np.float64), grid.starts, grid.shape)
    y, x = places(grid, np.nan_to_num(middle))
    away = np.hypot(y, x) * np.repeat(grid.step_um, sizes) > ELSEWHERE_UM
    other = kernels.weighted_peaks(heights, away.astype(np.float64), grid.starts)
    lead = log2_ratio(divide(top, mean), divide(other, mean))
    return np.where(top > 0, lead, np.nan)


def _microtubules(kernels: ModuleType, products: Products, weights: Floats) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    ridges: RidgeSet = products["ridges"]
    smooth: Smooth = products["smooth"]
    if Channel.MICROTUBULES not in grid.values:
        return [missing(grid.step_um)] * 2
    lines = ridges[Channel.MICROTUBULES, 320]
    middle, _ = kernels.weighted_axes(weights, grid.starts, grid.shape)
    y, x = places(grid, np.nan_to_num(middle))
    cosine, sine = doubled(y, x)
    length = np.hypot(y, x) * np.repeat(grid.step_um, np.diff(grid.starts))
    near = (length > 0) & (length <= REACH_UM)
    pull = np.where(near, divide(lines.strength, length), 0.0)
    _, points = kernels.weighted_means(cosine * lines.cosine + sine * lines.sine, pull, grid.starts)
    exists = np.where(np.isnan(middle[:, 0]), np.nan, 0.0)
    own = (grid.region > 0).astype(np.float64)
    dense = smooth[Channel.MICROTUBULES, 1280]
    _, there = kernels.weighted_means(dense, weights, grid.starts)
    _, level = kernels.weighted_means(dense, own, grid.starts)
    return [np.clip(points, -1.0, 1.0) + exists, log2_ratio(divide(there, level), 1.0)]


GATHERING = Section(FEATURES, _columns)
