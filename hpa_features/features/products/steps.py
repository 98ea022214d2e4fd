"""`steps`: the smallest gap between gray values of a plane, one integer a field and channel."""

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
    return {channel: _steps_of(kernels, batch, channel) for channel in batch.channels}


def _steps_of(kernels: ModuleType, batch: Batch, channel: Channel) -> NDArray[np.int64]:
    steps: NDArray[np.int64] = kernels.smallest_steps(batch.flat(channel), batch.starts)
    given = [None if field.step is None else field.step[channel] for field in batch.fields]
    return np.array([s if g is None else g for s, g in zip(steps, given, strict=True)], np.int64)


PRODUCT = Product(name="steps", needs=(), make=make)
