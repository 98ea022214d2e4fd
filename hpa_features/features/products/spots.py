"""`spots`: blobs of the protein, of two sizes.

A blob is a local maximum of the protein smoothed by σ minus the protein smoothed by 2σ, which
is the Laplacian of Gaussian but for a factor (Lowe 2004) and answers most to blobs of diameter
4σ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.products.smooth import OCTAVES_NM, Smooth
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import OFFSET, divide
from hpa_features.features.spec import Batch, Product, Products

LEAST_CONTRAST = 0.15  # height over the surroundings
LEAST_NOISE = 3.0  # height over the band's robust deviation in the cell
SIZES_NM = (640, 1280)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spots:
    """Spots of one size, per pixel of the working grid: all (total,) float64.

    Attributes
    ----------
    weights
        1 at each spot; equal neighbours share one.
    contrast
        Height over the surroundings, everywhere in the cell.
    light
        Height where it is enough for a spot, else 0.
    """

    weights: Floats
    contrast: Floats
    light: Floats


def make(kernels: ModuleType, batch: Batch, products: Products) -> Mapping[int, Spots]:
    """Return diameter in nm → spots."""
    grid: WorkingGrid = products["working"]
    smooth: Smooth = products["smooth"]
    protein = grid.values[Channel.PROTEIN].astype(np.float64)
    levels = [protein, *(smooth[Channel.PROTEIN, octave] for octave in OCTAVES_NM[:2])]
    own = (grid.region > 0).astype(np.float64)
    _, mean = kernels.weighted_means(protein, own, grid.starts)
    sizes = np.diff(grid.starts)
    result = {}
    for diameter, (fine, coarse) in zip(SIZES_NM, pairwise(levels), strict=True):
        band = fine - coarse
        around = coarse + OFFSET * np.repeat(mean, sizes)
        noise = np.repeat(kernels.noise_levels(band, grid.region, grid.starts), sizes)
        least = np.maximum(LEAST_CONTRAST * around, LEAST_NOISE * noise)
        weights = kernels.spot_weights(band, least, grid.region, grid.starts, grid.shape)
        contrast = np.where(own > 0, divide(band, around), 0.0)
        result[diameter] = Spots(weights, contrast, np.where(band > least, band, 0.0))
    return result


PRODUCT = Product(name="spots", needs=("working", "smooth"), make=make)
