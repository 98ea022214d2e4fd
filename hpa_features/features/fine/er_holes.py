"""Holes in the ER, as lipid droplets leave them: the protein there, and the ER at its spots."""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.products.distance import Distances
from hpa_features.features.products.smooth import Smooth
from hpa_features.features.products.spots import Spots
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import ANY_NUMBER, OFFSET, Floats, divide, log2_ratio, missing
from hpa_features.features.sections import Section
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark, Products

INSIDE_UM = 0.64  # nearer to an edge, what lies beyond it makes holes
SPOT_NM = 640
_NONE = f"no cytoplasm {INSIDE_UM} µm from its edges, no ER or no protein there"
_feature = partial(
    Feature,
    unit="1",
    range=ANY_NUMBER,
    compartment=Compartment.CYTOPLASM,
    landmark=Landmark.ER,
    channels=(Channel.PROTEIN, Channel.ER),
    invariances=ANY_LIGHT,
)
FEATURES = (
    _feature(
        name="LevelInERHoles",
        meaning="How bright the protein is at and around dark holes of the ER, against the "
        "cytoplasm: high on lipid droplets.",
        source="log2 of mean protein (σ = 0.64 µm) / protein (σ = 2.56 µm) weighted by depth of "
        "holes over its plain mean; depth 1 − ER (0.32 µm) / ER (1.28 µm) where above 0",
        nan_when=f"{_NONE}, or no hole",
    ),
    _feature(
        name="ERAtSpots",
        scale=f"{SPOT_NM}nm",
        meaning="Whether the ER is dark (below 0) or bright where the protein's small spots lie.",
        source="log2 of ER (σ = 0.32 µm) / ER (σ = 1.28 µm), both weighted by the height of spots "
        "of 0.6 µm",
        nan_when=f"{_NONE}, or no small spot there",
    ),
)


def _columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    smooth: Smooth = products["smooth"]
    distances: Distances = products["distance"]
    spots: Spots = products["spots"][SPOT_NM]
    if Channel.ER not in grid.values:
        return [missing(grid.step_um) for _ in FEATURES]
    sizes = np.diff(grid.starts)
    clear = ~np.repeat(distances.has_nucleus, sizes) | (distances.nucleus >= INSIDE_UM)
    inside = ((grid.region == 1) & clear & (distances.edge >= INSIDE_UM)).astype(np.float64)

    def mean(image: Floats, weights: Floats) -> Floats:
        return np.asarray(kernels.weighted_means(image, weights, grid.starts)[1])

    def level(channel: Channel) -> Floats:
        return np.nan_to_num(mean(grid.values[channel].astype(np.float64), inside))

    fine, coarse = smooth[Channel.ER, 320], smooth[Channel.ER, 1280]
    er, protein = level(Channel.ER), level(Channel.PROTEIN)
    least_er, least = (OFFSET * np.repeat(each, sizes) for each in (er, protein))
    holes = np.nan_to_num(divide(np.maximum(coarse - fine, 0.0), coarse + least_er))
    local = np.nan_to_num(
        divide(smooth[Channel.PROTEIN, 640] + least, smooth[Channel.PROTEIN, 2560] + least)
    )
    lit = np.where(protein > 0, 0.0, np.nan)
    at_spots = spots.light * inside
    return [
        log2_ratio(divide(mean(local, holes * inside), mean(local, inside)), 1.0) + lit,
        log2_ratio(divide(mean(fine, at_spots), mean(coarse, at_spots)), 1.0) + lit,
    ]


ER_HOLES = Section(FEATURES, _columns)
