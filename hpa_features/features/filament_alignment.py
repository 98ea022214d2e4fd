"""Alignment: which way the protein's lines run, in the cell and beside microtubules."""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.directions import doubled, places, steepest
from hpa_features.features.products.centre import Centre
from hpa_features.features.products.distance import Distances
from hpa_features.features.products.ridges import Ridges, RidgeSet
from hpa_features.features.products.wedges import Wedges
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import ANY_NUMBER, Floats, divide, missing
from hpa_features.features.sections import Section
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark, Products

BINS = 12  # of 15°
NEAR_NUCLEUS_UM, NEAR_EDGE_UM = 3.0, 4.0
FLOOR = 1e-3
_PROTEIN = (Channel.PROTEIN,)
_WITH_MT = (Channel.PROTEIN, Channel.MICROTUBULES)
_feature = partial(Feature, unit="1", invariances=ANY_LIGHT)
_way = partial(
    _feature,
    compartment=Compartment.CYTOPLASM,
    channels=_PROTEIN,
    range=(-1.0, 1.0),
    source="mean cos 2(φ − ψ) weighted by ridge strength, ψ the direction named",
)
OWN = (
    _feature(
        compartment=Compartment.CELLS,
        name="Order",
        channels=_PROTEIN,
        range=(0.0, 1.0),
        meaning="Whether all lines of the cell run in parallel (1) or in all directions (0).",
        source="|Σ w·e^{2iφ}| / Σ w, w the ridge strength",
        nan_when="no line in the cell",
    ),
    _feature(
        compartment=Compartment.CELLS,
        name="OrientationEntropy",
        channels=_PROTEIN,
        range=(0.0, 1.0),
        meaning="How evenly the cell's lines are spread over all directions: 1 evenly, 0 for one "
        "direction.",
        source=f"entropy of {BINS} directions weighted by ridge strength / log {BINS}; a line "
        "between two directions counts in both",
        nan_when="no line in the cell",
    ),
    _way(
        name="RadialFromNucleus",
        landmark=Landmark.NUCLEUS,
        meaning="Whether lines point away from the nucleus (1) or run around it (−1).",
        nan_when="no nucleus, or no line in the cytoplasm",
    ),
    _way(
        name="AlongNucleus",
        landmark=Landmark.NUCLEAR_EDGE,
        meaning="Whether lines within 3 µm of the nucleus run along its edge (1) or point at it "
        "(−1).",
        nan_when="no nucleus, or no line within 3 µm of it",
    ),
    _way(
        name="AlongEdge",
        landmark=Landmark.CELL_EDGE,
        meaning="Whether lines within 4 µm of the cell edge run along it (1) or point at it (−1).",
        nan_when="no line within 4 µm of the cell edge",
    ),
)
_beside = partial(
    _feature,
    compartment=Compartment.CYTOPLASM,
    channels=_WITH_MT,
    landmark=Landmark.MICROTUBULES,
    nan_when="no lines of protein or of microtubules in the cytoplasm",
)
PAIR = (
    _beside(
        name="OnRidges",
        range=(0.0, 1.0),
        meaning="Share of the protein's lines that lie on plain lines of microtubules.",
        source="Σ strength of the protein on plain microtubule ridges / Σ strength",
    ),
    _beside(
        name="OnRidgesExcess",
        range=ANY_NUMBER,
        meaning="How much more often the protein's lines lie on lines of microtubules than any "
        "place of the cytoplasm does.",
        source="log2((share on ridges + 0.01)/(area share of ridges + 0.01))",
    ),
    _beside(
        name="Agreement",
        range=(-1.0, 1.0),
        meaning="Whether lines of protein and of microtubules at the same place run in parallel "
        "(1) or across (−1).",
        source="mean cos 2(φ − φₘ) weighted by the product of strengths",
        nan_when="no place of the cytoplasm with lines of both",
    ),
    _beside(
        name="StrengthCorrelation",
        range=(-1.0, 1.0),
        meaning="Whether protein and microtubules form lines at the same places.",
        source="Pearson correlation of ridge strengths",
        nan_when="the strength of either is the same throughout the cytoplasm",
    ),
    _beside(
        name="Strength",
        range=ANY_NUMBER,
        meaning="How much stronger the protein's lines are than those of microtubules.",
        source="log2((mean strength + 0.001)/(mean microtubule strength + 0.001))",
    ),
    _beside(
        name="RadialFromNucleus",
        range=(-2.0, 2.0),
        meaning="How much more the protein's lines point away from the nucleus than microtubules.",
        source="difference of two mean cos 2(φ − ψ)",
        nan_when="no nucleus, or no lines of protein or of microtubules in the cytoplasm",
    ),
    _beside(
        name="RadialFromCentre",
        landmark=Landmark.CENTRE,
        range=(-1.0, 1.0),
        meaning="Whether lines point at the organising centre (1) or run around it (−1).",
        source="mean cos 2(φ − ψ) weighted by ridge strength",
        nan_when="no centre, or no line in the cytoplasm",
    ),
)


