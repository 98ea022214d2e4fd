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

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.dynamic_range import with_dynamic_range
from hpa_features.features.nodes import Map, Measurement
from hpa_features.features.plan import Floats, Measured, Value, once
from hpa_features.features.ratios import divide
from hpa_features.features.spec import (
    ANY_LIGHT,
    CELL_COMPARTMENTS,
    Compartment,
    Family,
    Feature,
    Landmark,
)
from hpa_features.features.vocabulary.distances import STEP_UM
from hpa_features.features.vocabulary.images import Rounded, Smooth
from hpa_features.features.vocabulary.parts import PartCounts
from hpa_features.features.words import WHERE

RADII_NM = (320, 640, 960, 1280, 1920, 2560, 3520, 5120)
IMAGE = Rounded(Smooth(Channel.PROTEIN, 320))
BACKGROUND_UM = 6.4  # above the largest radius
FEWEST = 20  # pixels


class OpeningSums(Measurement[Floats]):
    """(n, k + 2, 2): Σ signal in cytoplasm and nucleus: all, above background, after openings."""

    image: Map = IMAGE
    background_um: float = BACKGROUND_UM
    radii_um: tuple[float, ...] = tuple(nm / 1000 for nm in RADII_NM)
    tail = (len(RADII_NM) + 2, 2)
    kernel = "opening_sums"
    takes = ("region", "layout")


@once
def _told_apart(m: Measured) -> NDArray[np.bool_]:
    """Return (n, k) bool: the grid resolves each radius from the previous one."""
    steps = np.maximum(np.round(np.array(RADII_NM) / 1000 / m(STEP_UM)[:, None]), 1)
    return np.diff(steps, axis=1, prepend=0) > 0


def _share(compartment: Compartment, number: int) -> Value:
    part = CELL_COMPARTMENTS.index(compartment)

    def value(m: Measured) -> Floats:
        cytoplasm, nucleus = np.moveaxis(np.asarray(m(OpeningSums()), np.float64), 2, 0)
        left = (cytoplasm + nucleus, nucleus, cytoplasm)[part]
        usable = _told_apart(m)[:, number] & (m(PartCounts())[:, part] >= FEWEST)
        lost = left[:, number + 1] - left[:, number + 2]
        return np.where(usable, divide(lost, left[:, 0]), np.nan)

    return value


def _features(compartment: Compartment) -> tuple[Feature, ...]:
    where = WHERE[compartment]
    return tuple(
        Feature(
            compartment=compartment,
            name="Share",
            value=_share(compartment, number),
            unit="1",
            range=(0.0, 1.0),
            meaning=f"Share of the protein's signal {where} in structures of {smaller / 1000:g} to "
            f"{radius / 1000:g} µm radius.",
            source="CellProfiler's Granularity: loss from one opening by reconstruction to "
            "the next / signal, of the protein smoothed by 0.32 µm",
            nan_when=f"under {FEWEST} pixels {where}, no signal there, or a grid too coarse to "
            "separate this radius from the previous one",
            channels=(Channel.PROTEIN,),
            scale=f"{radius}nm",
            landmark=Landmark.NUCLEUS if compartment is Compartment.NUCLEI else Landmark.NONE,
            invariances=ANY_LIGHT,
        )
        for number, (smaller, radius) in enumerate(pairwise((0, *RADII_NM)))
    )


FAMILY = Family(
    name="Granularity",
    features=with_dynamic_range(
        feature for compartment in CELL_COMPARTMENTS for feature in _features(compartment)
    ),
    default=False,
)
