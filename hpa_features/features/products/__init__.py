"""`PRODUCTS`: what families share, each made once a batch, each after what it needs."""

from __future__ import annotations

from hpa_features.features.products import background, index, signal, working
from hpa_features.features.spec import Product

PRODUCTS: tuple[Product, ...] = (
    index.PRODUCT,
    background.PRODUCT,
    signal.PRODUCT,
    working.PRODUCT,
)
