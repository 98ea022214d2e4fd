"""Spots: blobs of two sizes, how many, how strong and where."""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import LANDMARK_CHANNELS, Channel
from hpa_features.features.products.distance import Distances
from hpa_features.features.products.smooth import OCTAVES_NM, Smooth
from hpa_features.features.products.spots import Spots as Found
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import (
    ANY_NUMBER,
    ANY_RATIO,
    Floats,
    divide,
    log2_ratio,
)
from hpa_features.features.sections import Section, family_of_sections
from hpa_features.features.spec import (
    ANY_LIGHT,
    LANDMARK_OF_CHANNEL,
    Compartment,
    Feature,
    Landmark,
    Products,
)
from hpa_features.features.words import STAIN

SIZES = ((640, "0.6 µm"), (1280, "1.3 µm"))
_SOURCE = "local maxima of difference of Gaussians, Lowe 2004, eq. 1–3"


def _part_features(compartment: Compartment, where: str, size: str, scale: str) -> list[Feature]:
    feature = partial(
        Feature,
        compartment=compartment,
        scale=scale,
        channels=(Channel.PROTEIN,),
        landmark=Landmark.NUCLEUS if compartment == Compartment.NUCLEI else Landmark.NONE,
        invariances=ANY_LIGHT,
        source=_SOURCE,
        nan_when=f"no pixels {where}",
    )
    return [
        feature(
            name="Density",
            unit="1/100 µm²",
            range=ANY_RATIO,
            meaning=f"How many spots of {size} there are {where} per 100 µm².",
        ),
        feature(
            name="Contrast",
            unit="1",
            range=ANY_RATIO,
            meaning=f"How far spots of {size} {where} outshine their surroundings on average.",
        ),
        feature(
            name="TopContrast",
            unit="1",
            range=ANY_RATIO,
            rare=True,
            meaning=f"How far the strongest spot of {size} {where} outshines its surroundings.",
        ),
        feature(
            name="LightShare",
            unit="1",
            range=(0.0, 1.0),
            rare=True,
            meaning=f"Share of the protein {where} that stands out as spots of {size}.",
        ),
    ]


def _part_columns(
    kernels: ModuleType, grid: WorkingGrid, found: Found, inside: NDArray[np.bool_]
) -> list[Floats]:
    mask = inside.astype(np.float64)
    weights = found.weights * mask
    pixels, light = kernels.weighted_means(found.light, mask, grid.starts)
    protein = grid.values[Channel.PROTEIN].astype(np.float64)
    _, mean = kernels.weighted_means(protein, mask, grid.starts)
    count, contrast = kernels.weighted_means(found.contrast, weights, grid.starts)
    undefined = np.where(pixels > 0, 0.0, np.nan)
    area = pixels * grid.step_um**2
    share = divide(light, mean)
    return [
        divide(100.0 * count, area),
        np.where(count > 0, contrast, 0.0) + undefined,
        kernels.weighted_peaks(found.contrast, weights, grid.starts) + undefined,
        np.where(mean == 0, 0.0, share),
    ]


def _place_features(size: str, scale: str) -> list[Feature]:
    feature = partial(
        Feature,
        scale=scale,
        range=ANY_NUMBER,
        invariances=ANY_LIGHT,
        source=_SOURCE,
    )
    protein = (Channel.PROTEIN,)
    distances = [
        feature(
            compartment=Compartment.CYTOPLASM,
            name=name,
            unit="µm",
            channels=protein,
            landmark=landmark,
            meaning=f"How much farther from {words} spots of {size} lie than "
            "the cytoplasm as a whole.",
            nan_when="no nucleus, or no such spot in the cytoplasm",
        )
        for name, landmark, words in (
            ("ToNucleusExcess", Landmark.NUCLEAR_EDGE, "the nucleus"),
            ("ToEdgeExcess", Landmark.CELL_EDGE, "the cell edge"),
        )
    ]
    landmarks = [
        feature(
            compartment=Compartment.CYTOPLASM,
            name="LevelAtSpots",
            unit="1",
            channels=(Channel.PROTEIN, landmark),
            landmark=LANDMARK_OF_CHANNEL[landmark],
            meaning=f"How bright {STAIN[landmark]} is where the cytoplasm's spots of {size} lie.",
            nan_when=f"no nucleus, no such spot in the cytoplasm, or no signal of {landmark}",
        )
        for landmark in LANDMARK_CHANNELS[1:]
    ]
    in_nucleus = feature(
        compartment=Compartment.NUCLEI,
        name="DNARank",
        range=(0.0, 1.0),
        unit="1",
        channels=(Channel.PROTEIN, Channel.DNA),
        landmark=Landmark.NUCLEOLI,
        meaning=f"Whether the nucleus's spots of {size} lie in DNA-poor places such as nucleoli "
        "(towards 0) or in DNA-rich ones (towards 1).",
        nan_when="no such spot in the nuclear interior",
    )
    return [*distances, *landmarks, in_nucleus]


def _place_columns(kernels: ModuleType, products: Products, found: Found) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    distances: Distances = products["distance"]
    smooth: Smooth = products["smooth"]
    holes: Floats = products["holes"]
    cytoplasm = (grid.region == 1).astype(np.float64)
    undefined = np.where(distances.has_nucleus, 0.0, np.nan)

    def at_spots(values: Floats) -> tuple[Floats, Floats]:
        _, spots = kernels.weighted_means(values, found.weights * cytoplasm, grid.starts)
        _, everywhere = kernels.weighted_means(values, cytoplasm, grid.starts)
        return spots, everywhere

    columns = []
    for length in (distances.nucleus, distances.edge):
        spots, everywhere = at_spots(length)
        columns.append(spots - everywhere + undefined)
    for landmark in LANDMARK_CHANNELS[1:]:
        if (landmark, OCTAVES_NM[0]) in smooth:
            spots, everywhere = at_spots(smooth[landmark, OCTAVES_NM[0]])
            columns.append(log2_ratio(divide(spots, everywhere), 1.0) + undefined)
        else:
            columns.append(np.full_like(undefined, np.nan))
    _, rank = kernels.weighted_means(holes, found.weights * (holes >= 0), grid.starts)
    return [*columns, rank]


def _section(diameter_nm: int, size: str) -> Section:
    scale = f"{diameter_nm}nm"

    def compute(kernels: ModuleType, products: Products) -> list[Floats]:
        grid: WorkingGrid = products["working"]
        found: Found = products["spots"][diameter_nm]
        return [
            *_part_columns(kernels, grid, found, grid.region == 2),
            *_part_columns(kernels, grid, found, grid.region == 1),
            *_place_columns(kernels, products, found),
        ]

    features = (
        *_part_features(Compartment.NUCLEI, "in the nucleus", size, scale),
        *_part_features(Compartment.CYTOPLASM, "in the cytoplasm", size, scale),
        *_place_features(size, scale),
    )
    return Section(features, compute)


FAMILY = family_of_sections(
    "Spots",
    ("working", "distance", "smooth", "holes", "spots"),
    tuple(_section(*size) for size in SIZES),
)
