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
    background = products["background"]
    signal = {}
    for channel in batch.channels:
        parts = []
        for number, field in enumerate(batch.fields):
            plane = field.planes[channel].ravel().astype(np.uint16)
            level = np.uint16(background[channel][number])
            parts.append(np.maximum(plane, level) - level)
        signal[channel] = np.concatenate(parts)
    return signal


PRODUCT = Product(name="signal", needs=("background",), make=make)
