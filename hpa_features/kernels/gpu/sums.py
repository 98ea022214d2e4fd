"""Sums over the pixels of each cell: bands, weighted means, peaks, moments."""

from __future__ import annotations

from typing import Any

import cupy
import numpy as np

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, integers, launch, listed
from hpa_features.kernels.layout import CropLayout


def band_sums(
    images: Arrays, bands: Arrays | Array, count: list[int] | int, layout: CropLayout
) -> Arrays:
    """Return (n, count, 3): pixels, Σ value, Σ value²; band −1 is outside. Exact."""
    items, cells = len(images), len(layout.step_um)
    counts = listed(count, items)
    sums = [cupy.empty((cells, own, 3), float) for own in counts]
    each_band = Each(listed(bands, items), np.int8)
    given = (Each(images, np.uint16), each_band, integers(counts), layout, Each(sums))
    launch("sums", "band_sums", cells, *given)
    return sums


def means(images: Arrays, mask: Arrays | Array, layout: CropLayout) -> Arrays:
    """Return (n, 2): the pixels of a mask in each cell and the mean over them, NaN without."""
    return _in_mask("means", images, mask, layout, (2,))


def weighted_means(
    images: Arrays, mask: Arrays | Array, weight: Arrays | Array, layout: CropLayout
) -> Arrays:
    """Return (n, 2): Σ weight and Σ weight·value / Σ weight in a mask, NaN where that is 0."""
    weights = Each(listed(weight, len(images)))
    return _in_mask("weighted_means", images, mask, layout, (2,), weights)


def peaks(images: Arrays, mask: Arrays | Array, layout: CropLayout) -> Arrays:
    """Return (n,): greatest values in a mask, 0 where none is positive."""
    return _in_mask("peaks", images, mask, layout, ())


def moments(images: Arrays, mask: Arrays | Array, layout: CropLayout) -> Arrays:
    """Return (n, 5): pixels of a mask, means, and means of d², d³, d⁴, d = value − mean.

    Zeros for a cell without such pixels.
    """
    return _in_mask("moments", images, mask, layout, (5,))


def _in_mask(
    name: str,
    images: Arrays,
    mask: Arrays | Array,
    layout: CropLayout,
    tail: tuple[int, ...],
    *more: Any,
) -> Arrays:
    cells = len(layout.step_um)
    results = empties(len(images), (cells, *tail), float)
    masks = Each(listed(mask, len(images)), bool)
    launch("sums", name, cells, Each(images), masks, *more, layout, Each(results))
    return results
