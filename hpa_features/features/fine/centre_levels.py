"""The organising centre: the protein on it, about it, and on its side of the nucleus."""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.directions import places
from hpa_features.features.products.centre import Centre
from hpa_features.features.products.distance import Distances
from hpa_features.features.products.spots import SIZES_NM, Spots
from hpa_features.features.products.wedges import Wedges
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import (
    ANY_NUMBER,
    ANY_RATIO,
    CV,
    LOG2,
    Floats,
    bin_levels,
    divide,
    log2_ratio,
    missing,
)
from hpa_features.features.sections import Section
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark, Products

FEWEST = 5  # pixels in a shell
SHELLS_UM = (0.0, 1.0, 3.0, 6.0, 1000.0)
SHELLS = ("0to1000nm", "1000to3000nm", "3000to6000nm")
AT_UM = 1.5  # farther than this from the centre is not at it
NEAR_UM = 3.0  # vesicles cluster about the centre, not on it
SIDE_UM = 6.0  # of the nuclear edge
BRIGHTEST = 0.05
_NONE = "no nucleus, no microtubules near it, or no protein"
_centre = partial(
    Feature,
    unit="1",
    compartment=Compartment.CELLS,
    landmark=Landmark.CENTRE,
    channels=(Channel.PROTEIN, Channel.MICROTUBULES),
    invariances=ANY_LIGHT,
    nan_when=_NONE,
)


def _words(scale: str) -> str:
    low, high = scale.removesuffix("nm").split("to")
    return f"{int(low) // 1000} to {int(high) // 1000} µm"


FEATURES = (
    *(
        _centre(
            name="CentreLevel",
            scale=scale,
            range=ANY_NUMBER,
            meaning=f"How bright the protein is {_words(scale)} from where microtubules converge, "
            "against the cell beyond 6 µm.",
            source=LOG2,
            nan_when=f"{_NONE}, or under {FEWEST} pixels there or beyond 6 µm",
        )
        for scale in SHELLS
    ),
    _centre(
        name="CentreCV",
        scale=SHELLS[1],
        range=ANY_RATIO,
        meaning="How granular the protein is 1 to 3 µm from where microtubules converge.",
        source=CV,
    ),
    _centre(
        name="CentreSharpness",
        rare=True,
        range=ANY_RATIO,
        meaning="How far the strongest small spot within 1.5 µm of the organising centre outshines "
        "its surroundings.",
        source="greatest difference of Gaussians / surroundings, 0.6 µm blobs",
    ),
    _centre(
        name="StrongestSpotAtCentre",
        rare=True,
        range=ANY_NUMBER,
        meaning="Whether the strongest small spot at the organising centre outshines the "
        "strongest one elsewhere in the cell.",
        source="log2((contrast + 0.01)/(contrast elsewhere + 0.01))",
    ),
    *(
        _centre(
            name="SpotsAtCentre",
            scale=f"{nm}nm",
            range=ANY_NUMBER,
            compartment=Compartment.CYTOPLASM,
            meaning=f"How much more of the protein stands out as spots of {words} µm within 3 µm "
            "of the organising centre than in the rest of the cytoplasm.",
            source="log2 of mean height of the difference of Gaussians above the limit, near + "
            "0.01 / rest + 0.01 of the cell's mean",
            nan_when=f"{_NONE}, or no cytoplasm within 3 µm of the centre or beyond",
        )
        for nm, words in zip(SIZES_NM, ("0.6", "1.3"), strict=True)
    ),
    _centre(
        name="SpotShareAtCentre",
        scale="1280nm",
        range=(0.0, 1.0),
        compartment=Compartment.CYTOPLASM,
        meaning="Share of the protein within 3 µm of the organising centre that stands out as "
        "spots of 1.3 µm: high for vesicles, low for a cloud.",
        source="Σ of 1.3 µm bands above the limit / Σ protein",
        nan_when=f"{_NONE} in the cytoplasm within 3 µm of it",
    ),
    _centre(
        name="BrightestToCentre",
        unit="µm",
        range=ANY_RATIO,
        meaning="How far the brightest twentieth of the cell lies from the organising centre.",
        source="mean distance of the brightest 5 % of pixels",
    ),
    _centre(
        name="BrightestToCentreExcess",
        unit="µm",
        range=ANY_NUMBER,
        compartment=Compartment.CYTOPLASM,
        meaning="How much farther from the organising centre the brightest twentieth of the "
        "cytoplasm lies than the cytoplasm as a whole.",
        source="mean distance of the brightest 5 % of pixels − that of all",
    ),
    _centre(
        name="SideOfCentre",
        range=(-2.0, 2.0),
        compartment=Compartment.CYTOPLASM,
        meaning="Whether the protein within 6 µm of the nucleus lies on the side of the "
        "organising centre (above 0) or opposite (below).",
        source="mean cosine of the angle to the centre about the nucleus, protein − area",
    ),
)


