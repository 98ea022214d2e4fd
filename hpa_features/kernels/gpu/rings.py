"""Hollow blobs: places darker than what lies all around them at one radius."""

from __future__ import annotations

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, floats, launch, listed
from hpa_features.kernels.layout import CropLayout


def ring_scores(
    image: Arrays,
    um: list[float],
    mean: Arrays,
    offset: list[float],
    mask: Arrays | Array,
    region: Array,
    layout: CropLayout,
) -> Arrays:
    """Return (total,): (second lowest around − centre) / (that + floor), 0 where negative.

    The image is read in eight directions at the radius `um`; the floor is `offset` times the cell's
    mean in `mean` (n, 2). 0 outside the mask and where one of the places lies outside the cell.
    """
    scores = empties(len(image), layout.total, float)
    masks = Each(listed(mask, len(image)), bool)
    given = (Each(image), floats(um), Each(mean, float), floats(offset), masks, region, layout)
    launch("rings", "ring_scores", len(layout.step_um), *given, Each(scores))
    return scores
