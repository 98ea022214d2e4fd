"""Networks: how long and straight the protein's lines are, where they end and branch."""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.products.ridges import Ridges
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import ANY_RATIO, Floats
from hpa_features.features.sections import Section
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Products

_feature = partial(
    Feature,
    compartment=Compartment.CYTOPLASM,
    unit="1",
    channels=(Channel.PROTEIN,),
    invariances=ANY_LIGHT,
    nan_when="no plain line in the cytoplasm",
)
_CROSSED = "share of crests whose circle of 0.96 µm {0} ridges leave"
_PART = "of connected plain ridge pixels"
FEATURES = (
    _feature(
        name="Specks",
        range=(0.0, 1.0),
        meaning="Share of the lines that are specks shorter than 2 µm.",
        source=_CROSSED.format("no"),
    ),
    _feature(
        name="Ends",
        range=(0.0, 1.0),
        meaning="Share of the lines' length that lies at an end.",
        source=_CROSSED.format("1"),
    ),
    _feature(
        name="Branches",
        range=(0.0, 1.0),
        meaning="Share of the lines' length that lies where they branch or cross.",
        source=_CROSSED.format("3 or more"),
    ),
    _feature(
        name="Length",
        unit="µm",
        range=ANY_RATIO,
        meaning="How long connected lines are, weighted by their strength.",
        source=f"mean √(12·λ₁) of the second moments {_PART}",
    ),
    _feature(
        name="LongestLength",
        unit="µm",
        range=ANY_RATIO,
        rare=True,
        meaning="How long the longest connected line is.",
        source=f"greatest √(12·λ₁) of the second moments {_PART}",
    ),
    _feature(
        name="Straightness",
        range=(0.0, 1.0),
        meaning="Whether a connected line keeps its direction (1) or turns and branches (0).",
        source=f"mean |Σ w·e^{{2iφ}}| / Σ w {_PART}",
    ),
    _feature(
        name="LongestStraight",
        unit="µm",
        range=ANY_RATIO,
        rare=True,
        meaning="How long the longest straight line is: a rod or a stress fibre.",
        source=f"greatest product of length and straightness {_PART}",
    ),
    _feature(
        name="StrongestShare",
        range=(0.0, 1.0),
        rare=True,
        meaning="Share of all lines that the one most prominent connected line holds.",
        source=f"greatest Σ strength {_PART} / that of all",
    ),
)


def _columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    lines: Ridges = products["ridges"][Channel.PROTEIN, 320]
    place = (grid.starts, grid.shape)
    cytoplasm = grid.region == 1
    crests = ((lines.crossings >= 0) & cytoplasm).astype(np.float64)
    shares = []
    for kind in (lines.crossings == 0, lines.crossings == 1, lines.crossings >= 3):
        _, share = kernels.weighted_means(kind.astype(np.float64), crests, grid.starts)
        shares.append(share)
    parts, firsts = kernels.connected_parts(lines.plain & cytoplasm, *place)
    mass, length, straight = kernels.part_lines(
        parts, firsts, lines.strength, lines.cosine, lines.sine, *place
    )
    step = np.repeat(grid.step_um, np.diff(firsts))
    long, longest = kernels.part_totals(length * step, mass, firsts)
    keeps, _ = kernels.part_totals(straight, mass, firsts)
    _, rod = kernels.part_totals(length * step * straight, mass, firsts)
    _, strongest = kernels.part_totals(mass, mass, firsts)
    total, _ = kernels.weighted_means(lines.strength, lines.strength * (parts >= 0), grid.starts)
    share = np.minimum(strongest / np.where(total > 0, total, 1.0), 1.0)
    return [*shares, long, longest, keeps, rod, share]


NETWORKS = Section(FEATURES, _columns)
