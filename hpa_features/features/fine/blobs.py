"""Hollow blobs, elongated spots at the cell edge, and spots inside nucleoli."""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.directions import steepest
from hpa_features.features.products.distance import Distances
from hpa_features.features.products.ridges import Ridges
from hpa_features.features.products.smooth import Smooth
from hpa_features.features.products.spots import Spots
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import (
    ANY_NUMBER,
    ANY_RATIO,
    OFFSET,
    Floats,
    divide,
    log2_ratio,
    missing,
)
from hpa_features.features.sections import Section
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark, Products

RADII_UM = (0.64, 1.28, 1.92)
LEAST_HOLLOW = 0.15  # of the ring's level
EDGE_UM = 4.0
HOLE_SHARE = 0.3  # DNA-poorest part of the nucleus
_PROTEIN = (Channel.PROTEIN,)
_feature = partial(
    Feature, unit="1", channels=_PROTEIN, invariances=ANY_LIGHT, compartment=Compartment.CYTOPLASM
)
_RING = "(second lowest of 8 places around − centre) / (that + 0.01 of the cell's mean)"
HOLLOW = (
    *(
        _feature(
            name="RingTop",
            scale=f"{round(1000 * radius)}nm",
            rare=True,
            range=(0.0, 1.0),
            meaning=f"How dark the centre of the most hollow ring of radius {radius} µm is.",
            source=f"greatest {_RING}",
            nan_when="no cytoplasm",
        )
        for radius in RADII_UM
    ),
    *(
        _feature(
            name="LevelInRings",
            channels=(Channel.PROTEIN, channel),
            landmark=landmark,
            range=ANY_NUMBER,
            meaning=f"Whether the protein's rings have a hole in {words} (below 0).",
            source=f"log2 of {channel} (σ = 0.32 µm) over its surroundings (1.28 µm) at centres of "
            "rings of radius 0.64 µm",
            nan_when=f"no ring of radius 0.64 µm, or no {channel}",
        )
        for channel, landmark, words in (
            (Channel.MICROTUBULES, Landmark.MICROTUBULES, "the microtubules"),
            (Channel.ER, Landmark.ER, "the ER"),
        )
    ),
)


def _hollow_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    smooth: Smooth = products["smooth"]
    place = (grid.starts, grid.shape)
    cytoplasm = grid.region == 1
    own = cytoplasm.astype(np.float64)
    raw = grid.values[Channel.PROTEIN].astype(np.float64)
    _, mean = kernels.weighted_means(raw, (grid.region > 0).astype(np.float64), grid.starts)
    floor = OFFSET * np.nan_to_num(mean)
    least = np.full(raw.size, LEAST_HOLLOW)
    pixels, _ = kernels.weighted_means(own, own, grid.starts)
    exists = np.where(pixels > 0, 0.0, np.nan)
    columns, scores = [], []
    for radius in RADII_UM:
        # Smoothing would fill the smallest.
        image = raw if radius == RADII_UM[0] else smooth[Channel.PROTEIN, 320]
        score = kernels.hollow_scores(image, floor, grid.region, *place, radius / grid.step_um)
        scores.append(score * own)
        columns.append(kernels.weighted_peaks(score, own, grid.starts) + exists)
    rings = kernels.spot_weights(scores[0], least, grid.region, *place)
    for channel in (Channel.MICROTUBULES, Channel.ER):
        if channel not in grid.values:
            columns.append(missing(mean))
            continue
        _, fine = kernels.weighted_means(smooth[channel, 320], rings, grid.starts)
        _, coarse = kernels.weighted_means(smooth[channel, 1280], rings, grid.starts)
        columns.append(log2_ratio(divide(fine, coarse), 1.0))
    return columns


_edge = partial(_feature, landmark=Landmark.CELL_EDGE)
EDGE = (
    _edge(
        name="EdgeSpotElongation",
        range=(0.0, 1.0),
        meaning="How elongated small spots within 4 µm of the cell edge are.",
        source="mean ridge strength / (ridge strength + contrast) at spots of 0.6 µm, weighted by "
        "contrast",
        nan_when="no small spot within 4 µm of the cell edge",
    ),
    _edge(
        name="EdgeSpotAcross",
        range=(-1.0, 1.0),
        meaning="Whether elongated spots within 4 µm of the cell edge point at it (1) or lie "
        "along it (−1).",
        source="mean cos 2(φ − ψ) at spots of 0.6 µm, weighted by ridge strength",
        nan_when="no elongated small spot within 4 µm of the cell edge",
    ),
    _edge(
        name="EdgeSpotLevel",
        range=ANY_NUMBER,
        meaning="How much more of the protein within 4 µm of the cell edge stands out as small "
        "spots than deeper inside.",
        source="log2 of share of light in 0.6 µm spots, edge + 0.01 / interior + 0.01",
        nan_when="no protein within 4 µm of the edge, or none in the cytoplasm beyond",
    ),
)


