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
    return {
        channel: np.array(
            [
                field.background[channel]
                if field.background is not None
                else kernels.background_mode(field.planes[channel], masks.cells == 0)
                for field, masks in zip(batch.fields, batch.masks, strict=True)
            ],
            np.int64,
        )
        for channel in batch.channels
    }


PRODUCT = Product(name="background", needs=(), make=make)
