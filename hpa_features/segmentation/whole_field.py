"""The whole field as one cell, for users who want one row a field."""

from __future__ import annotations

import numpy as np

from hpa_features.core.types import Channel, Field, Masks
from hpa_features.segmentation.grid import Grid
from hpa_features.segmentation.nearest import Nearest
from hpa_features.segmentation.nuclei import find_nuclei
from hpa_features.segmentation.outlines import outline_nuclei


def segment_whole_field(field: Field) -> Masks:
    """Return one cell that covers `field`, with all nuclei found by watershed as its parts."""
    grid = Grid.of(field.shape, field.pixel_size_um)
    dna = grid.reduce(field.planes[Channel.DNA])
    nuclei = outline_nuclei(Nearest.of(find_nuclei(dna, grid)), dna, grid)
    return Masks(
        cells=np.ones(field.shape, dtype=np.int32),
        nuclei=(grid.enlarge(nuclei) > 0).astype(np.int32),
        object_numbers=np.ones(1, dtype=np.int64),
        nucleus_counts=np.array([nuclei.max(initial=0)], dtype=np.int32),
    )
