"""The input of a network: squares around cells, or of fields, at its pixel size, normalized."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.embedding_settings import EmbeddingSettings, Normalization, Per, Scope
from hpa_features.core.types import Channel, Field, Masks
from hpa_features.kernels.cpu.field.regions import boxes
from hpa_features.kernels.cpu.field.squares import write_square

_WHOLE = 0.01  # a factor nearer to an integer, relative to it, is that integer


@dataclass(frozen=True, slots=True)
class Place:
    """A square in a field.

    Attributes
    ----------
    label
        The cell in the middle; 0 for a field.
    corner
        Row and column of the field where it begins; it may begin outside.
    factor
        Pixels of the field along the edge of one of its pixels.
    window
        First row, row after the last, first column, column after the last of the cell's bounding
        box; of the field where there is no cell.
    cut
        Whether the cell is larger.
    """

    label: int
    corner: tuple[int, int]
    factor: float
    window: tuple[int, int, int, int]
    cut: bool = False


def places_of(field: Field, masks: Masks, settings: EmbeddingSettings) -> list[Place]:
    """Return the square of each cell of a field in order, or that of the field.

    A square is centred on the middle of the cell's bounding box, or of the field, and begins at a
    whole pixel of the field.
    """
    rows, columns = field.shape
    factor = _factor(field, settings)
    edge = settings.input_px * factor
    if settings.per is Per.FIELD:
        corner = (_begin(0, rows, edge), _begin(0, columns, edge))
        whole = (0, rows, 0, columns)
        return [Place(0, corner, factor, whole, cut=max(rows, columns) > math.ceil(edge))]
    found = boxes(masks.cells, masks.count)[1:]
    return [
        Place(
            label,
            (_begin(top, bottom + 1, edge), _begin(left, right + 1, edge)),
            factor,
            (top, bottom + 1, left, right + 1),
            cut=max(bottom - top, right - left) + 1 > math.ceil(edge),
        )
        for label, (top, bottom, left, right) in enumerate(found.tolist(), start=1)
    ]


def _factor(field: Field, settings: EmbeddingSettings) -> float:
    if settings.pixel_size_um is None:
        factor = max(field.shape) / settings.input_px
    else:
        factor = settings.pixel_size_um / field.pixel_size_um
    whole = max(1, round(factor))
    return float(whole) if abs(factor - whole) <= _WHOLE * whole else factor


def _begin(low: int, high: int, edge: float) -> int:
    return math.floor(0.5 * (low + high - edge) + 0.5)


def write_input(
    field: Field,
    masks: Masks,
    place: Place,
    settings: EmbeddingSettings,
    square: NDArray[np.float32],
) -> None:
    """Write the input of one square, (channels, rows, columns), normalized.

    Before normalization, values are fractions of full scale, 0 outside the field and, of a masked
    input, outside the cell.
    """
    only, window = 0, (0, field.shape[0], 0, field.shape[1])
    if settings.masked:
        only, window = place.label, place.window
    for at, name in enumerate(settings.channels):
        channel = Channel(name)
        plane, scale = field.planes[channel], 1.0 / field.full_scale[channel]
        write_square(
            plane, masks.cells, only, window, place.corner, place.factor, scale, square[at]
        )
    normalize(square, settings)


def normalize(square: NDArray[np.float32], settings: EmbeddingSettings) -> None:
    """Normalize (channels, rows, columns) in place; without contrast all become 0."""
    if settings.normalization is Normalization.NONE:
        return
    if settings.normalization is Normalization.FIXED:
        square -= np.array(settings.mean, np.float32)[:, None, None]
        square /= np.array(settings.sd, np.float32)[:, None, None]
        return
    axes = (0, 1, 2) if settings.scope is Scope.ALL else (1, 2)
    if settings.normalization is Normalization.MIN_MAX:
        low = square.min(axis=axes, keepdims=True)
        width = square.max(axis=axes, keepdims=True) - low
    else:
        low = square.mean(axis=axes, keepdims=True, dtype=np.float64).astype(np.float32)
        width = square.std(axis=axes, keepdims=True, dtype=np.float64).astype(np.float32)
        flat = square.max(axis=axes, keepdims=True) == square.min(axis=axes, keepdims=True)
        width[flat] = 0
    square -= low
    square *= np.divide(1, width, where=width > 0, out=np.zeros_like(width))
