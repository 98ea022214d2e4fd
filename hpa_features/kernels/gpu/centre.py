"""The point of a cell where lines converge."""

from __future__ import annotations

import numpy as np

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, floats, launch, listed
from hpa_features.kernels.layout import CropLayout


def organising_centres(
    light: Arrays,
    edge: Arrays,
    lines: list[tuple[Array, ...]],
    zone: Arrays | Array,
    reach_um: list[float],
    layout: CropLayout,
) -> Arrays:
    """Return (n, 2): row and column of the point of a zone where lines converge, NaN if dark.

    Of the local maxima of light · √(distance to the cell edge) in the zone, the one with the
    greatest product of that with (1 + convergence); equal ones are averaged. `lines` are what
    `ridges` gives.
    """
    count, cells = len(light), len(layout.step_um)
    parts = (Each([line[k] for line in lines], float) for k in range(3))
    zones = Each(listed(zone, count), bool)
    images, peaks = (empties(count, layout.total, kind) for kind in (float, np.int32))
    places = empties(count, (cells, 2), float)
    given = (Each(light, float), Each(edge, float), *parts, zones, floats(reach_um), layout)
    launch("centre", "organising_centres", cells, *given, Each(images), Each(peaks), Each(places))
    return places
