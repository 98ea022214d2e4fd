"""Where cells touch one another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hpa_features.simulate.cells import Anatomy


def contact_edge(anatomy: Anatomy) -> NDArray[np.bool_]:
    """Return the pixels next to a pixel of another cell: both sides of each contact."""
    labels = anatomy.labels
    touching = np.zeros(labels.shape, np.bool_)
    for first, second in (
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
    ):
        one, other = labels[first], labels[second]
        met = (one != other) & (one > 0) & (other > 0)
        touching[first] |= met
        touching[second] |= met
    return touching
