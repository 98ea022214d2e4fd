"""Correlation: how the protein varies with each landmark, compartment by compartment.

All channels share the thickness of the cell, so raw correlations are high by themselves; the
high-passed ones and those that hold the other landmarks still say what is specific.
"""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np

from hpa_features.core.types import LANDMARK_CHANNELS, Channel
from hpa_features.features.products.smooth import Smooth
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import ANY_NUMBER, Floats, divide
from hpa_features.features.sections import Section, family_of_sections
from hpa_features.features.spec import (
    ANY_LIGHT,
    LANDMARK_OF_CHANNEL,
    Compartment,
    Feature,
    Products,
)
from hpa_features.features.unmixing import UNMIXINGS
from hpa_features.features.words import STAIN

FEWEST = 20  # pixels
HIGH_PASS_NM = 1280
RWC_SHARE = 0.15  # of the brightest pixel, CellProfiler's default
RIDGE = 1e-6  # lets a copy of a landmark have a partial correlation
FLAT = 1e-12  # variance over squared mean below which a channel is flat

PLACES: dict[Compartment, tuple[str, tuple[Channel, ...]]] = {
    Compartment.CELLS: ("in the cell", LANDMARK_CHANNELS),
    Compartment.NUCLEI: ("in the nucleus", LANDMARK_CHANNELS),
    Compartment.CYTOPLASM: ("in the cytoplasm", (Channel.MICROTUBULES, Channel.ER)),
}
SPECIFIC = {
    Compartment.CELLS: LANDMARK_CHANNELS,
    Compartment.NUCLEI: (Channel.DNA,),
    Compartment.CYTOPLASM: (Channel.MICROTUBULES, Channel.ER),
}
_ONE = (-1.0, 1.0)
_KINDS = (
    ("Pearson", "", _ONE, "How far the protein rises and falls with {0} {1}.", "Pearson's r"),
    (
        "Spearman",
        "",
        _ONE,
        "How far the protein's order of brightness follows that of {0} {1}.",
        "Spearman's rho: Pearson's r of average ranks",
    ),
    (
        "PearsonFine",
        f"{HIGH_PASS_NM}nm",
        _ONE,
        "How far the protein's fine structure follows that of {0} {1}.",
        "Pearson's r of both channels minus themselves smoothed by σ = 1.28 µm",
    ),
    (
        "Slope",
        "",
        ANY_NUMBER,
        "How steeply the protein rises with {0} {1}, both against their means.",
        "least-squares slope of protein/mean on landmark/mean",
    ),
)


def _read(grid: WorkingGrid) -> list[Channel]:
    return [channel for channel in Channel if channel in grid.values]


def correlations(covariance: Floats, least: Floats) -> Floats:
    """Return (n, k, k) correlations; NaN where a variance does not exceed `least` (n, k)."""
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    deviation = np.sqrt(np.where(variance > least, variance, np.nan))
    table = covariance / (deviation[:, :, None] * deviation[:, None, :])
    return np.asarray(np.clip(table, -1.0, 1.0))


def _tables(kernels: ModuleType, products: Products, compartment: Compartment) -> list[Floats]:
    """(n, k, k) of Pearson, Spearman, fine Pearson and slope between the channels there are."""
    grid: WorkingGrid = products["working"]
    smooth: Smooth = products["smooth"]
    inside, channels = grid.inside(compartment), _read(grid)
    raw = np.stack([grid.values[channel].astype(np.float64) for channel in channels])
    fine = raw - np.stack([smooth[channel, HIGH_PASS_NM] for channel in channels])
    ranks = np.stack(
        [kernels.pixel_ranks(grid.values[c], inside, grid.starts)[0] for c in channels]
    )
    count, mean, covariance = kernels.covariances(raw, inside, grid.starts)
    least = FLAT * mean**2
    few = np.where(count < FEWEST, np.nan, 0.0)[:, None, None]
    pearson = correlations(covariance, least)
    _, _, of_ranks = kernels.covariances(ranks, inside, grid.starts)
    _, _, of_fine = kernels.covariances(fine, inside, grid.starts)
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    steep = divide(covariance, np.where(variance > least, variance, np.nan)[:, None, :])
    slope = steep * divide(mean[:, None, :], mean[:, :, None])
    tables = (pearson, correlations(of_ranks, 0 * least), correlations(of_fine, least), slope)
    return [table + few for table in tables]


