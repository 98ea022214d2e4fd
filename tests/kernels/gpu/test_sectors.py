"""Points, sectors and moments about a point are the same on the GPU."""

from __future__ import annotations

import numpy as np
from drawn_crops import drawn_crops
from hypothesis import given
from kernels.gpu.twins import check, few

from hpa_features.kernels import cpu

EXACT = {"rtol": 1e-14, "atol": 0.0}


def points_of(crops):
    """Return two points a cell: the centre, and one that the second cell lacks."""
    centre = cpu.nuclear_centres(crops.region, crops.layout)
    other = centre + np.array([1.25, -3.0])
    other[1:2] = np.nan
    return [centre, other]


@few
@given(drawn_crops())
def test_points(crops):
    points = points_of(crops)
    check("nuclear_centres", crops.region, crops.layout)
    check("offsets", points, crops.layout)
    check("known_points", points)
    check("facings", points, points[::-1], crops.layout, **EXACT)
    away = cpu.offsets(points, crops.layout)
    check("pulls", [crops.first / 3.0, crops.second / 1.0], away, [1.0, 2.5])


@few
@given(drawn_crops())
def test_sectors(crops):
    points = points_of(crops)
    points[1] = np.nan_to_num(points[1])
    check("sector_numbers", points, crops.region, crops.layout)
    numbers = cpu.sector_numbers(points, crops.region, crops.layout)
    bands = cpu.bands(
        [crops.second.astype(float)] * 2, [(0.0, 5.0, 9e4), (1.0, 9e4)], [crops.parts[0]] * 2
    )
    images = [crops.first, crops.parts[1]]
    check("sector_sums", images, bands, [2, 1], numbers, crops.layout)
    masks = [crops.parts[0], crops.parts[1]]
    check("spreads_about", images, masks, points, crops.layout, rtol=1e-12)
