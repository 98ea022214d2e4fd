"""Nucleoli: the protein in the DNA-poor holes of the nucleus, around them and elsewhere."""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import (
    ANY_NUMBER,
    ANY_RATIO,
    CV,
    LOG2,
    BinLevels,
    Floats,
    bin_levels,
    divide,
    log2_ratio,
)
from hpa_features.features.sections import Section
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark, Products

FEWEST = 5  # pixels in a zone
HOLE_SHARES = (0.0, 0.05, 0.15, 0.30, 0.85, 1.0)
HOLE_SHARE = 0.15
HOLE_RIM_UM = 0.64
BRIGHTEST = 0.05

_hole = partial(
    Feature,
    unit="1",
    invariances=ANY_LIGHT,
    compartment=Compartment.NUCLEI,
    landmark=Landmark.NUCLEOLI,
    channels=(Channel.PROTEIN, Channel.DNA),
    nan_when="no or a small nucleus, or DNA too flat to tell places apart",
)
FEATURES = (
    *(
        _hole(
            name=f"HoleLevel{share}",
            range=ANY_NUMBER,
            meaning=f"How bright the protein is in the DNA-poorest {share} % of the nucleus, "
            "against its DNA-richer 70 %.",
            source=LOG2,
        )
        for share in (5, 15, 30)
    ),
    _hole(
        name="DenseLevel",
        range=ANY_NUMBER,
        meaning="How bright the protein is in the DNA-richest 15 % of the nucleus, against the "
        "middle of the range.",
        source=LOG2,
    ),
    _hole(
        name="HoleRim",
        range=ANY_NUMBER,
        meaning="How bright the protein is within 0.6 µm around the DNA-poor holes, against the "
        "holes.",
        source=LOG2,
    ),
    _hole(
        name="HoleCV",
        range=ANY_RATIO,
        meaning="How spotty the protein is inside the DNA-poor holes.",
        source=CV,
    ),
    _hole(
        name="HoleDepth",
        range=ANY_NUMBER,
        meaning="How much DNA the DNA-poor holes hold, against the nucleus's DNA-richer 70 %: "
        "low where the nucleoli are plain to see.",
        source=LOG2,
    ),
    _hole(
        name="BrightestInHoles",
        range=(0.0, 1.0),
        meaning="Share of the nucleus's brightest twentieth that lies in DNA-poor holes.",
        source="weight of the brightest 5 % of pixels in the DNA-poorest 15 %",
    ),
    _hole(
        name="DNAAtBrightest",
        range=(0.0, 1.0),
        meaning="Whether the nucleus's brightest twentieth lies in DNA-poor places (towards 0) "
        "or in DNA-rich ones (towards 1).",
        source="mean rank share of DNA at the brightest 5 % of pixels",
    ),
)


def _pooled(levels: BinLevels, first: int, last: int) -> Floats:
    """Mean over several bins; those of too few pixels are left out."""
    mean = levels.mean[:, first:last]
    pixels = np.where(np.isnan(mean), 0, levels.pixels[:, first:last])
    return divide((np.nan_to_num(mean) * pixels).sum(1), pixels.sum(1))


def _columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    rank: Floats = products["holes"]
    interior = rank >= 0
    zones = kernels.bin_numbers(rank, np.array(HOLE_SHARES), interior)
    levels = bin_levels(kernels, grid, zones, len(HOLE_SHARES) - 1, FEWEST)
    protein, dna = levels[Channel.PROTEIN], levels[Channel.DNA]
    rest = _pooled(protein, 3, 5)
    holes = interior & (rank < HOLE_SHARE)
    near = kernels.squared_distances(holes, grid.starts, grid.shape)
    reach = np.repeat((HOLE_RIM_UM / grid.step_um) ** 2, np.diff(grid.starts))
    ring = interior & ~holes & (near > 0) & (near <= reach)
    parts = np.where(holes, 0, np.where(ring, 1, -1)).astype(np.int16)
    both = bin_levels(kernels, grid, parts, 2, FEWEST)[Channel.PROTEIN]
    bright = kernels.brightest_weights(
        grid.values[Channel.PROTEIN], interior, grid.starts, BRIGHTEST
    )
    _, in_holes = kernels.weighted_means(holes.astype(np.float64), bright, grid.starts)
    _, at_brightest = kernels.weighted_means(rank, bright, grid.starts)
    return [
        *(log2_ratio(_pooled(protein, 0, last), rest) for last in (1, 2, 3)),
        log2_ratio(protein.mean[:, 4], protein.mean[:, 3]),
        log2_ratio(both.mean[:, 1], both.mean[:, 0]),
        both.cv[:, 0],
        log2_ratio(_pooled(dna, 0, 2), _pooled(dna, 3, 5)),
        in_holes,
        at_brightest,
    ]


NUCLEOLI = Section(FEATURES, _columns)