def _with_landmarks(table: Floats, channels: list[Channel], wanted: tuple[Channel, ...]) -> Floats:
    protein = channels.index(Channel.PROTEIN)
    columns = [
        table[:, protein, channels.index(landmark)]
        if landmark in channels
        else np.full(len(table), np.nan)
        for landmark in wanted
    ]
    return np.stack(columns, axis=1)


def partials(table: Floats) -> Floats:
    """Return (n, k, k) partial correlations, each pair given all other channels."""
    known = np.asarray(np.isfinite(table).all((1, 2)))[:, None, None]
    unit = np.eye(table.shape[1])
    inverse = np.linalg.inv(np.where(known, table, unit) + RIDGE * unit)
    scale = np.sqrt(np.diagonal(inverse, axis1=1, axis2=2))
    found = -inverse / (scale[:, :, None] * scale[:, None, :])
    return np.where(known, np.clip(found, -1.0, 1.0), np.nan)


def _joint_features(compartment: Compartment) -> tuple[Feature, ...]:
    where, landmarks = PLACES[compartment]
    feature = partial(
        Feature,
        compartment=compartment,
        unit="1",
        invariances=ANY_LIGHT,
        nan_when=f"under {FEWEST} pixels {where}, or a channel is flat there",
    )
    pairs = [
        feature(
            name=name,
            scale=scale,
            range=limits,
            channels=(Channel.PROTEIN, landmark),
            landmark=LANDMARK_OF_CHANNEL[landmark],
            meaning=meaning.format(STAIN[landmark], where),
            source=source,
            # Mitotic spindles: few cells, and in those the protein follows the microtubules.
            rare=compartment == Compartment.CELLS and landmark == Channel.MICROTUBULES,
        )
        for name, scale, limits, meaning, source in _KINDS
        for landmark in landmarks
    ]
    held = [
        feature(
            name=name,
            scale=scale,
            range=_ONE,
            channels=(Channel.PROTEIN, landmark, *(c for c in LANDMARK_CHANNELS if c != landmark)),
            landmark=LANDMARK_OF_CHANNEL[landmark],
            meaning=f"How far the protein{words} follows {STAIN[landmark]} {where} where the "
            "other two landmarks do not explain it.",
            source="partial correlation from the inverse correlation matrix of four channels, "
            "1e-6 on its diagonal",
        )
        for name, scale, words in (
            ("Partial", "", ""),
            ("PartialFine", f"{HIGH_PASS_NM}nm", "'s fine structure"),
        )
        for landmark in SPECIFIC[compartment]
    ]
    return (*pairs, *held)


def _joint_section(compartment: Compartment) -> Section:
    def compute(kernels: ModuleType, products: Products) -> list[Floats]:
        channels = _read(products["working"])
        tables = _tables(kernels, products, compartment)
        columns = [_with_landmarks(t, channels, PLACES[compartment][1]) for t in tables]
        wanted = SPECIFIC[compartment]
        for table in (tables[0], tables[2]):
            found = (
                partials(table) if len(channels) == len(Channel) else np.full_like(table, np.nan)
            )
            columns.append(_with_landmarks(found, channels, wanted))
        return columns

    return Section(_joint_features(compartment), compute)


