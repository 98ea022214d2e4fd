"""Kernels that run on the host take and give arrays of the device."""

from __future__ import annotations

from drawn_crops import drawn_crops
from hypothesis import given
from kernels.gpu.twins import check, few


@few
@given(drawn_crops())
def test_what_mahotas_measures(crops):
    images, masks = [crops.first, crops.second, crops.first], [*crops.parts]
    check("mahotas_haralick", images, masks, [0.32, 0.64, 0.32], crops.layout)
    check("mahotas_patterns", images, masks, [0.32, 0.64, 0.32], crops.layout)
    check("mahotas_adjacency", images, masks, [True, False, True], crops.layout)
    check("mahotas_zernike", images, masks, crops.layout)
