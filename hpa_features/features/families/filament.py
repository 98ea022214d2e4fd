"""Filament: the protein's lines, which way they run, and whether microtubules run there too."""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.enough_steps import with_enough_steps
from hpa_features.features.filament_alignment import ALIGNMENT
from hpa_features.features.filament_networks import NETWORKS
from hpa_features.features.products.distance import Distances
from hpa_features.features.products.ridges import RidgeSet
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, Floats, divide
from hpa_features.features.sections import Section, family_of_sections
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark, Products

FEWEST = 20  # pixels
FLOOR = 1e-3  # of the level, added to a mean strength
COHERENCE_UM = 0.96
_RIDGE = "max(−λ₁ − |λ₂|, 0)·σ² of the Hessian / level, Lindeberg 1998"
_PLACES = (
    (Compartment.NUCLEI, "over the nucleus", Landmark.NUCLEUS),
    (Compartment.CYTOPLASM, "in the cytoplasm", Landmark.NONE),
)
_feature = partial(Feature, unit="1", channels=(Channel.PROTEIN,), invariances=ANY_LIGHT)


def _strength_features(
    compartment: Compartment, where: str, landmark: Landmark
) -> tuple[Feature, ...]:
    feature = partial(_feature, compartment=compartment, landmark=landmark)
    few = f"no signal, or under {FEWEST} pixels {where}"
    return (
        *(
            feature(
                name="Strength",
                scale=f"{nm}nm",
                range=ANY_NUMBER,
                meaning=f"How strong lines about {width} µm wide are {where}.",
                source=f"log2(mean + {FLOOR}) of {_RIDGE}",
                nan_when=few,
            )
            for nm, width in ((320, 0.6), (640, 1.3))
        ),
        feature(
            name="Width",
            range=ANY_NUMBER,
            meaning=f"Whether lines {where} are rather 1.3 µm (above 0) or 0.6 µm wide (below).",
            source="difference of the two Strengths",
            nan_when=few,
        ),
        feature(
            name="StrengthCV",
            range=ANY_RATIO,
            meaning=f"Whether few strong lines stand out {where} (high) or all are alike (low).",
            source=f"standard deviation / (mean + {FLOOR}) of {_RIDGE}, σ = 0.32 µm",
            nan_when=few,
        ),
        feature(
            name="CrestDensity",
            unit="1/µm",
            range=ANY_RATIO,
            meaning=f"How many µm of plain lines there are per µm² {where}.",
            source="pixels that no strength aside exceeds, times their edge / area",
            nan_when=few,
        ),
        feature(
            name="Coherence",
            scale="960nm",
            range=(0.0, 1.0),
            meaning=f"Whether neighbouring lines {where} run side by side (1) or cross (0).",
            source="|G∗(w·e^{2iφ})| / G∗w averaged with weights w, the strength; σ = 0.96 µm, "
            "as the structure tensor's coherence, Bigün & Granlund 1987",
            nan_when=f"no line {where}",
        ),
    )


def _strength_columns(
    kernels: ModuleType, products: Products, compartment: Compartment, coherence: Floats
) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    ridges: RidgeSet = products["ridges"]
    inside = grid.inside(compartment)
    fine, broad = (ridges[Channel.PROTEIN, nm] for nm in (320, 640))
    _, light = kernels.weighted_means(
        grid.values[Channel.PROTEIN].astype(np.float64), inside.astype(np.float64), grid.starts
    )
    count, moments = kernels.image_moments(fine.strength, inside, grid.starts)
    usable = np.where((count >= FEWEST) & (light > 0), 0.0, np.nan)
    _, mean_broad = kernels.weighted_means(broad.strength, inside.astype(np.float64), grid.starts)
    levels = [np.log2(mean + FLOOR) + usable for mean in (moments[:, 0], mean_broad)]
    crests = (fine.crossings >= 0).astype(np.float64)
    _, density = kernels.weighted_means(crests, inside.astype(np.float64), grid.starts)
    _, side_by_side = kernels.weighted_means(coherence, fine.strength * inside, grid.starts)
    return [
        *levels,
        levels[1] - levels[0],
        np.sqrt(moments[:, 1]) / (moments[:, 0] + FLOOR) + usable,
        density / grid.step_um + usable,
        np.minimum(side_by_side, 1.0),
    ]


