"""Blobs: places brighter than their surroundings at one size."""

from __future__ import annotations

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, floats, launch
from hpa_features.kernels.layout import CropLayout


def spots(
    fine: Arrays,
    coarse: Arrays,
    mean: Arrays,
    limits: list[tuple[float, float, float]],
    region: Array,
    layout: CropLayout,
) -> list[tuple[Array, Array, Array]]:
    """Return (total,) float64 three times: weights, contrast and light of the spots of a band.

    The band is a finer minus a coarser smoothing. `limits` are the offset, as a share of the cell's
    mean in `mean` (n, 2), least contrast and least multiple of the noise; `kernels.cpu` defines
    all.
    """
    count = len(fine)
    given = (Each(fine), Each(coarse, float), Each(mean, float))
    numbers = (floats([own[k] for own in limits]) for k in range(3))
    band, least, contrast, light, weights = (empties(count, layout.total, float) for _ in range(5))
    made = map(Each, (band, least, contrast, light, weights))
    launch("spots", "spots", len(layout.step_um), *given, *numbers, region, layout, *made)
    return list(zip(weights, contrast, light, strict=True))


def spot_leads(
    light: Arrays, weights: Arrays, elsewhere_um: list[float], layout: CropLayout
) -> Arrays:
    """Return (n, 2): light of the highest spot, and of the highest farther than `elsewhere_um`.

    Spots are where the weights are positive; farther from the middle of the highest ones. 0 where
    there is none.
    """
    cells = len(layout.step_um)
    leads = empties(len(light), (cells, 2), float)
    given = (Each(light, float), Each(weights, float), floats(elsewhere_um), layout, Each(leads))
    launch("spots", "spot_leads", cells, *given)
    return leads


def local_maxima(image: Arrays, least: list[float], region: Array, layout: CropLayout) -> Arrays:
    """Return (total,): 1 at local maxima above `least`, equal neighbours sharing one, else 0."""
    weights = empties(len(image), layout.total, float)
    given = (Each(image, float), floats(least), region, layout, Each(weights))
    launch("spots", "local_maxima", len(layout.step_um), *given)
    return weights
