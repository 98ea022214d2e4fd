"""Granularity: how much of the protein's signal goes as ever larger structures are opened away.

CellProfiler's spectrum: the background, an opening, is subtracted; then the signal is eroded step
by step and reconstructed under itself, and each step's loss is a share of the signal at the start,
background included. Departures: of the protein smoothed by 0.32 µm, since an erosion finds the
deepest noise within its reach; on the working grid, with radii in µm; pixels outside the cell take
no part, where CellProfiler lets neighbours and background in; the background opening has a radius
of 6.4 µm and, like the others, grows over four neighbours; shares are 0…1, not per cent.
"""

from __future__ import annotations

from itertools import pairwise
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.enough_steps import with_enough_steps
from hpa_features.features.products.smooth import protein_at
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import divide
from hpa_features.features.spec import (
    ANY_LIGHT,
    CELL_COMPARTMENTS,
    Compartment,
    Family,
    Feature,
    Landmark,
    Products,
)
from hpa_features.features.words import WHERE

RADII_NM = (320, 640, 960, 1280, 1920, 2560, 3520, 5120)
SMOOTH_NM = 320
BACKGROUND_UM = 6.4  # above the largest radius
FEWEST = 20  # pixels


def _features(compartment: Compartment) -> tuple[Feature, ...]:
    where = WHERE[compartment]
    return tuple(
        Feature(
            compartment=compartment,
            name="Share",
            unit="1",
            range=(0.0, 1.0),
            meaning=f"How much of the protein's signal {where} stands out in structures of "
            f"{smaller / 1000:g} to {radius / 1000:g} µm radius.",
            source="CellProfiler's Granularity: loss from one opening by reconstruction to "
            "the next / signal, of the protein smoothed by 0.32 µm",
            nan_when=f"under {FEWEST} pixels {where}, no signal there, or the grid too "
            "coarse to tell this radius from the one before",
            channels=(Channel.PROTEIN,),
            scale=f"{radius}nm",
            landmark=Landmark.NUCLEUS if compartment is Compartment.NUCLEI else Landmark.NONE,
            invariances=ANY_LIGHT,
        )
        for smaller, radius in pairwise((0, *RADII_NM))
    )


def _pixels_in(um: float | NDArray[np.float64], grid: WorkingGrid) -> NDArray[np.int64]:
    steps = np.maximum(np.round(um / grid.step_um[:, None]), 1)
    return steps.astype(np.int64)


def compute(kernels: ModuleType, products: Products) -> NDArray[np.float64]:
    """Return (n, 24): compartment by compartment, radius by radius."""
    grid: WorkingGrid = products["working"]
    steps = _pixels_in(np.array(RADII_NM) / 1000, grid)
    sums = kernels.opening_sums(
        protein_at(products["smooth"], SMOOTH_NM),
        grid.region,
        grid.starts,
        grid.shape,
        _pixels_in(BACKGROUND_UM, grid)[:, 0],
        steps,
    )
    parts = {
        Compartment.CELLS: sums.sum(axis=2),
        Compartment.NUCLEI: sums[:, :, 1],
        Compartment.CYTOPLASM: sums[:, :, 0],
    }
    told_apart = np.diff(steps, axis=1, prepend=0) > 0
    shares = []
    for compartment in CELL_COMPARTMENTS:
        left = parts[compartment].astype(np.float64)
        pixels = np.add.reduceat(grid.inside(compartment).astype(np.int64), grid.starts[:-1])
        lost = -np.diff(left[:, 1:], axis=1)
        usable = told_apart & (pixels[:, None] >= FEWEST)
        shares.append(np.where(usable, divide(lost, left[:, :1]), np.nan))
    return np.concatenate(shares, axis=1)


FAMILY = with_enough_steps(
    Family(
        name="Granularity",
        needs=("working", "smooth"),
        features=tuple(f for compartment in CELL_COMPARTMENTS for f in _features(compartment)),
        compute=compute,
        default=False,
    )
)
