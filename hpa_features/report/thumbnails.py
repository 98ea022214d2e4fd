"""Pictures of single cells at one scale and one contrast: four channels, and the protein alone."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.segmentation import find_boundaries

from hpa_features.core.types import CHANNELS, Channel, Field, Masks
from hpa_features.report.overlay import CELL, NUCLEUS, touches_edge

EDGE_PX, GAP_PX, FIELD_PX = 144, 2, 240
SIZE = (2 * EDGE_PX + GAP_PX, EDGE_PX)
"""Columns and rows of a picture."""
EDGE_UM = 46.0
_TOPS = dict.fromkeys(CHANNELS, 99.7) | {Channel.PROTEIN: 99.9}
_QUALITY = 72


@dataclass(frozen=True, slots=True, eq=False)
class CellCrop:
    """A cell cut out of its field, or a whole field, at the scale of pictures.

    Attributes
    ----------
    planes
        Channel → (rows, columns) float32, share of full scale above the field's 1st percentile.
    tops
        Channel → a high percentile of the whole field, in the same unit.
    cell, nucleus
        (rows, columns) bool: where outlines are drawn.
    number
        ``Metadata_ObjectNumber`` of the cell; 0 for a whole field.
    """

    planes: Mapping[Channel, NDArray[np.float32]]
    tops: Mapping[Channel, float]
    cell: NDArray[np.bool_]
    nucleus: NDArray[np.bool_]
    number: int


def typical_cells(masks: Masks) -> list[int]:
    """Return labels of the whole cells with nucleus, that of median size first, then its like.

    Cells at the border or without nucleus are taken where there are no others.
    """
    if not masks.count:
        return []
    areas = np.bincount(masks.cells.ravel(), minlength=masks.count + 1)[1:]
    usable = ~touches_edge(masks) & (masks.nucleus_counts > 0)
    among = np.flatnonzero(usable if usable.any() else np.ones(masks.count, dtype=bool))
    ranks = np.argsort(np.argsort(areas[among], kind="stable"))
    nearest = np.argsort(np.abs(ranks - (len(among) - 1) // 2), kind="stable")
    return [int(at) + 1 for at in among[nearest]]


def crop_cell(field: Field, masks: Masks, label: int) -> CellCrop:
    """Return the cell `label` with what is around it, centred on its bounding box.

    The picture is `EDGE_UM` wide and has `EDGE_PX` rows and columns.
    """
    where = masks.cells == label
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    middle = ((rows[0] + rows[-1] + 1) / 2, (columns[0] + columns[-1] + 1) / 2)
    view = _View(middle, EDGE_UM / field.pixel_size_um, EDGE_PX)
    outlines = [
        find_boundaries(view.labels(labels) == label, mode="inner")
        for labels in (masks.cells, masks.nuclei)
    ]
    return _crop(field, view, outlines, int(masks.object_numbers[label - 1]))


def crop_field(field: Field, masks: Masks) -> CellCrop:
    """Return a whole field with all its cells, in a square of `FIELD_PX` rows and columns."""
    rows, columns = field.shape
    view = _View((rows / 2, columns / 2), float(max(rows, columns)), FIELD_PX)
    outlines = [
        find_boundaries(view.labels(labels), mode="inner") for labels in (masks.cells, masks.nuclei)
    ]
    return _crop(field, view, outlines, 0)


def _crop(
    field: Field, view: _View, outlines: Sequence[NDArray[np.bool_]], number: int
) -> CellCrop:
    planes, tops = {}, {}
    for channel, plane in field.planes.items():
        scale = float(field.full_scale[channel])
        low, high = np.percentile(plane, [1, _TOPS[channel]]) / scale
        window = view.plane(plane.astype(np.float32) / scale, fill=low)
        planes[channel] = np.maximum(window - np.float32(low), 0)
        tops[channel] = float(high - low)
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
    dark = np.zeros(crop.cell.shape, dtype=np.float32)
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
    gap = np.ones((len(dark), GAP_PX, 3))
    return np.round(255 * np.concatenate([left, gap, right], axis=1)).astype(np.uint8)


def data_uri(picture: NDArray[np.uint8]) -> str:
    """Return a picture as text that a page can show: WebP, a third of PNG's size."""
    content = io.BytesIO()
    Image.fromarray(picture).save(content, format="WEBP", quality=_QUALITY, method=4)
    return f"data:image/webp;base64,{base64.b64encode(content.getvalue()).decode()}"


@dataclass(frozen=True, slots=True)
class _View:
    """A square of a field: its middle, its side in the field's pixels, and that of the picture."""

    middle: tuple[float, float]
    side: float
    edge: int

    def plane(self, plane: NDArray[np.float32], *, fill: float) -> NDArray[np.float32]:
        """Return the plane in the square; `fill` beyond its edges.

        Of fields with smaller pixels the mean over each pixel's area, of others interpolated.
        """
        margin = int(np.ceil(self.side)) + 2
        padded = np.pad(plane, margin, constant_values=np.float32(fill))
        top, left = (at - self.side / 2 + margin for at in self.middle)
        first_row, first_column = int(top) - 1, int(left) - 1
        size = int(np.ceil(self.side)) + 4
        inner = padded[first_row : first_row + size, first_column : first_column + size]
        method = Image.Resampling.BOX if self.side > self.edge else Image.Resampling.BILINEAR
        x, y = left - first_column, top - first_row
        box = (x, y, x + self.side, y + self.side)
        return np.asarray(Image.fromarray(inner).resize((self.edge, self.edge), method, box=box))

    def labels(self, labels: NDArray[np.integer]) -> NDArray[np.integer]:
        """Return label values in the square by nearest pixel; 0 beyond the edges."""
        steps = ((np.arange(self.edge) + 0.5) / self.edge - 0.5) * self.side
        places = [np.floor(at + steps).astype(int) for at in self.middle]
        inside = [(at >= 0) & (at < size) for at, size in zip(places, labels.shape)]
        held = [np.clip(at, 0, size - 1) for at, size in zip(places, labels.shape)]
        found = labels[np.ix_(*held)]
        return np.where(inside[0][:, None] & inside[1][None, :], found, 0)