_OVERLAPS = (
    (
        "MandersM1",
        (0.0, 1.0),
        "Share of the protein {1} that lies where {0} is bright.",
        "Manders, Verbeek & Aten 1993, above Otsu's thresholds of the cell",
    ),
    (
        "MandersM2",
        (0.0, 1.0),
        "Share of {0} {1} that lies where the protein is bright.",
        "Manders, Verbeek & Aten 1993, above Otsu's thresholds of the cell",
    ),
    (
        "ICQ",
        (-0.5, 0.5),
        "How often the protein and {0} are both bright or both dim {1}: 0 by chance.",
        "Li et al. 2004, intensity correlation quotient",
    ),
    (
        "Overlap",
        (0.0, 1.0),
        "How much the protein and {0} overlap {1}, dark pixels counting for nothing.",
        "Manders, Verbeek & Aten 1993, eq. 3",
    ),
)
_RWC = (
    ("RWC1", "Share of the protein that lies with {0} in like order of brightness."),
    ("RWC2", "Share of {0} that lies with the protein in like order of brightness."),
)


_OVERLAP_FEATURES = tuple(
    Feature(
        compartment=compartment,
        name=name,
        unit="1",
        range=limits,
        channels=(Channel.PROTEIN, landmark),
        landmark=LANDMARK_OF_CHANNEL[landmark],
        meaning=meaning.format(STAIN[landmark], PLACES[compartment][0]),
        source=source,
        nan_when=f"a channel has no signal {PLACES[compartment][0]}, for ICQ: or is flat there",
        invariances=ANY_LIGHT,
    )
    for compartment, landmarks in SPECIFIC.items()
    for landmark in landmarks
    for name, limits, meaning, source in _OVERLAPS
)


def _overlap_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    whole = grid.inside(Compartment.CELLS)
    limit = {c: kernels.otsu_thresholds(v, whole, grid.starts) for c, v in grid.values.items()}
    protein = grid.values[Channel.PROTEIN]

    def overlaps(compartment: Compartment, landmark: Channel) -> Floats:
        if landmark not in grid.values:
            return np.full((len(grid.shape), len(_OVERLAPS)), np.nan)
        limits = np.stack([limit[Channel.PROTEIN], limit[landmark]], axis=1)
        inside = grid.inside(compartment)
        return np.asarray(
            kernels.pair_overlaps(protein, grid.values[landmark], inside, grid.starts, limits)
        )

    return [
        overlaps(compartment, landmark)
        for compartment, landmarks in SPECIFIC.items()
        for landmark in landmarks
    ]


def _rwc_columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    whole = grid.region > 0
    ranks = {c: kernels.pixel_ranks(v, whole, grid.starts)[1] for c, v in grid.values.items()}
    protein = grid.values[Channel.PROTEIN]
    return [
        kernels.rank_weighted(
            protein,
            grid.values[landmark],
            ranks[Channel.PROTEIN],
            ranks[landmark],
            whole,
            grid.starts,
            RWC_SHARE,
        )
        if landmark in grid.values
        else np.full((len(grid.shape), 2), np.nan)
        for landmark in LANDMARK_CHANNELS
    ]


_RWC_FEATURES = tuple(
    Feature(
        compartment=Compartment.CELLS,
        name=name,
        unit="1",
        range=(0.0, 1.0),
        channels=(Channel.PROTEIN, landmark),
        landmark=LANDMARK_OF_CHANNEL[landmark],
        meaning=meaning.format(STAIN[landmark]),
        source="Singan et al. 2011, as CellProfiler's RWC at 15 % of the maximum",
        nan_when="a channel has no signal in the cell",
        invariances=ANY_LIGHT,
    )
    for landmark in LANDMARK_CHANNELS
    for name, meaning in _RWC
)

FAMILY = family_of_sections(
    "Correlation",
    ("working", "distance", "smooth"),
    (
        *(_joint_section(compartment) for compartment in PLACES),
        Section(_OVERLAP_FEATURES, _overlap_columns),
        Section(_RWC_FEATURES, _rwc_columns),
        *(unmixing.section() for unmixing in UNMIXINGS),
    ),
)
