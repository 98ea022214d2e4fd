"""`smooth`: channels at octaves of smoothing, from the cell's own pixels only."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import LANDMARK_CHANNELS, Channel
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.spec import Batch, Product, Products

OCTAVES_NM = (320, 640, 1280, 2560, 5120)
WANTED: Mapping[Channel, tuple[int, ...]] = {
    Channel.PROTEIN: OCTAVES_NM,
    **dict.fromkeys(LANDMARK_CHANNELS, (320, 1280)),
}

Smooth = Mapping[tuple[Channel, int], NDArray[np.float64]]


def protein_at(smooth: Smooth, nm: int) -> NDArray[np.uint16]:
    """Return the protein smoothed by `nm`, rounded half up on the working grid's own scale."""
    return np.floor(smooth[Channel.PROTEIN, nm] + 0.5).astype(np.uint16)


def make(kernels: ModuleType, batch: Batch, products: Products) -> Smooth:
    """Return (channel, σ in nm) → (total,) float64, Σ(w·m·x) / Σ(w·m) over the cell's pixels."""
    grid: WorkingGrid = products["working"]
    place = (grid.starts, grid.shape)
    own = (grid.region > 0).astype(np.float64)
    images = {channel: values.astype(np.float64) for channel, values in grid.values.items()}
    result = {}
    for octave in OCTAVES_NM:
        sigma = octave / 1000 / grid.step_um
        weight = kernels.smooth_crops(own, *place, sigma)
        for channel, image in images.items():
            if octave in WANTED[channel]:
                total = kernels.smooth_crops(image, *place, sigma)
                result[channel, octave] = kernels.normalise(total, weight, grid.region)
    return result


PRODUCT = Product(name="smooth", needs=("working",), make=make)
