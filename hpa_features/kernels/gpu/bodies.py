"""The one body of a cell that stands out most, grown from its peak."""

from __future__ import annotations

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, floats, launch, listed
from hpa_features.kernels.gpu.shape import hull_room
from hpa_features.kernels.layout import CropLayout


def bodies(
    height: Arrays,
    image: Arrays,
    mean: Arrays,
    mask: Arrays | Array,
    limits: list[tuple[float, float]],
    layout: CropLayout,
) -> Arrays:
    """Return (total,) bool: each cell's body, not a pixel where nothing stands out.

    The pixels of a mask, joined by their sides to the one of greatest `height`, whose `image` is at
    least halfway from the mask's mean, in `mean` (n, 2), to its peak. `limits` are the least
    height, as a share of that mean, and the greatest distance from the peak in µm.
    """
    count = len(height)
    body, joined = (empties(count, layout.total, bool) for _ in range(2))
    numbers = (floats([own[k] for own in limits]) for k in range(2))
    masks = Each(listed(mask, count), bool)
    given = (Each(height, float), Each(image, float), Each(mean, float), masks, *numbers, layout)
    launch("bodies", "bodies", len(layout.step_um), *given, Each(joined), Each(body))
    return body


def roundness(inside: Arrays, layout: CropLayout) -> Arrays:
    """Return (n,): area² / 2π over the second moment about its centroid.

    1 for a disc, else less; pixels count as squares. NaN for a cell without a pixel of it.
    """
    cells = len(layout.step_um)
    results = empties(len(inside), cells, float)
    launch("bodies", "roundness", cells, Each(inside, bool), layout, Each(results))
    return results


def dents(
    mask: Arrays | Array,
    middle: Arrays | Array,
    least: list[float],
    region: Array,
    layout: CropLayout,
) -> Arrays:
    """Return (n,): share of the nuclear hull that faces a mask and is not nucleus.

    A pixel faces the mask where the cosine of its angle to the mask's centroid, seen from `middle`
    (n, 2), is at least `least`. NaN without nucleus or mask.
    """
    count, cells = len(least), len(layout.step_um)
    results = empties(count, cells, float)
    rooms = [hull_room(layout, 1) for _ in range(count)]
    places = (Each(listed(mask, count), bool), Each(listed(middle, count), float))
    room = (Each([own[k] for own in rooms]) for k in range(2))
    launch("bodies", "dents", cells, *places, floats(least), region, layout, *room, Each(results))
    return results
