"""Directions by doubled angles: towards points, down slopes, and how they agree."""

from __future__ import annotations

import cupy

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, integers, launch, over
from hpa_features.kernels.layout import CropLayout

Pairs = list[tuple[Array, ...]]


def towards(point: Arrays, layout: CropLayout) -> Pairs:
    """Return (n, 2) point (total,) twice: cos 2ψ and sin 2ψ, ψ the direction to it.

    0 at the point itself and throughout a cell whose point is NaN.
    """
    cosine, sine = (empties(len(point), layout.total, float) for _ in range(2))
    given = (Each(point, float), layout, Each(cosine), Each(sine))
    launch("directions", "towards", len(layout.step_um), *given)
    return list(zip(cosine, sine, strict=True))


def steepest(length: Arrays, region: Array, layout: CropLayout) -> Pairs:
    """Return (total,) twice: cos 2ψ and sin 2ψ, ψ where it changes fastest.

    0 outside cells and where it does not change.
    """
    cosine, sine = (empties(len(length), layout.total, float) for _ in range(2))
    given = (Each(length, float), region, layout, Each(cosine), Each(sine))
    launch("directions", "steepest", len(layout.step_um), *given)
    return list(zip(cosine, sine, strict=True))


def agreements(own: Pairs, other: Pairs) -> Arrays:
    """Return (total,) float64: cos 2(φ − ψ) of directions that begin with cosine, sine."""
    total = own[0][0].size
    parts = (Each([pair[k] for pair in pairs], float) for pairs in (own, other) for k in range(2))
    results = empties(len(own), total, float)
    launch("directions", "agreements", over(total), *parts, Each(results), total)
    return results


def direction_sums(lines: Pairs, bins: list[int], layout: CropLayout) -> Arrays:
    """Return (n, bins): strength of lines by direction, as `ridges` gives them.

    A line between two directions counts in both, by how near they are.
    """
    cells = len(layout.step_um)
    sums = [cupy.empty((cells, count), float) for count in bins]
    parts = (Each([line[k] for line in lines], float) for k in range(3))
    launch("directions", "direction_sums", cells, *parts, integers(bins), layout, Each(sums))
    return sums
