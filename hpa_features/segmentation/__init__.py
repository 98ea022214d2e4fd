"""Fields in, their masks out.

A `Segmenter` finds the cells of a batch of fields; `segmenter_of` gives the one that settings
name. Watershed takes nuclei from DNA (`nuclei`), what is cell from ER and Microtubules
(`cytoplasm`), grows the cells (`cells`), puts nuclei that share one together (`sharing`) and
outlines each nucleus again (`outlines`); `reconcile` makes any two label images clean `Masks`.
`agreement` scores masks against others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpa_features.segmentation.segmenter import Segmenter, prepared_segmenter, segmenter_of

__all__ = ["Segmenter", "prepared_segmenter", "segmenter_of"]


def __getattr__(name: str) -> object:
    # Loaded on first use: where weights are is asked without numba and scikit-image.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.segmenter"), name)
    globals()[name] = value
    return value
