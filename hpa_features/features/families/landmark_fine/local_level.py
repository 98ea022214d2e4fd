"""The protein's fine level in a part: its light over that of its surroundings."""

from __future__ import annotations

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.plan import Floats, Measured, once
from hpa_features.features.ratios import divide
from hpa_features.features.vocabulary.images import Smooth
from hpa_features.features.vocabulary.parts import Mask
from hpa_features.features.vocabulary.sums import Means, mean

FEWEST = 5  # pixels
FINE, COARSE = (Smooth(Channel.PROTEIN, nm) for nm in (320, 1280))
LOCAL = "log2 of means of protein (σ = 0.32 µm) / protein (σ = 1.28 µm)"


@once
def local_level(m: Measured, part: Mask) -> Floats:
    """Return (n,) fine over coarse protein in `part`, NaN for too few pixels or no protein."""
    pixels, fine = m(Means(FINE, part)).T
    return np.where(pixels >= FEWEST, divide(fine, mean(m, COARSE, part)), np.nan)
