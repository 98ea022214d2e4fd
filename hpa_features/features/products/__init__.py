"""`PRODUCTS`: what families share, each made once a batch, each after what it needs."""

from __future__ import annotations

from hpa_features.features.products import (
    background,
    centre,
    distance,
    full_scale,
    holes,
    index,
    levels,
    ridges,
    signal,
    smooth,
    spots,
    wedges,
    working,
)
from hpa_features.features.spec import Product

PRODUCTS: tuple[Product, ...] = (
    index.PRODUCT,
    full_scale.PRODUCT,
    background.PRODUCT,
    signal.PRODUCT,
    working.PRODUCT,
    levels.PRODUCT,
    distance.PRODUCT,
    wedges.PRODUCT,
    smooth.PRODUCT,
    holes.PRODUCT,
    spots.PRODUCT,
    ridges.PRODUCT,
    centre.PRODUCT,
)
