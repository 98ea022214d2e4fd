"""Spots: blobs of two sizes, how many, how strong and where."""

from __future__ import annotations

from functools import partial
from math import inf

import numpy as np

from hpa_features.core.types import LANDMARK_CHANNELS, Channel
from hpa_features.features.nodes import Map
from hpa_features.features.plan import Floats, Measured, Value
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, divide, log2_ratio
from hpa_features.features.spec import (
    ANY_LIGHT,
    LANDMARK_OF_CHANNEL,
    Compartment,
    Family,
    Feature,
    Landmark,
)
from hpa_features.features.vocabulary.distances import STEP_UM, TO_EDGE, TO_NUCLEUS, has_nucleus
from hpa_features.features.vocabulary.images import LIGHT, Smooth
from hpa_features.features.vocabulary.parts import CYTOPLASM, PARTS, Mask, Within, after
from hpa_features.features.vocabulary.ranks import DNA_RANK, INTERIOR
from hpa_features.features.vocabulary.spots import CONTRAST, SPOT_LIGHT, WEIGHTS
from hpa_features.features.vocabulary.sums import Means, Peaks, WeightedMeans, mean
from hpa_features.features.words import STAIN, WHERE

SIZES = ((640, "0.6 µm"), (1280, "1.3 µm"))
_SOURCE = "local maxima of difference of Gaussians, Lowe 2004, eq. 1–3"


def _density(part: Mask, nm: int) -> Value:
    def value(m: Measured) -> Floats:
        count, pixels = (
            m(WeightedMeans(CONTRAST[nm], part, WEIGHTS[nm]))[:, 0],
            m(Means(LIGHT, part))[:, 0],
        )
        return divide(100.0 * count, pixels * m(STEP_UM) ** 2)

    return value


def _where_pixels(m: Measured, part: Mask, value: Floats) -> Floats:
    return np.where(m(Means(LIGHT, part))[:, 0] > 0, value, np.nan)


def _contrast(part: Mask, nm: int) -> Value:
    def value(m: Measured) -> Floats:
        count, contrast = m(WeightedMeans(CONTRAST[nm], part, WEIGHTS[nm])).T
        return _where_pixels(m, part, np.where(count > 0, contrast, 0.0))

    return value


def _top_contrast(part: Mask, nm: int) -> Value:
    at_spots = Within(WEIGHTS[nm], after(0.0), inf, part)
    return lambda m: _where_pixels(m, part, m(Peaks(CONTRAST[nm], at_spots)))


def _light_share(part: Mask, nm: int) -> Value:
    def value(m: Measured) -> Floats:
        whole = mean(m, LIGHT, part)
        return np.where(whole == 0, 0.0, divide(mean(m, SPOT_LIGHT[nm], part), whole))

    return value


def _excess(length: Map, nm: int) -> Value:
    def value(m: Measured) -> Floats:
        excess = mean(m, length, CYTOPLASM, WEIGHTS[nm]) - mean(m, length, CYTOPLASM)
        return np.where(has_nucleus(m), excess, np.nan)

    return value


def _level(channel: Channel, nm: int) -> Value:
    image = Smooth(channel, 320)

    def value(m: Measured) -> Floats:
        level = divide(mean(m, image, CYTOPLASM, WEIGHTS[nm]), mean(m, image, CYTOPLASM))
        return np.where(has_nucleus(m), log2_ratio(level, 1.0), np.nan)

    return value


def _part_features(compartment: Compartment, nm: int, size: str) -> list[Feature]:
    part, where = PARTS[compartment], WHERE[compartment]
    feature = partial(
        Feature,
        compartment=compartment,
        scale=f"{nm}nm",
        channels=(Channel.PROTEIN,),
        landmark=Landmark.NUCLEUS if compartment == Compartment.NUCLEI else Landmark.NONE,
        invariances=ANY_LIGHT,
        source=_SOURCE,
        nan_when=f"no pixels {where}",
    )
    return [
        feature(
            name="Density",
            value=_density(part, nm),
            unit="1/100 µm²",
            range=ANY_RATIO,
            meaning=f"Number of spots of {size} per 100 µm² {where}.",
        ),
        feature(
            name="Contrast",
            value=_contrast(part, nm),
            unit="1",
            range=ANY_RATIO,
            meaning=f"Mean contrast of spots of {size} {where} with their surroundings.",
        ),
        feature(
            name="TopContrast",
            value=_top_contrast(part, nm),
            unit="1",
            range=ANY_RATIO,
            rare=True,
            meaning=f"Contrast of the strongest spot of {size} {where} with its surroundings.",
        ),
        feature(
            name="LightShare",
            value=_light_share(part, nm),
            unit="1",
            range=(0.0, 1.0),
            rare=True,
            meaning=f"Share of the protein {where} that is in spots of {size}.",
        ),
    ]


def _place_features(nm: int, size: str) -> list[Feature]:
    feature = partial(
        Feature,
        scale=f"{nm}nm",
        range=ANY_NUMBER,
        invariances=ANY_LIGHT,
        source=_SOURCE,
    )
    protein = (Channel.PROTEIN,)
    distances = [
        feature(
            compartment=Compartment.CYTOPLASM,
            name=name,
            value=_excess(length, nm),
            unit="µm",
            channels=protein,
            landmark=landmark,
            meaning=f"How much farther from {words} spots of {size} in the cytoplasm lie than the "
            "cytoplasm as a whole.",
            nan_when="no nucleus, or no such spot in the cytoplasm",
        )
        for name, length, landmark, words in (
            ("ToNucleusExcess", TO_NUCLEUS, Landmark.NUCLEAR_EDGE, "the nucleus"),
            ("ToEdgeExcess", TO_EDGE, Landmark.CELL_EDGE, "the cell edge"),
        )
    ]
    landmarks = [
        feature(
            compartment=Compartment.CYTOPLASM,
            name="LevelAtSpots",
            value=_level(landmark, nm),
            unit="1",
            channels=(Channel.PROTEIN, landmark),
            landmark=LANDMARK_OF_CHANNEL[landmark],
            meaning=f"Brightness of {STAIN[landmark]} at the spots of {size} in the cytoplasm.",
            nan_when=f"no nucleus, no such spot in the cytoplasm, or no signal of {landmark}",
        )
        for landmark in LANDMARK_CHANNELS[1:]
    ]
    in_nucleus = feature(
        compartment=Compartment.NUCLEI,
        name="DNARank",
        value=lambda m: mean(m, DNA_RANK, INTERIOR, WEIGHTS[nm]),
        range=(0.0, 1.0),
        unit="1",
        channels=(Channel.PROTEIN, Channel.DNA),
        landmark=Landmark.NUCLEOLI,
        meaning=f"Whether spots of {size} in the nucleus lie in DNA-poor places such as nucleoli "
        "(towards 0) or in DNA-rich places (towards 1).",
        nan_when="no such spot in the nuclear interior",
    )
    return [*distances, *landmarks, in_nucleus]


FAMILY = Family(
    name="Spots",
    features=tuple(
        feature
        for size in SIZES
        for feature in (
            *_part_features(Compartment.NUCLEI, *size),
            *_part_features(Compartment.CYTOPLASM, *size),
            *_place_features(*size),
        )
    ),
)
