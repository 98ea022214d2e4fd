"""A batch of fields and a choice of families in, numbers out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.crops import PARTS, crops_of
from hpa_features.features.field_facts import FIELD_FACTS
from hpa_features.features.plan import Measured, Plan, make_nodes, make_plan, named
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
        batch, {*PARTS, *FIELD_FACTS.needs, *(name for family in families for name in family.needs)}
    )
    kernels = kernels_for(*(masks.cells for masks in batch.masks))
    facts = FIELD_FACTS.compute(batch, {name: made[name] for name in FIELD_FACTS.needs})
    tables = [np.zeros((batch.cell_count, 0))]
    numbers = Measured()
    if batch.cell_count:
        plan = plan_of(tuple(families), frozenset(batch.channels))
        crops = crops_of(kernels, made)
        numbers = make_nodes(crops, plan)
    for family in families:
        if not batch.cell_count:
            tables.append(np.zeros((0, len(family.features))))
        elif family.compute is not None:
            needed = {name: made[name] for name in family.needs}
            tables.append(family.compute(kernels, needed))
        else:
            tables.append(_columns(numbers, family, batch))
    cells = np.concatenate(tables, axis=1).astype(np.float32)
    return Measurements(cells, facts.astype(np.float32))


@cache
def plan_of(families: tuple[Family, ...], channels: frozenset[Channel]) -> Plan:
    """Return the plan of all columns of `families` whose channels are there."""
    return make_plan(
        (family.column(feature), feature.value)
        for family in families
        for feature in family.features
        if feature.value is not None and channels.issuperset(feature.channels)
    )


def _columns(numbers: Measured, family: Family, batch: Batch) -> NDArray[np.float64]:
    """Return (cells, features) of a family; NaN where a channel is missing."""
    table = np.full((batch.cell_count, len(family.features)), np.nan)
    for at, feature in enumerate(family.features):
        if feature.value is not None and set(feature.channels) <= set(batch.channels):
            table[:, at] = named(family.column(feature), feature.value, numbers)
    return table


def measure(batch: Batch, families: Sequence[Family]) -> NDArray[np.float32]:
    """Measure every cell of `batch`: (cells, columns of all families in order) float32."""
    return measure_all(batch, families).cells
