"""`PRODUCTS`: what families share, each made once a batch, each after what it needs."""

from __future__ import annotations

from hpa_features.features.products import (
    background,
    centre,
    contact,
    distance,
    full_scale,
    holes,
    index,
    levels,
    nuclear_pairs,
    ridges,
    signal,
    smooth,
    spots,
    steps,
    wedges,
    working,
)
from hpa_features.features.spec import Product

PRODUCTS: tuple[Product, ...] = (
    index.PRODUCT,
    full_scale.PRODUCT,
    steps.PRODUCT,
    background.PRODUCT,
    signal.PRODUCT,
    working.PRODUCT,
    levels.PRODUCT,
    distance.PRODUCT,
    contact.PRODUCT,
    nuclear_pairs.PRODUCT,
    wedges.PRODUCT,
    smooth.PRODUCT,
    holes.PRODUCT,
    spots.PRODUCT,
    ridges.PRODUCT,
    centre.PRODUCT,
)
