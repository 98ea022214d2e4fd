"""`ridges`: where protein and microtubules form lines, how strong, and which way they run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.products.smooth import Smooth
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import OFFSET
from hpa_features.features.spec import Batch, Product, Products

WANTED: tuple[tuple[Channel, int], ...] = (
    (Channel.PROTEIN, 320),
    (Channel.PROTEIN, 640),
    (Channel.MICROTUBULES, 320),
)
LEAST_STRENGTH = 0.03  # of the level: weaker ones are noise
LEAST_OF_MEAN = 1.5  # of the cell's mean strength
CIRCLE_UM = 0.96  # about a crest; what leaves it tells ends from branches

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ridges:
    """Lines of one channel at one width, per pixel of the working grid.

    Attributes
    ----------
    strength
        (total,) float64: curvature across the line relative to the level, 0 where there is none.
    cosine, sine
        (total,) float64: of twice the angle between line and rows' axis.
    plain
        (total,) bool: strength above 0.03 and above 1.5 of the cell's mean.
    crossings
        (total,) int8: on crests, how many ridges leave the circle of 0.96 µm; −1 elsewhere.
    """

    strength: Floats
    cosine: Floats
    sine: Floats
    plain: NDArray[np.bool_]
    crossings: NDArray[np.int8]


RidgeSet = Mapping[tuple[Channel, int], Ridges]


def make(kernels: ModuleType, batch: Batch, products: Products) -> RidgeSet:
    """Return (channel, σ in nm) → ridges, for the channels that the batch has."""
    grid: WorkingGrid = products["working"]
    smooth: Smooth = products["smooth"]
    place = (grid.starts, grid.shape)
    own = (grid.region > 0).astype(np.float64)
    result = {}
    for channel, nm in WANTED:
        if channel not in grid.values:
            continue
        values = grid.values[channel].astype(np.float64)
        _, mean = kernels.weighted_means(values, own, grid.starts)
        sigma = nm / 1000 / grid.step_um
        strength, cosine, sine = kernels.ridge_strengths(
            smooth[channel, nm], OFFSET * np.nan_to_num(mean), grid.region, *place, sigma
        )
        _, middle = kernels.weighted_means(strength, own, grid.starts)
        least = np.maximum(LEAST_STRENGTH, LEAST_OF_MEAN * np.nan_to_num(middle))
        plain = strength > np.repeat(least, np.diff(grid.starts))
        crests = kernels.ridge_crests(strength, cosine, sine, least, *place)
        crossings = kernels.ring_crossings(crests, plain, *place, CIRCLE_UM / grid.step_um)
        result[channel, nm] = Ridges(strength, cosine, sine, plain, crossings)
    return result


PRODUCT = Product(name="ridges", needs=("working", "smooth"), make=make)
