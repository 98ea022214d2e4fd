"""The one body in the cytoplasm that stands out most, and what landmarks do at its place."""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.directions import places
from hpa_features.features.products.centre import Centre
from hpa_features.features.products.distance import Distances
from hpa_features.features.products.smooth import Smooth
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

FEWEST = 5
FLAT = 1e-9  # of the mean: a peak lower than this is rounding
REACH_UM = 5.0
RING_UM = (0.5, 2.5)
FACING = float(np.sqrt(0.5))  # cos 45°
_PROTEIN = (Channel.PROTEIN,)
_body = partial(
    Feature,
    unit="1",
    compartment=Compartment.CYTOPLASM,
    channels=_PROTEIN,
    invariances=ANY_LIGHT,
    rare=True,
    nan_when="no body stands out of the cytoplasm",
)
FEATURES = (
    _body(
        name="BodyArea",
        unit="µm²",
        range=ANY_RATIO,
        meaning="Area of the body that stands out most in the cytoplasm.",
        source="pixels down to half the height of the peak of the 2.6 µm band, within 5 µm of it",
    ),
    _body(
        name="BodyRoundness",
        range=(0.0, 1.0),
        meaning="Whether that body is a compact disc (1) or stretched or ragged (towards 0).",
        source="area² / 2π over the second moment about its centroid",
    ),
    _body(
        name="BodyLevel",
        range=ANY_NUMBER,
        meaning="How much that body outshines the cytoplasm 0.5 to 2.5 µm around it.",
        source=LOG2,
        nan_when=f"no body, or under {FEWEST} pixels in it or around it",
    ),
    _body(
        name="BodyShare",
        range=(0.0, 1.0),
        meaning="Share of the cytoplasm's protein that lies in that body.",
        source="Σ in the body / Σ in the cytoplasm",
    ),
    _body(
        name="BodyCV",
        range=ANY_RATIO,
        meaning="How uneven that body is inside.",
        source=CV,
        nan_when=f"no body, or under {FEWEST} pixels in it",
    ),
    _body(
        name="BodyToNucleus",
        unit="µm",
        range=ANY_NUMBER,
        landmark=Landmark.NUCLEAR_EDGE,
        meaning="How far that body lies from the nuclear edge.",
        source="mean distance of its pixels",
        nan_when="no nucleus, or no body",
    ),
    *(
        _body(
            name="BodyDeficit",
            channels=(Channel.PROTEIN, channel),
            landmark=landmark,
            range=ANY_NUMBER,
            meaning=f"Whether {words} are missing where that body lies (above 0), against 0.5 to "
            "2.5 µm around it, or gather there (below).",
            source=LOG2,
            nan_when=f"no body, no {channel}, or under {FEWEST} pixels in it or around it",
        )
        for channel, landmark, words in (
            (Channel.MICROTUBULES, Landmark.MICROTUBULES, "microtubules"),
            (Channel.ER, Landmark.ER, "strands of ER"),
        )
    ),
    _body(
        name="BodyToCentre",
        unit="µm",
        channels=(Channel.PROTEIN, Channel.MICROTUBULES),
        landmark=Landmark.CENTRE,
        range=ANY_RATIO,
        meaning="How far that body lies from the organising centre.",
        source="mean distance of its pixels",
        nan_when="no centre, or no body",
    ),
    _body(
        name="BodyDent",
        range=(0.0, 1.0),
        landmark=Landmark.NUCLEAR_EDGE,
        meaning="How deeply the nucleus is dented on the side that faces that body.",
        source="share of the nucleus's convex hull, within 45° of the body as seen from the "
        "nuclear centroid, that is not nucleus",
        nan_when="no nucleus, or no body",
    ),
)


def _dent(
    kernels: ModuleType, grid: WorkingGrid, middle: Floats, body: NDArray[np.bool_]
) -> Floats:
    """Return (n,) share of the nuclear hull facing `body` that is not nucleus."""
    place = (grid.starts, grid.shape)
    way = np.repeat(kernels.centroids(body, *place) - middle, np.diff(grid.starts), axis=0)
    y, x = places(grid, middle)
    towards = y * way[:, 0] + x * way[:, 1]
    facing = towards >= (FACING - FLAT) * np.hypot(y, x) * np.hypot(way[:, 0], way[:, 1])
    hull = kernels.hull_pixels(grid.region, *place, 1) & facing
    dent = (grid.region != 2).astype(np.float64)
    return np.asarray(kernels.weighted_means(dent, hull.astype(np.float64), grid.starts)[1])


def _columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    smooth: Smooth = products["smooth"]
    distances: Distances = products["distance"]
    centre: Centre = products["centre"]
    place = (grid.starts, grid.shape)
    sizes = np.diff(grid.starts)
    cytoplasm = grid.region == 1
    own = cytoplasm.astype(np.float64)
    light = grid.values[Channel.PROTEIN].astype(np.float64)
    area, mean = kernels.weighted_means(light, own, grid.starts)
    base = np.nan_to_num(mean)
    height = smooth[Channel.PROTEIN, 1280] - smooth[Channel.PROTEIN, 2560]
    height = np.where(height > FLAT * np.repeat(base, sizes), height, 0.0)
    body = kernels.bodies(
        height, smooth[Channel.PROTEIN, 320], base, cytoplasm, *place, REACH_UM / grid.step_um
    )
    inside = body.astype(np.float64)
    pixels, within = kernels.weighted_means(light, inside, grid.starts)
    exists = np.where(pixels > 0, 0.0, np.nan)
    gap = np.sqrt(np.maximum(kernels.squared_distances(body, *place), 0))
    gap = gap * np.repeat(grid.step_um, sizes)
    ring = cytoplasm & ~body & (gap > RING_UM[0]) & (gap <= RING_UM[1])
    parts = np.where(body, 0, np.where(ring, 1, -1)).astype(np.int16)
    levels = bin_levels(kernels, grid, parts, 2, FEWEST)
    against = {c: log2_ratio(v.mean[:, 0], v.mean[:, 1]) + exists for c, v in levels.items()}
    _, to_nucleus = kernels.weighted_means(distances.nucleus, inside, grid.starts)
    _, to_centre = kernels.weighted_means(centre.distance, inside, grid.starts)
    return [
        pixels * grid.step_um**2 + exists,
        kernels.roundness(body, *place),
        against[Channel.PROTEIN],
        np.minimum(divide(pixels * within, area * mean), 1.0),
        levels[Channel.PROTEIN].cv[:, 0],
        np.where(distances.has_nucleus, to_nucleus, np.nan),
        -against.get(Channel.MICROTUBULES, missing(exists)),
        -against.get(Channel.ER, missing(exists)),
        np.where(centre.known, to_centre, np.nan),
        _dent(kernels, grid, products["wedges"].centre, body),
    ]


INCLUSION = Section(FEATURES, _columns)
