"""Unmixing: the protein's layout as a sum of landmark layouts, none of them negative."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import ModuleType

import numpy as np
from scipy.optimize import nnls

from hpa_features.core.types import LANDMARK_CHANNELS, Channel
from hpa_features.features.products.distance import Distances
from hpa_features.features.products.smooth import Smooth
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import Floats, divide
from hpa_features.features.sections import Section
from hpa_features.features.spec import (
    ANY_LIGHT,
    LANDMARK_OF_CHANNEL,
    Compartment,
    Feature,
    Landmark,
    Products,
)
from hpa_features.features.words import STAIN

SIGMA_NM = 320
EDGE_UM = 1.0
RIM_UM = 0.6
FEWEST = 20  # pixels
RIDGE = 1e-9  # of a layout's mean square; two equal layouts then share the weight
_READ = (Channel.PROTEIN, *LANDMARK_CHANNELS)


@dataclass(frozen=True, slots=True)
class Layout:
    """One summand: a channel's name, or ``Nucleus``, ``CellEdge``, ``NuclearEdge``, ``Even``."""

    name: str
    landmark: Landmark
    words: str


_CHANNELS = tuple(
    Layout(channel.value, LANDMARK_OF_CHANNEL[channel], f"the layout of {STAIN[channel]}")
    for channel in LANDMARK_CHANNELS
)
_NUCLEUS = Layout("Nucleus", Landmark.NUCLEUS, "an even nucleus")
_EDGES = (
    Layout("CellEdge", Landmark.CELL_EDGE, "a rim along the cell edge"),
    Layout("NuclearEdge", Landmark.NUCLEAR_EDGE, "a rim along the nuclear edge"),
    Layout("Even", Landmark.NONE, "an even filling"),
)


@dataclass(frozen=True, slots=True)
class Unmixing:
    """Weights of `layouts` in one compartment, and what they leave over."""

    compartment: Compartment
    layouts: tuple[Layout, ...]
    where: str

    def features(self) -> tuple[Feature, ...]:
        """Return one share a layout, then the residual share."""
        feature = partial(
            Feature,
            compartment=self.compartment,
            unit="1",
            channels=_READ,
            invariances=ANY_LIGHT,
            nan_when=f"no nucleus, a channel without signal, or under {FEWEST} pixels {self.where}",
        )
        shares = [
            feature(
                name=f"Unmixed{layout.name}",
                range=(0.0, float("inf")),
                landmark=layout.landmark,
                meaning=f"How much of the protein {self.where} {layout.words} explains when all "
                "landmarks explain it together.",
                source="weight of non-negative least squares (Lawson & Hanson 1974, chapter 23) "
                "on layouts of mean 1 smoothed by 0.32 µm",
            )
            for layout in self.layouts
        ]
        rest = feature(
            name="UnmixedRest",
            range=(0.0, float("inf")),
            meaning=f"How much of the protein's variation {self.where} no landmark explains.",
            source="residual mean square of the non-negative fit / variance",
        )
        return (*shares, rest)

    def compute(self, kernels: ModuleType, products: Products) -> list[Floats]:
        """Fill `features`."""
        grid: WorkingGrid = products["working"]
        distances: Distances = products["distance"]
        smooth: Smooth = products["smooth"]
        inside = grid.inside(self.compartment)
        empty = np.full((len(grid.shape), len(self.layouts) + 1), np.nan)
        if any((channel, SIGMA_NM) not in smooth for channel in LANDMARK_CHANNELS):
            return [empty]
        maps = {
            **{channel.value: smooth[channel, SIGMA_NM] for channel in _READ},
            "Nucleus": (grid.region == 2).astype(np.float64),
            "CellEdge": np.exp(-distances.edge / EDGE_UM),
            "NuclearEdge": np.exp(-np.abs(distances.nucleus) / RIM_UM),
            "Even": np.ones(grid.region.size),
        }
        names = [Channel.PROTEIN.value, *(layout.name for layout in self.layouts)]
        images = np.stack([maps[name] for name in names])
        count, mean, covariance = kernels.covariances(images, inside, grid.starts)
        usable = (count >= FEWEST) & distances.has_nucleus & (mean > 0).all(1)
        for cell in np.flatnonzero(usable):
            scaled = covariance[cell] / np.outer(mean[cell], mean[cell])
            empty[cell] = _weights(scaled)
        return [empty]

    def section(self) -> Section:
        """Return features and the function that fills them."""
        return Section(self.features(), self.compute)


def _weights(covariance: Floats) -> Floats:
    """Non-negative weights and residual share from the covariances of maps of mean 1."""
    moments = covariance + 1.0
    gram = moments[1:, 1:] + RIDGE * np.diag(np.diag(moments)[1:])
    factor = np.linalg.cholesky(gram)
    weights, _ = nnls(factor.T, np.linalg.solve(factor, moments[1:, 0]))
    rest = moments[0, 0] - 2 * weights @ moments[1:, 0] + weights @ moments[1:, 1:] @ weights
    spread = covariance[:1, 0]
    return np.concatenate([weights, divide(np.maximum([rest], 0.0), spread * (spread > 1e-12))])


UNMIXINGS = (
    Unmixing(Compartment.CELLS, (_NUCLEUS, *_CHANNELS, *_EDGES), "in the cell"),
    Unmixing(Compartment.CYTOPLASM, (*_CHANNELS[1:], *_EDGES), "in the cytoplasm"),
)
