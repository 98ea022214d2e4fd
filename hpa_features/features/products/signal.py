"""`signal`: native pixels after background, `max(plane − background, 0)`, still integers."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.spec import Batch, Product, Products


def make(
    kernels: ModuleType,
    batch: Batch,
    products: Products,
) -> Mapping[Channel, NDArray[np.uint16]]:
    """Return channel → (pixels,) uint16 over the flat planes of the batch."""
    pixels = np.diff(batch.starts)
    signal = {}
    for channel in batch.channels:
        level = np.repeat(products["background"][channel].astype(np.uint16), pixels)
        signal[channel] = np.maximum(batch.flat(channel), level) - level
    return signal


PRODUCT = Product(name="signal", needs=("background",), make=make)
