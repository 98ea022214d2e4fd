"""Families by their formula alone: however dim the protein is, and smoothed or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hpa_features.core.types import Channel, Field, Masks
from hpa_features.features.measure import make_products
from hpa_features.features.spec import Batch, Family
from hpa_features.kernels import kernels_for


def measured_anyway(
    family: Family, field: Field, masks: Masks, *, smoothed: bool = True, grid_um: float = 0.32
) -> np.ndarray:
    """Return (cells, features) of `family` where every cell has steps enough.

    Without `smoothed` the protein stands as it is wherever it is asked for smoothed.
    """
    products = dict(make_products(Batch((field,), (masks,), grid_um), family.needs))
    gray = products["levels"]
    products["levels"] = replace(gray, usable=np.ones_like(gray.usable))
    if not smoothed:
        plain = products["working"].values[Channel.PROTEIN].astype(np.float64)
        products["smooth"] = {
            (channel, nm): plain if channel is Channel.PROTEIN else image
            for (channel, nm), image in products["smooth"].items()
        }
    return family.compute(kernels_for(masks.cells), products)