def _entropy(grid: WorkingGrid, lines: Ridges) -> Floats:
    """Entropy of the directions of each cell, 0…1."""
    turn = np.arctan2(lines.sine, lines.cosine) * (BINS / (2 * np.pi)) % BINS
    low = np.floor(turn)
    cell = np.repeat(np.arange(grid.step_um.size), np.diff(grid.starts)) * BINS
    size = grid.step_um.size * BINS
    parts = np.zeros(size)
    for bins, share in ((low, low + 1 - turn), (low + 1, turn - low)):
        at = cell + bins.astype(np.int64) % BINS
        parts += np.bincount(at, lines.strength * share, size)
    shares = parts.reshape(-1, BINS)
    part = divide(shares, shares.sum(1, keepdims=True))
    logs = np.log(np.where(part > 0, part, 1.0))
    return np.asarray(np.clip(-(part * logs).sum(1) / np.log(BINS), 0.0, 1.0))


def _mean(kernels: ModuleType, grid: WorkingGrid, values: Floats, weights: Floats) -> Floats:
    """Weighted mean of cosines in each cell, kept in −1…1."""
    found: Floats = kernels.weighted_means(values, weights, grid.starts)[1]
    return np.asarray(np.clip(found, -1.0, 1.0))


def _own_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    distances: Distances = products["distance"]
    wedges: Wedges = products["wedges"]
    lines: Ridges = products["ridges"][Channel.PROTEIN, 320]
    cytoplasm = (grid.region == 1).astype(np.float64)
    nucleated = np.repeat(distances.has_nucleus, np.diff(grid.starts))
    _, along = kernels.weighted_means(lines.cosine, lines.strength, grid.starts)
    _, across = kernels.weighted_means(lines.sine, lines.strength, grid.starts)
    around = _agreement(lines, doubled(*places(grid, wedges.centre)))
    by_nucleus = -_agreement(lines, steepest(grid, distances.nucleus))
    by_edge = -_agreement(lines, steepest(grid, distances.edge))
    own = lines.strength * cytoplasm
    return [
        np.minimum(np.hypot(along, across), 1.0),
        _entropy(grid, lines),
        _mean(kernels, grid, around, own * nucleated),
        _mean(kernels, grid, by_nucleus, own * nucleated * (distances.nucleus < NEAR_NUCLEUS_UM)),
        _mean(kernels, grid, by_edge, own * (distances.edge < NEAR_EDGE_UM)),
    ]


def _agreement(lines: Ridges, way: tuple[Floats, Floats]) -> Floats:
    """Return cos 2(φ − ψ) of lines and a direction."""
    return lines.cosine * way[0] + lines.sine * way[1]


def _pair_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    distances: Distances = products["distance"]
    wedges: Wedges = products["wedges"]
    ridges: RidgeSet = products["ridges"]
    centre: Centre = products["centre"]
    lines = ridges[Channel.PROTEIN, 320]
    if (Channel.MICROTUBULES, 320) not in ridges:
        return [missing(grid.step_um) for _ in PAIR]
    other = ridges[Channel.MICROTUBULES, 320]
    sizes = np.diff(grid.starts)
    cytoplasm = (grid.region == 1).astype(np.float64)
    nucleated = np.repeat(distances.has_nucleus, sizes)
    own, theirs = lines.strength * cytoplasm, other.strength * cytoplasm
    plain = other.plain.astype(np.float64)
    _, covered = kernels.weighted_means(plain, cytoplasm, grid.starts)
    _, on_ridges = kernels.weighted_means(plain, own, grid.starts)
    both = np.where(covered > 0, on_ridges, np.nan)
    _, mine = kernels.weighted_means(lines.strength, cytoplasm, grid.starts)
    _, their = kernels.weighted_means(other.strength, cytoplasm, grid.starts)
    exist = np.where((mine > 0) & (their > 0), 0.0, np.nan)
    _, product = kernels.weighted_means(lines.strength * other.strength, cytoplasm, grid.starts)
    spread = [
        np.maximum(kernels.weighted_means(x * x, cytoplasm, grid.starts)[1] - mean**2, 0.0)
        for x, mean in ((lines.strength, mine), (other.strength, their))
    ]
    scale = np.sqrt(spread[0] * spread[1])
    usable = scale > 1e-9 * mine * their
    correlation = divide(product - mine * their, np.where(usable, scale, 0.0))
    around = doubled(*places(grid, wedges.centre))
    radial = [
        _mean(kernels, grid, _agreement(each, around), weight * nucleated)
        for each, weight in ((lines, own), (other, theirs))
    ]
    towards = _agreement(lines, doubled(*places(grid, centre.place)))
    together = lines.cosine * other.cosine + lines.sine * other.sine
    return [
        both,
        np.log2((both + 0.01) / (covered + 0.01)),
        _mean(kernels, grid, together, own * theirs),
        np.clip(correlation, -1.0, 1.0),
        np.log2((mine + FLOOR) / (their + FLOOR)) + exist,
        radial[0] - radial[1],
        _mean(kernels, grid, towards, own * np.repeat(centre.known, sizes)),
    ]


def _columns(kernels: ModuleType, products: Products) -> list[Floats]:
    return [*_own_columns(kernels, products), *_pair_columns(kernels, products)]


ALIGNMENT = Section((*OWN, *PAIR), _columns)
