"""Crops for kernels: cells of any size, value and shape, some of them without pixels."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from hpa_features.kernels.layout import CropLayout

LEVELS = (1, 3, 255, 65536)


@dataclass(frozen=True)
class Drawn:
    """Crops, their (total,) region and two images that are 0 outside cells."""

    layout: CropLayout
    region: np.ndarray
    first: np.ndarray
    second: np.ndarray

    @property
    def parts(self) -> tuple[np.ndarray, ...]:
        """Cell, nucleus and cytoplasm, each (total,) bool."""
        return self.region > 0, self.region == 2, self.region == 1

    def cells(self) -> list[slice]:
        """Return where each cell lies in flat arrays."""
        starts = self.layout.starts
        return [slice(a, b) for a, b in pairwise(starts)]


@st.composite
def drawn_crops(draw: st.DrawFn) -> Drawn:
    """Draw up to three cells of up to 12 × 12 pixels, noise of few or many levels."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = random.integers(1, 13, (draw(st.integers(1, 3)), 2))
    starts = np.concatenate(([0], np.cumsum(shape.prod(axis=1)))).astype(np.int64)
    total = int(starts[-1])
    share = draw(st.sampled_from((0.0, 0.1, 0.6, 1.0)))
    region = np.where(random.random(total) < share, random.integers(1, 3, total), 0)
    first, second = (
        np.where(region > 0, random.integers(0, draw(st.sampled_from(LEVELS)), total), 0)
        for _ in range(2)
    )
    layout = CropLayout(starts, shape.astype(np.int64), np.full(len(shape), 0.32), total)
    return Drawn(layout, region.astype(np.uint8), first.astype(np.uint16), second.astype(np.uint16))
