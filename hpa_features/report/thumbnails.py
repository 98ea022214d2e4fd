"""Pictures of single cells at one scale and one contrast: four channels, and the protein alone."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.segmentation import find_boundaries

from hpa_features.core.types import CHANNELS, Channel, Field, Masks
from hpa_features.report.overlay import CELL, NUCLEUS, touches_edge

EDGE_PX, GAP_PX = 144, 2
SIZE = (2 * EDGE_PX + GAP_PX, EDGE_PX)
"""Columns and rows of a picture."""
EDGE_UM = 46.0
_PX_UM = EDGE_UM / EDGE_PX
_TOPS = dict.fromkeys(CHANNELS, 99.7) | {Channel.PROTEIN: 99.9}
_QUALITY = 72


@dataclass(frozen=True, slots=True, eq=False)
class CellCrop:
    """A cell cut out of its field at the scale of pictures.

    Attributes
    ----------
    planes
        Channel → (`EDGE_PX`, `EDGE_PX`) float32, share of full scale above the field's 1st
        percentile.
    tops
        Channel → a high percentile of the whole field, in the same unit.
    cell, nucleus
        (`EDGE_PX`, `EDGE_PX`) bool: where outlines are drawn.
    number
        ``Metadata_ObjectNumber`` of the cell; 0 for a field without cells.
    """

    planes: Mapping[Channel, NDArray[np.float32]]
    tops: Mapping[Channel, float]
    cell: NDArray[np.bool_]
    nucleus: NDArray[np.bool_]
    number: int


def typical_cell(masks: Masks) -> int:
    """Return the label of the cell of median size among whole cells with nucleus.

    Cells at the border or without nucleus are taken where there are no others; 0 without cells.
    """
    if not masks.count:
        return 0
    areas = np.bincount(masks.cells.ravel(), minlength=masks.count + 1)[1:]
    usable = ~touches_edge(masks) & (masks.nucleus_counts > 0)
    among = np.flatnonzero(usable if usable.any() else np.ones(masks.count, dtype=bool))
    middle = np.argsort(areas[among], kind="stable")[(len(among) - 1) // 2]
    return int(among[middle]) + 1


def crop_cell(field: Field, masks: Masks, label: int) -> CellCrop:
    """Return a cell with what is around it, `EDGE_UM` wide, centred on its bounding box.

    Parameters
    ----------
    field, masks
        Of the field.
    label
        Number of the cell in `masks`; 0: the middle of the field.
    """
    where = masks.cells == label if label else np.ones(field.shape, dtype=bool)
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    middle = ((rows[0] + rows[-1] + 1) / 2, (columns[0] + columns[-1] + 1) / 2)
    planes, tops = {}, {}
    for channel, plane in field.planes.items():
        scale = float(field.full_scale[channel])
        low, high = np.percentile(plane, [1, _TOPS[channel]]) / scale
        window = _window(plane.astype(np.float32) / scale, middle, field.pixel_size_um, fill=low)
        planes[channel] = np.maximum(window - np.float32(low), 0)
        tops[channel] = float(high - low)
    outlines = [
        find_boundaries(_window_of(labels, middle, field.pixel_size_um) == label, mode="inner")
        if label
        else np.zeros((EDGE_PX, EDGE_PX), dtype=bool)
        for labels in (masks.cells, masks.nuclei)
    ]
    number = int(masks.object_numbers[label - 1]) if label else 0
    return CellCrop(planes, tops, outlines[0], outlines[1], number)


def contrast_of(crops: Iterable[CellCrop]) -> dict[Channel, float]:
    """Return what is shown as full brightness of each channel, in all pictures of a page.

    The median over fields of their high percentiles: dim fields look dim next to bright ones.
    """
    crops = list(crops)
    return {
        channel: max(1e-6, float(np.median([c.tops[channel] for c in crops if channel in c.tops])))
        for channel in CHANNELS
        if any(channel in each.tops for each in crops)
    }


def picture_of(crop: CellCrop, contrast: Mapping[Channel, float]) -> NDArray[np.uint8]:
    """Return the cell as (rows, columns, 3): four channels with outlines, and the protein.

    Microtubules are red, ER yellow, DNA blue, Protein green. Values are square roots, so that dim
    margins can be seen.
    """
    dark = np.zeros((EDGE_PX, EDGE_PX), dtype=np.float32)
    shown = {
        channel: np.sqrt(np.clip(crop.planes[channel] / contrast[channel], 0, 1))
        if channel in crop.planes
        else dark
        for channel in CHANNELS
    }
    er = 0.6 * shown[Channel.ER]
    protein = shown[Channel.PROTEIN]
    left = np.stack(
        [
            np.maximum(0.85 * shown[Channel.MICROTUBULES], er),
            np.maximum(protein, er),
            shown[Channel.DNA],
        ],
        axis=-1,
    )
    left[crop.nucleus] = np.array(NUCLEUS) / 255
    left[crop.cell] = np.array(CELL) / 255
    right = np.stack([0.35 * protein, protein, 0.35 * protein], axis=-1)
    gap = np.ones((EDGE_PX, GAP_PX, 3))
    return np.round(255 * np.concatenate([left, gap, right], axis=1)).astype(np.uint8)


def data_uri(picture: NDArray[np.uint8]) -> str:
    """Return a picture as text that a page can show: WebP, a third of PNG's size."""
    content = io.BytesIO()
    Image.fromarray(picture).save(content, format="WEBP", quality=_QUALITY, method=4)
    return f"data:image/webp;base64,{base64.b64encode(content.getvalue()).decode()}"


def _window(
    plane: NDArray[np.float32], middle: tuple[float, float], pixel_um: float, *, fill: float
) -> NDArray[np.float32]:
    """Return the plane around `middle` at the scale of pictures; `fill` beyond its edges.

    Of fields with smaller pixels the mean over each pixel's area, of others interpolated.
    """
    side = EDGE_UM / pixel_um
    top, left = middle[0] - side / 2, middle[1] - side / 2
    margin = int(np.ceil(side)) + 2
    padded = np.pad(plane, margin, constant_values=np.float32(fill))
    box = (left + margin, top + margin, left + margin + side, top + margin + side)
    inner = (slice(int(box[1]) - 1, int(box[3]) + 2), slice(int(box[0]) - 1, int(box[2]) + 2))
    shift = (int(box[0]) - 1, int(box[1]) - 1, int(box[0]) - 1, int(box[1]) - 1)
    image = Image.fromarray(padded[inner])
    method = Image.Resampling.BOX if pixel_um < _PX_UM else Image.Resampling.BILINEAR
    own = (box[0] - shift[0], box[1] - shift[1], box[2] - shift[2], box[3] - shift[3])
    return np.asarray(image.resize((EDGE_PX, EDGE_PX), method, box=own))


def _window_of(
    labels: NDArray[np.integer], middle: tuple[float, float], pixel_um: float
) -> NDArray[np.integer]:
    """Return label values at the scale of pictures by nearest pixel; 0 beyond the edges."""
    steps = (np.arange(EDGE_PX) + 0.5) * _PX_UM / pixel_um - EDGE_UM / pixel_um / 2
    rows, columns = (np.floor(at + steps).astype(int) for at in middle)
    inside = [(at >= 0) & (at < size) for at, size in zip((rows, columns), labels.shape)]
    found = labels[
        np.ix_(np.clip(rows, 0, labels.shape[0] - 1), np.clip(columns, 0, labels.shape[1] - 1))
    ]
    return np.where(inside[0][:, None] & inside[1][None, :], found, 0)
