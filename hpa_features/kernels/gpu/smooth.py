"""Smoothing whose cost does not grow with its width."""

from __future__ import annotations

from collections.abc import Sequence

import cupy
import numpy as np
from numpy.typing import NDArray

from hpa_features.kernels.gpu.images import from_host, to_host
from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, launch
from hpa_features.kernels.layout import CropLayout


def smooth_images(image: Arrays, weight: Arrays, um: list[float], layout: CropLayout) -> Arrays:
    """Return (total,) float64: Σ(w·m·x) / Σ(w·m), m the cell, w a Gaussian of σ = `um`.

    `weight` is the denominator, as `smooth_masks` gives it. The image is 0 outside the cell, and so
    is the result.
    """
    results = empties(len(um), layout.total, float)
    given = (Each(image), Each(weight, float), layout, Each(results), *_boxes(um, layout))
    launch("smooth", "smooth_images", len(layout.step_um), *given)
    return results


def smooth_masks(um: list[float], region: Array, layout: CropLayout) -> Arrays:
    """Return (total,) float64: Σ(w·m) on the cell's pixels, 0 outside; see `smooth_images`."""
    results = empties(len(um), layout.total, float)
    given = (region, layout, Each(results), *_boxes(um, layout))
    launch("smooth", "smooth_masks", len(layout.step_um), *given)
    return results


def coherences(lines: list[tuple[Array, ...]], um: list[float], layout: CropLayout) -> Arrays:
    """Return (total,): |G∗(w·e^{2iφ})| / G∗w of ridges of strength w, G of σ = `um`.

    0 where the strength is 0.
    """
    directions = [Each([line[k] for line in lines], float) for k in range(3)]
    totals, along, results = (empties(len(um), layout.total, float) for _ in range(3))
    room = (Each(totals), Each(along), Each(results))
    given = (*directions, layout, *room, *_boxes(um, layout))
    launch("smooth", "coherences", len(layout.step_um), *given)
    return results


def _boxes(um: Sequence[float], layout: CropLayout) -> tuple[Each, ...]:
    """Return what kernels take of the boxes of each item in each cell, and their room.

    Radius (n,), weight (n,) of the next pixel (as `kernels.cpu`), where a cell's room begins (n,),
    and twice the room: a crop with a margin that three boxes do not leave. It waits for the
    device, which alone has the shapes of the crops.
    """
    shape, step_um = to_host([layout.shape, layout.step_um])
    of_width = {sigma_um: _boxes_of(sigma_um, shape, step_um) for sigma_um in set(um)}
    *tables, sizes = zip(*(of_width[sigma_um] for sigma_um in um), strict=True)
    rooms = ([cupy.empty(size, float) for size in sizes] for _ in range(2))
    return (*map(Each, tables), *map(Each, rooms))


def _boxes_of(
    sigma_um: float, shape: NDArray[np.int64], step_um: NDArray[np.float64]
) -> tuple[Array, Array, Array, int]:
    """Return radius, weight and begin of a width, which its items have in common, and the room."""
    variance = (sigma_um / step_um) ** 2 / 3.0
    radius = np.floor(0.5 * np.sqrt(12.0 * variance + 1.0) - 0.5).astype(np.int64)
    inner = (2 * radius + 1) * (radius * (radius + 1) - 3.0 * variance)
    weight = inner / (6.0 * (variance - (radius + 1.0) ** 2))
    margin = 6 * (radius + 1)
    room = np.maximum((shape[:, 0] + margin) * shape[:, 1], (shape[:, 1] + margin) * shape[:, 0])
    ends = np.cumsum(room)
    size = int(ends[-1]) if ends.size else 0
    return from_host(radius), from_host(weight), from_host(ends - room), size