_OVER = (
    _feature(
        compartment=Compartment.NUCLEI,
        name="StrengthOverNucleus",
        landmark=Landmark.NUCLEUS,
        range=ANY_NUMBER,
        meaning="Whether lines cross over the nucleus as strongly as they run in the cytoplasm "
        "(0), or spare it (below 0).",
        source="difference of two log2 mean strengths, nucleus − cytoplasm",
        nan_when=f"no signal, or under {FEWEST} pixels in the nucleus or in the cytoplasm",
    ),
    _feature(
        compartment=Compartment.CYTOPLASM,
        name="StrengthAtNucleus",
        landmark=Landmark.NUCLEAR_EDGE,
        range=ANY_NUMBER,
        meaning="Whether lines are stronger within 4 µm of the nucleus than farther out.",
        source="difference of two log2 mean strengths",
        nan_when=f"no nucleus, or under {FEWEST} pixels within 4 µm of it or beyond",
    ),
    _feature(
        compartment=Compartment.CYTOPLASM,
        name="StrengthAtEdge",
        landmark=Landmark.CELL_EDGE,
        range=ANY_NUMBER,
        meaning="Whether lines are stronger within 3 µm of the cell edge than deeper inside.",
        source="difference of two log2 mean strengths",
        nan_when=f"under {FEWEST} pixels within 3 µm of the edge or beyond",
    ),
)


def _place_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    ridges: RidgeSet = products["ridges"]
    distances: Distances = products["distance"]
    strength = ridges[Channel.PROTEIN, 320].strength
    cytoplasm = grid.region == 1
    nucleated = cytoplasm & np.repeat(distances.has_nucleus, np.diff(grid.starts))
    near, rim = distances.nucleus < 4.0, distances.edge < 3.0

    def level(inside: NDArray[np.bool_]) -> Floats:
        count, mean = kernels.weighted_means(strength, inside.astype(np.float64), grid.starts)
        return np.where(count >= FEWEST, np.log2(mean + FLOOR), np.nan)

    _, light = kernels.weighted_means(
        grid.values[Channel.PROTEIN].astype(np.float64),
        (grid.region > 0).astype(np.float64),
        grid.starts,
    )
    lit = np.where(light > 0, 0.0, np.nan)
    return [
        level(grid.region == 2) - level(cytoplasm) + lit,
        level(nucleated & near) - level(nucleated & ~near) + lit,
        level(cytoplasm & rim) - level(cytoplasm & ~rim) + lit,
    ]


def _coherence(kernels: ModuleType, products: Products) -> Floats:
    """Return (total,) float64: how far the lines about each pixel agree, 0…1."""
    grid: WorkingGrid = products["working"]
    lines = products["ridges"][Channel.PROTEIN, 320]
    sigma = COHERENCE_UM / grid.step_um
    total, along, across = (
        kernels.smooth_crops(image, grid.starts, grid.shape, sigma)
        for image in (lines.strength, lines.strength * lines.cosine, lines.strength * lines.sine)
    )
    return np.where(lines.strength > 0, divide(np.hypot(along, across), total), 0.0)


def _all_strengths(kernels: ModuleType, products: Products) -> list[Floats]:
    coherence = _coherence(kernels, products)
    return [
        column
        for compartment, _, _ in _PLACES
        for column in _strength_columns(kernels, products, compartment, coherence)
    ]


FAMILY = with_enough_steps(
    family_of_sections(
        "Filament",
        ("working", "distance", "wedges", "smooth", "ridges", "centre"),
        (
            Section(
                tuple(f for place in _PLACES for f in _strength_features(*place)), _all_strengths
            ),
            Section(_OVER, _place_columns),
            NETWORKS,
            ALIGNMENT,
        ),
        default=False,
    )
)
