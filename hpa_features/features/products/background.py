"""`background`: one integer a field and channel (DESIGN.md §4 rule 3)."""

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
) -> Mapping[Channel, NDArray[np.int64]]:
    """Return channel → (fields,) int64, the fields' own where they are given."""
    outside = products["index"].labels == 0
    background = {}
    for channel in batch.channels:
        levels: NDArray[np.int64] = kernels.background_levels(
            batch.flat(channel), outside, batch.starts, products["steps"][channel]
        )
        for number, field in enumerate(batch.fields):
            if field.background is not None:
                levels[number] = field.background[channel]
        background[channel] = levels
    return background


PRODUCT = Product(name="background", needs=("index", "steps"), make=make)
