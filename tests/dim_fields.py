"""Families by their formula alone: however dim the protein is, and smoothed or not."""

from __future__ import annotations

from contextlib import ExitStack
from unittest.mock import patch

import numpy as np

from hpa_features.core.types import Channel, Field, Masks
from hpa_features.features.batch import Batch
from hpa_features.features.crops import make_crops
from hpa_features.features.measure import plan_of
from hpa_features.features.plan import columns_of, make_numbers
from hpa_features.features.spec import Family
from hpa_features.features.vocabulary.gray_levels import ENOUGH_STEPS
from hpa_features.features.vocabulary.images import Smooth


def measured_anyway(
    family: Family, field: Field, masks: Masks, *, smoothed: bool = True, grid_um: float = 0.32
) -> np.ndarray:
    """Return (cells, features) of `family` where every cell has steps enough.

    Without `smoothed` the protein stands as it is wherever it is asked for smoothed.
    """
    batch = Batch((field,), (masks,), grid_um)
    plan = plan_of((family,), batch.channels)
    with ExitStack() as stack:
        if not smoothed:
            stack.enter_context(patch.object(Smooth, "run", _unsmoothed(Smooth.run)))
        numbers = make_numbers(make_crops(batch), plan)
    numbers.values[ENOUGH_STEPS][:] = True
    return columns_of(numbers, plan, masks.count)


def _unsmoothed(run):
    def made(crops, nodes, before):
        plain = crops.values[Channel.PROTEIN].astype(np.float64)
        found = zip(nodes, run(crops, nodes, before), strict=True)
        return [plain if node.channel is Channel.PROTEIN else image for node, image in found]

    return made
