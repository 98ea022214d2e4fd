"""`full_scale`: the value of a saturated pixel, field by field."""

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
    """Return channel → (fields,) int64."""
    return {c: np.array([f.full_scale[c] for f in batch.fields], np.int64) for c in batch.channels}


PRODUCT = Product(name="full_scale", needs=(), make=make)
