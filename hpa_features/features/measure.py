"""A batch of fields and a choice of families in, a cell table out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.features.products import PRODUCTS
from hpa_features.features.spec import Batch, Family
from hpa_features.kernels import kernels_for


def closed_needs(families: Sequence[Family]) -> set[str]:
    """Return the names of all products that `families` need, directly or through others."""
    wanted = {name for family in families for name in family.needs}
    for product in reversed(PRODUCTS):
        if product.name in wanted:
            wanted.update(product.needs)
    return wanted


def measure(batch: Batch, families: Sequence[Family]) -> NDArray[np.float32]:
    """Measure every cell of `batch`.

    Returns
    -------
    NDArray[float32]
        (cells, columns of all families in order). Undefined values are NaN, none is infinite.
        Columns of a channel that the batch lacks are NaN.
    """
    width = sum(len(family.features) for family in families)
    if batch.cell_count == 0:
        return np.zeros((0, width), np.float32)
    kernels = kernels_for(*(m.cells for m in batch.masks))
    wanted = closed_needs(families)
    made: dict[str, Any] = {}
    for product in PRODUCTS:
        if product.name in wanted:
            needed = {name: made[name] for name in product.needs}
            made[product.name] = product.make(kernels, batch, needed)
    tables = [
        family.compute(kernels, {name: made[name] for name in family.needs}) for family in families
    ]
    return np.concatenate(tables, axis=1).astype(np.float32)