def _edge_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    distances: Distances = products["distance"]
    spots: Spots = products["spots"][640]
    lines: Ridges = products["ridges"][Channel.PROTEIN, 320]
    cytoplasm = grid.region == 1
    rim = cytoplasm & (distances.edge < EDGE_UM)
    weights = spots.weights * rim
    contrast = np.maximum(spots.contrast, 0.0)
    long = np.nan_to_num(divide(lines.strength, lines.strength + contrast))
    _, elongation = kernels.weighted_means(long, weights * contrast, grid.starts)
    cosine, sine = steepest(grid, distances.edge)
    across = lines.cosine * cosine + lines.sine * sine
    _, points = kernels.weighted_means(across, weights * lines.strength, grid.starts)
    shares = []
    light = grid.values[Channel.PROTEIN].astype(np.float64)
    for part in (rim, cytoplasm & ~rim):
        _, standing = kernels.weighted_means(spots.light, part.astype(np.float64), grid.starts)
        _, whole = kernels.weighted_means(light, part.astype(np.float64), grid.starts)
        shares.append(divide(standing, whole))
    return [elongation, np.clip(points, -1.0, 1.0), log2_ratio(shares[0], shares[1])]


_nucleolar = partial(
    _feature,
    compartment=Compartment.NUCLEI,
    landmark=Landmark.NUCLEOLI,
    channels=(Channel.PROTEIN, Channel.DNA),
    nan_when="no nuclear interior, or no protein there",
)
NUCLEOLAR = (
    _nucleolar(
        name="SpotShareInHoles",
        range=(0.0, 1.0),
        meaning="Share of the nucleus's small spots, by light, in its DNA-poorest 30 %.",
        source="Σ of 0.6 µm bands above the limit, holes / nuclear interior",
        nan_when="no small spot in the nuclear interior",
    ),
    _nucleolar(
        name="SpotLightInHoles",
        range=(0.0, 1.0),
        meaning="Share of the protein in DNA-poor places that stands out as small spots.",
        source="Σ of 0.6 µm bands above the limit / Σ protein",
    ),
    _nucleolar(
        name="SpotDensityInHoles",
        unit="1/100 µm²",
        range=ANY_RATIO,
        meaning="How many small spots there are per 100 µm² of DNA-poor places.",
        source="local maxima of difference of Gaussians, Lowe 2004",
    ),
    _nucleolar(
        name="TopContrastInHoles",
        rare=True,
        range=ANY_RATIO,
        meaning="How far the strongest small spot in DNA-poor places outshines its surroundings.",
        source="greatest difference of Gaussians / surroundings, 0.6 µm blobs",
    ),
    _nucleolar(
        name="TopContrastInHolesExcess",
        rare=True,
        range=ANY_NUMBER,
        meaning="Whether the strongest small spot in DNA-poor places outshines the strongest in "
        "the rest of the nucleus.",
        source="log2((contrast + 0.01)/(contrast in the rest + 0.01))",
    ),
    _nucleolar(
        name="CoarseLevelInHoles",
        range=ANY_NUMBER,
        meaning="How bright DNA-poor places are at their brightest twentieth, against their mean: "
        "high for dots inside nucleoli, low where nucleoli are filled.",
        source="log2 of the brightest 5 % over the mean",
    ),
)


def _nucleolar_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    spots: Spots = products["spots"][640]
    rank: Floats = products["holes"]
    interior = rank >= 0
    holes = interior & (rank < HOLE_SHARE)
    inside, rest = holes.astype(np.float64), (interior & ~holes).astype(np.float64)
    values = grid.values[Channel.PROTEIN]
    light = values.astype(np.float64)
    pixels, standing = kernels.weighted_means(spots.light, inside, grid.starts)
    others, outside = kernels.weighted_means(spots.light, rest, grid.starts)
    in_holes = np.nan_to_num(standing) * pixels
    _, level = kernels.weighted_means(light, inside, grid.starts)
    lit = np.where(level > 0, 0.0, np.nan)
    _, density = kernels.weighted_means(spots.weights, inside, grid.starts)
    tops = [kernels.weighted_peaks(spots.contrast, part, grid.starts) for part in (inside, rest)]
    bright = kernels.brightest_weights(values, holes, grid.starts, 0.05)
    _, top = kernels.weighted_means(light, bright, grid.starts)
    return [
        np.minimum(divide(in_holes, in_holes + np.nan_to_num(outside) * others), 1.0),
        np.minimum(divide(standing, level), 1.0),
        100 * density / grid.step_um**2 + lit,
        tops[0] + lit,
        log2_ratio(tops[0], tops[1]) + lit,
        log2_ratio(divide(top, level), 1.0),
    ]


HOLLOW_SECTION = Section(HOLLOW, _hollow_columns)
EDGE_SECTION = Section(EDGE, _edge_columns)
NUCLEOLAR_SECTION = Section(NUCLEOLAR, _nucleolar_columns)
