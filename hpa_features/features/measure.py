"""A batch of fields and a choice of families in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch, Planes
from hpa_features.features.crops import make_crops
from hpa_features.features.field_facts import field_facts
from hpa_features.features.plan import Plan, columns_of, make_numbers, make_plan
from hpa_features.features.spec import Family
from hpa_features.kernels import CPU, working_on_gpu


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


@cache
def plan_of(families: tuple[Family, ...], channels: tuple[Channel, ...]) -> Plan:
    """Return the plan of all columns of `families`; those of missing channels have no formula."""
    return make_plan(
        (family.column(feature), feature.value if set(feature.channels) <= set(channels) else None)
        for family in families
        for feature in family.features
    )


def upload(batch: Batch) -> Any:
    """Begin to copy the planes of `batch` to the GPU; returns what `measure_all` takes.

    Raises
    ------
    MissingExtra, MemoryError, DataError
        As `kernels.working_on_gpu`.
    """
    with working_on_gpu() as kernels:
        return kernels.upload.Upload(batch.planes)


def measure_all(
    batch: Batch, families: Sequence[Family], device: str = CPU, uploaded: Any = None
) -> Measurements:
    """Measure every cell and every field of `batch` on ``cpu`` or ``gpu``.

    `uploaded` is what `upload` returned of the batch; None: nothing was copied before.

    Raises
    ------
    MissingExtra, MemoryError, DataError
        As `kernels.working_on_gpu`.
    """
    if device == CPU:
        return _measure_with(batch, families)
    arrived = uploaded.arrived() if uploaded else nullcontext()
    with working_on_gpu() as kernels, arrived as planes:
        return _measure_with(batch, families, kernels, planes)


def _measure_with(
    batch: Batch, families: Sequence[Family], kernels: Any = None, planes: Planes | None = None
) -> Measurements:
    crops = make_crops(batch, kernels, planes)
    facts = field_facts(batch, crops.planes)
    plan = plan_of(tuple(families), batch.channels)
    cells = np.zeros((0, len(plan.columns)))
    if batch.cell_count:
        cells = columns_of(make_numbers(crops, plan), plan, batch.cell_count)
    return Measurements(cells.astype(np.float32), facts.astype(np.float32))


def measure(batch: Batch, families: Sequence[Family]) -> NDArray[np.float32]:
    """Measure every cell of `batch`: (cells, columns of all families in order) float32."""
    return measure_all(batch, families).cells
