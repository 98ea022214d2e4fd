"""A batch of fields and a choice of families in, numbers out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.features.field_facts import FIELD_FACTS
from hpa_features.features.products import PRODUCTS
from hpa_features.features.spec import Batch, Family
from hpa_features.kernels import kernels_for


@dataclass(frozen=True, slots=True)
class Measurements:
    """What one batch gives.

    Attributes
    ----------
    cells
        (cells, columns of all families in order) float32. Undefined values are NaN, none is
        infinite; columns of a channel that the batch lacks are NaN.
    fields
        (fields, field facts) float32.
    """

    cells: NDArray[np.float32]
    fields: NDArray[np.float32]


def closed_needs(names: Iterable[str]) -> set[str]:
    """Return `names` of products with all that they need, directly or through others."""
    wanted = set(names)
    for product in reversed(PRODUCTS):
        if product.name in wanted:
            wanted.update(product.needs)
    return wanted


def make_products(batch: Batch, names: Iterable[str]) -> Mapping[str, Any]:
    """Make the named products of `batch`, and what they need, once each in list order."""
    kernels = kernels_for(*(masks.cells for masks in batch.masks))
    wanted = closed_needs(names)
    made: dict[str, Any] = {}
    for product in PRODUCTS:
        if product.name in wanted:
            needed = {name: made[name] for name in product.needs}
            made[product.name] = product.make(kernels, batch, needed)
    return made


def measure_all(batch: Batch, families: Sequence[Family]) -> Measurements:
    """Measure every cell and every field of `batch`."""
    made = make_products(
        batch, {*FIELD_FACTS.needs, *(name for family in families for name in family.needs)}
    )
    kernels = kernels_for(*(masks.cells for masks in batch.masks))
    facts = FIELD_FACTS.compute(batch, {name: made[name] for name in FIELD_FACTS.needs})
    tables = [np.zeros((batch.cell_count, 0))]
    for family in families:
        if batch.cell_count:
            needed = {name: made[name] for name in family.needs}
            tables.append(family.compute(kernels, needed))
        else:
            tables.append(np.zeros((0, len(family.features))))
    cells = np.concatenate(tables, axis=1).astype(np.float32)
    return Measurements(cells, facts.astype(np.float32))


def measure(batch: Batch, families: Sequence[Family]) -> NDArray[np.float32]:
    """Measure every cell of `batch`: (cells, columns of all families in order) float32."""
    return measure_all(batch, families).cells
