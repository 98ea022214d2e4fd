"""Flows to labels: the steps of the package's `compute_masks`, and outlines on a finer grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpa_features.kernels.cpu.field.diffusion import flow_errors
from hpa_features.kernels.cpu.field.flow_labels import fine_labels
from hpa_features.kernels.cpu.field.flows import ends_together, path_ends
from hpa_features.segmentation.regions import areas, holes_of, on_edge, renumber

# Constants of the package, at the scale of its networks.
STEPS = 200
SMALLEST = 15  # pixels of a region
LARGEST = 0.4  # share of the image that a region may cover


@dataclass(frozen=True, slots=True)
class Flows:
    """What a network finds.

    Attributes
    ----------
    flow
        (rows, columns, 2) float32 steps towards the centre of the region, down and right; of
        about length 1.
    logit
        (rows, columns) float32 log-odds of a pixel to be in a region.
    """

    flow: NDArray[np.float32]
    logit: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What is accepted as a region, as the package names it.

    Attributes
    ----------
    flow
        Highest mean squared difference between a region's flow and the one its shape would have.
    cellprob
        Log-odds above which a pixel is in a region.
    """

    flow: float = 0.4
    cellprob: float = 0.0


@dataclass(frozen=True, slots=True)
class Regions:
    """Regions of a field.

    Attributes
    ----------
    labels
        (rows, columns) int32, 1…n without gaps, 0 outside.
    large
        How many were dropped because they cover too much of the field.
    """

    labels: NDArray[np.int32]
    large: int = 0


def find_regions(flows: Flows, accepted: Thresholds, shape: tuple[int, int]) -> Regions:
    """Return the regions that `flows` describe, on a grid of `shape` that covers the same area.

    Regions are found at the flows' own scale; their outlines pass between its pixels.
    """
    inside = flows.logit > accepted.cellprob
    flow = np.where(inside[..., None], flows.flow, np.float32(0))
    coarse, large = _coarse_regions(flows, flow, inside, accepted)
    if coarse.shape == shape:
        return Regions(coarse, large)
    fine = fine_labels(coarse, flow, flows.logit, accepted.cellprob, shape, STEPS)
    return Regions(renumber(without_holes(fine)), large)


def _coarse_regions(
    flows: Flows,
    flow: NDArray[np.float32],
    inside: NDArray[np.bool_],
    accepted: Thresholds,
) -> tuple[NDArray[np.int32], int]:
    """Return labels at the scale of `flows`, and how many were too large."""
    pixels = np.flatnonzero(inside)
    ends, share = path_ends(flow, pixels, STEPS)
    labels = ends_together(ends, share, pixels)
    count = int(labels.max(initial=0))
    size = areas(labels, count)
    too_large = size > LARGEST * labels.size
    too_large[0] = False
    error = flow_errors(labels, flows.flow, count)
    kept = ~too_large & (error <= accepted.flow) & (size >= SMALLEST)
    kept[0] = False
    labels = np.where(kept[labels], labels, 0).astype(np.int32)
    return renumber(without_holes(labels)), int(too_large.sum())


def without_holes(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return `labels` with the holes inside a region filled; gaps between regions stay."""
    holes, own = holes_of(labels)
    own[on_edge(holes, len(own) - 1)] = 0
    return np.where(labels > 0, labels, own[holes])
