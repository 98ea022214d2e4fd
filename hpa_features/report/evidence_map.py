"""A field's protein with its cells coloured by how much they speak for a label."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.segmentation import find_boundaries

from hpa_features.core.types import Channel, Field, Masks

EDGE_PX = 400
_TOP = 99.8
_FULL = 3.0  # nats at which a colour is strongest
_STRENGTH = 0.55
FOR, AGAINST = (255, 150, 40), (70, 140, 255)
"""Colours of cells that speak for the label, and against it."""


def evidence_map(
    field: Field, masks: Masks, numbers: NDArray[np.int64], evidence: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Return a picture, (rows, columns, 3) uint8, at most `EDGE_PX` wide and high.

    Parameters
    ----------
    field, masks
        Of the field.
    numbers
        (cells,) object numbers of the cells with evidence; others stay gray.
    evidence
        (cells,) nats; above 0 orange, below 0 blue, full colour from 3.
    """
    scale = min(1.0, EDGE_PX / max(field.shape))
    shape = tuple(max(1, round(edge * scale)) for edge in field.shape)
    gray = _protein(field, (shape[0], shape[1]))
    rows, columns = ((np.arange(n) * edge) // n for n, edge in zip(shape, field.shape))
    cells = masks.cells[np.ix_(rows, columns)]
    of_number = dict(zip(numbers.tolist(), evidence.tolist(), strict=True))
    values = [0.0, *(of_number.get(int(number), 0.0) for number in masks.object_numbers)]
    share = np.clip(np.array(values) / _FULL, -1, 1)[cells]
    colour = np.where((share > 0)[..., None], np.array(FOR), np.array(AGAINST))
    alpha = _STRENGTH * np.abs(share)[..., None]
    picture = (1 - alpha) * (255 * gray)[..., None] + alpha * colour
    outline = find_boundaries(cells, mode="inner")
    picture[outline] = np.where((share != 0)[..., None], colour, 200)[outline]
    return np.round(picture).astype(np.uint8)


def _protein(field: Field, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return the protein at `shape`, 0 to 1; its square root, so that dim parts can be seen."""
    plane = Image.fromarray(field.planes[Channel.PROTEIN].astype(np.float32))
    shown = np.asarray(plane.resize(shape[::-1], Image.Resampling.BOX), dtype=np.float64)
    low, high = np.percentile(shown, [1, _TOP])
    return np.asarray(np.sqrt(np.clip((shown - low) / max(high - low, 1e-9), 0, 1)))
