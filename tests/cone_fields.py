"""Fields whose stains fall evenly from the middle of each cell or nucleus to its edge.

A network whose flow climbs the brightness (`ClimbingNetwork` here, `made_network` in PyTorch)
finds exactly these cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage as ndi

from hpa_features.core.types import CHANNELS, Channel, Field
from hpa_features.segmentation.cellpose.inputs import GAMMA

NUCLEUS_UM, CELL_UM = 15.0, 40.0


@dataclass(frozen=True)
class ConeField:
    """A field and its true masks."""

    field: Field
    cells: np.ndarray
    nuclei: np.ndarray


def cone_field(
    places_um: Sequence[tuple[float, float]],
    *,
    edge_um: float = 164.0,
    um: float = 0.32,
    full: int = 65535,
    channels: Sequence[Channel] = CHANNELS,
    name: str = "cones",
) -> ConeField:
    """Return a field with a cell at each place, cut half-way to its neighbours."""
    size = round(edge_um / um)
    rows, columns = (np.indices((size, size)) + 0.5) * um
    far = np.array(
        [np.hypot(rows - r, columns - c) for r, c in places_um] or [np.full((1, 1), 1e9)]
    )
    near, which = far.min(axis=0), far.argmin(axis=0) + 1
    near, which = (np.broadcast_to(each, (size, size)) for each in (near, which))
    radii = {"cells": CELL_UM / 2, "nuclei": NUCLEUS_UM / 2}
    masks = {name: np.where(near < radius, which, 0) for name, radius in radii.items()}
    # The DNA stain is raised to a power before the network gets it.
    dna = np.clip(1 - near / radii["nuclei"], 0, 1) ** (1 / GAMMA)
    cytoplasm = np.clip(1 - near / radii["cells"], 0, 1)
    light = {Channel.DNA: dna, Channel.ER: cytoplasm, Channel.MICROTUBULES: 0.8 * cytoplasm}
    kind = np.uint8 if full < 256 else np.uint16
    planes = {
        each: np.round(full * light.get(each, 0.5 * cytoplasm)).astype(kind) for each in channels
    }
    field = Field(name, planes, dict.fromkeys(planes, full), um)
    return ConeField(field, masks["cells"].astype(np.int32), masks["nuclei"].astype(np.int32))


class ClimbingNetwork:
    """Flows of unit length up the slope of channel 0, smoothed; cells where it is above 0.05."""

    def __init__(self, channels: int, diameter: float, tile: int = 224, smallest: int = 0):
        self.channels, self.diameter = channels, diameter
        self.tile, self.smallest, self.batch = tile, smallest, 2
        self.seen: list[np.ndarray] = []

    def run(self, tiles: np.ndarray) -> np.ndarray:
        """Return flows and log-odds of tiles; each image is kept in `seen`."""
        self.seen += list(tiles)
        found = np.zeros((len(tiles), 3, *tiles.shape[2:]), np.float32)
        for tile, out in zip(tiles, found, strict=True):
            slope = np.stack(np.gradient(ndi.gaussian_filter(tile[0], 0.08 * self.diameter)))
            out[:2] = 5 * slope / np.maximum(np.hypot(*slope), 1e-3)
            out[2] = 40 * (tile[0] - 0.05)
        return found