def _columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    centre: Centre = products["centre"]
    sizes = np.diff(grid.starts)
    own = (grid.region > 0) & np.repeat(centre.known, sizes)
    if Channel.MICROTUBULES not in grid.values:
        return [missing(grid.step_um) for _ in FEATURES]
    zones = kernels.bin_numbers(centre.distance, np.array(SHELLS_UM), own)
    levels = bin_levels(kernels, grid, zones, len(SHELLS_UM) - 1, FEWEST)
    protein = levels[Channel.PROTEIN]
    return [
        log2_ratio(protein.mean[:, :3], protein.mean[:, 3:]),
        protein.cv[:, 1],
        *_strongest(kernels, products, own),
        *_gathered(kernels, products, own & (grid.region == 1)),
        *_places(kernels, products, own),
    ]


def _strongest(kernels: ModuleType, products: Products, own: np.ndarray) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    centre: Centre = products["centre"]
    spots: Spots = products["spots"][640]
    at = own & (centre.distance <= AT_UM)
    sharp = kernels.weighted_peaks(spots.contrast, at.astype(np.float64), grid.starts)
    other = kernels.weighted_peaks(spots.contrast, (own & ~at).astype(np.float64), grid.starts)
    values = grid.values[Channel.PROTEIN].astype(np.float64)
    _, mean = kernels.weighted_means(values, own.astype(np.float64), grid.starts)
    lit = np.where(mean > 0, 0.0, np.nan)
    return [sharp + lit, log2_ratio(sharp, other) + lit]


def _gathered(kernels: ModuleType, products: Products, cytoplasm: np.ndarray) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    centre: Centre = products["centre"]
    light = grid.values[Channel.PROTEIN].astype(np.float64)
    near = cytoplasm & (centre.distance < NEAR_UM)
    parts = [part.astype(np.float64) for part in (near, cytoplasm & ~near)]
    _, mean = kernels.weighted_means(light, (grid.region > 0).astype(np.float64), grid.starts)
    _, level = kernels.weighted_means(light, parts[0], grid.starts)
    standing = [
        [kernels.weighted_means(spots.light, part, grid.starts)[1] for part in parts]
        for spots in (products["spots"][nm] for nm in SIZES_NM)
    ]
    against = [log2_ratio(divide(at, mean), divide(rest, mean)) for at, rest in standing]
    return [*against, np.minimum(divide(standing[-1][0], level), 1.0)]


def _places(kernels: ModuleType, products: Products, own: np.ndarray) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    centre: Centre = products["centre"]
    distances: Distances = products["distance"]
    wedges: Wedges = products["wedges"]
    values = grid.values[Channel.PROTEIN]
    light = values.astype(np.float64)
    cytoplasm = own & (grid.region == 1)
    found = []
    for inside in (own, cytoplasm):
        bright = kernels.brightest_weights(values, inside, grid.starts, BRIGHTEST)
        _, at_bright = kernels.weighted_means(centre.distance, bright, grid.starts)
        _, whole = kernels.weighted_means(centre.distance, inside.astype(np.float64), grid.starts)
        _, level = kernels.weighted_means(light, inside.astype(np.float64), grid.starts)
        found.append((np.where(level > 0, at_bright, np.nan), whole))
    y, x = places(grid, wedges.centre)
    to_centre = np.repeat(centre.place - wedges.centre, np.diff(grid.starts), axis=0)
    length = np.hypot(y, x) * np.hypot(*to_centre.T)
    cosine = np.nan_to_num(divide(y * to_centre[:, 0] + x * to_centre[:, 1], length))
    near = (cytoplasm & (distances.nucleus < SIDE_UM)).astype(np.float64)
    _, of_light = kernels.weighted_means(cosine, near * light, grid.starts)
    _, of_area = kernels.weighted_means(cosine, near, grid.starts)
    return [found[0][0], found[1][0] - found[1][1], of_light - of_area]


CENTRE = Section(FEATURES, _columns)
