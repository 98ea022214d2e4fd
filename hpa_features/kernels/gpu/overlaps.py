"""Where two channels are bright together inside a part of each cell."""

from __future__ import annotations

import numpy as np

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, floats, launch, listed
from hpa_features.kernels.layout import CropLayout


def pair_overlaps(
    first: Arrays,
    second: Arrays,
    inside: Arrays | Array,
    first_limit: Arrays,
    second_limit: Arrays,
    layout: CropLayout,
) -> Arrays:
    """Return (n, 4): Manders' M1 and M2 above limits (n,), Li's ICQ, overlap coefficient.

    NaN where the denominator is 0; ICQ also where a channel is flat. `kernels.cpu` defines them.
    """
    cells = len(layout.step_um)
    results = empties(len(first), (cells, 4), float)
    images = (Each(first, np.uint16), Each(second, np.uint16))
    masks = Each(listed(inside, len(first)), bool)
    limits = (Each(first_limit, float), Each(second_limit, float))
    launch("overlaps", "pair_overlaps", cells, *images, masks, *limits, layout, Each(results))
    return results


def rank_weighted(
    first: Arrays,
    second: Arrays,
    first_rank: Arrays,
    second_rank: Arrays,
    inside: Arrays | Array,
    share: list[float],
    layout: CropLayout,
) -> Arrays:
    """Return (n, 2): rank-weighted colocalisation of `first` with `second`, and the reverse.

    Pixels count where both reach `share` of their own maximum, weighted by how alike their
    dense ranks are; NaN without pixels or signal.
    """
    cells = len(layout.step_um)
    results = empties(len(first), (cells, 2), float)
    images = (Each(first, np.uint16), Each(second, np.uint16))
    ranks = (Each(first_rank, np.int32), Each(second_rank, np.int32))
    masks = Each(listed(inside, len(first)), bool)
    given = (*images, *ranks, masks, floats(share), layout, Each(results))
    launch("overlaps", "rank_weighted", cells, *given)
    return results
