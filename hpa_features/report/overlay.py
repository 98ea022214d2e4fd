"""A picture of a field with its cells: the landmarks and, to the right, the protein."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage as ndi
from skimage.segmentation import find_boundaries

from hpa_features.core.types import Channel, Field, Masks
from hpa_features.io.atomic import replacing
from hpa_features.report.legend import LEGEND_PX, draw_scale_bar, draw_text

Picture: TypeAlias = NDArray[np.uint8]

EDGE_PX = 1024  # a panel is about this large: two fit on a screen, outlines 2 px wide stay apart
GAP_PX = 8
DASH_PX = 8
NUMBER_PX = 20
CELL = (255, 255, 255)
NO_NUCLEUS = (255, 150, 40)
NUCLEUS = (80, 220, 255)
SCALE_BAR_UM = 20.0
# Percentiles shown as full brightness. A protein can be a few small dots.
LANDMARK_TOP, PROTEIN_TOP = 99.7, 99.9


def overlay(field: Field, masks: Masks, location: str = "") -> Picture:
    """Return a picture of `field` with its cells: landmarks on the left, protein on the right.

    ER is yellow, Microtubules red, DNA blue, Protein green, each between its 1st and a high
    percentile. Cells have a white outline, dashed where they touch the field's edge, and a
    dotted orange one where they have no nucleus; nuclei have a cyan one. Numbers are the object
    numbers.

    Parameters
    ----------
    field
        Without Protein there is one panel.
    masks
        Cells and nuclei of the field.
    location
        The protein's known location, written below it.

    Returns
    -------
    picture
        (rows, columns, 3) uint8. A panel is the field at a whole multiple of its size, or at a
        whole fraction when it is larger than 2047 pixels; a legend is below.
    """
    shape = _shown_shape(field.shape)
    outlines = _Outlines.of(masks, shape)
    landmarks = Image.fromarray(outlines.draw_on(_landmarks(field, shape)))
    _draw_numbers(landmarks, _fit(masks.cells, shape), masks)
    panels = [landmarks]
    texts = [f"{_count_cells(field, masks)}\nMicrotubules red, ER yellow, DNA blue"]
    if Channel.PROTEIN in field.planes:
        panels.append(Image.fromarray(outlines.draw_on(_protein(field, shape))))
        texts.append(f"Protein green\n{location and 'Location: '}{location}")
    return np.asarray(_join(panels, texts, field))


def write_picture(picture: Picture, path: Path) -> None:
    """Write `picture` as PNG; a file under its final name is whole."""
    with replacing(path) as temporary:
        Image.fromarray(picture).save(temporary, format="PNG", compress_level=6)


def _shown_shape(shape: tuple[int, int]) -> tuple[int, int]:
    longest = max(shape)
    times = max(1, round(EDGE_PX / longest))
    every = max(1, longest // EDGE_PX)
    return -(-shape[0] // every) * times, -(-shape[1] // every) * times


def _landmarks(field: Field, shape: tuple[int, int]) -> Picture:
    red, er, blue = (
        _stretched(field, channel, shape, LANDMARK_TOP)
        for channel in (Channel.MICROTUBULES, Channel.ER, Channel.DNA)
    )
    colours = np.stack([np.maximum(red, er), er, blue], axis=-1)
    return np.round(255 * colours).astype(np.uint8)


def _protein(field: Field, shape: tuple[int, int]) -> Picture:
    picture = np.zeros((*shape, 3), dtype=np.uint8)
    green = _stretched(field, Channel.PROTEIN, shape, PROTEIN_TOP)
    picture[..., 1] = np.round(255 * green)
    return picture


def _stretched(
    field: Field, channel: Channel, shape: tuple[int, int], top: float
) -> NDArray[np.float32]:
    """Return the plane at `shape`, 0 to 1; its square root, so that dim margins can be seen."""
    if channel not in field.planes:
        return np.zeros(shape, dtype=np.float32)
    plane = Image.fromarray(field.planes[channel].astype(np.float32))
    # Larger: every pixel as a square. Smaller: the mean of the pixels, not one of them.
    shown = np.asarray(plane.resize(shape[::-1], Image.Resampling.BOX))
    low, high = np.percentile(shown, [1, top])
    if high <= low:  # a few bright pixels on an even plane
        high = shown.max()
    if high <= low:
        return np.zeros(shape, dtype=np.float32)
    stretched: NDArray[np.float32] = np.sqrt(np.clip((shown - low) / (high - low), 0, 1))
    return stretched


def _fit(labels: NDArray[np.integer], shape: tuple[int, int]) -> NDArray[np.integer]:
    """Return `labels` at `shape` by nearest pixel."""
    rows = (np.arange(shape[0]) * labels.shape[0]) // shape[0]
    columns = (np.arange(shape[1]) * labels.shape[1]) // shape[1]
    return labels[np.ix_(rows, columns)]


@dataclass(frozen=True, slots=True)
class _Outlines:
    """Where lines are drawn on a panel."""

    nuclei: NDArray[np.bool_]
    cells: NDArray[np.bool_]
    without_nucleus: NDArray[np.bool_]

    @classmethod
    def of(cls, masks: Masks, shape: tuple[int, int]) -> _Outlines:
        cells = _fit(masks.cells, shape)
        border, has_nucleus = touches_edge(masks), masks.nucleus_counts > 0
        rows, columns = np.ogrid[: shape[0], : shape[1]]
        dashes = (rows // DASH_PX + columns // DASH_PX) % 2 == 0
        dots = (rows // 4 + columns // 4) % 2 == 0
        owner = np.where(_outline(cells), cells, 0)
        solid, dashed, dotted = (
            np.concatenate([[False], which])[owner]
            for which in (has_nucleus & ~border, has_nucleus & border, ~has_nucleus)
        )
        nuclei = _outline(_fit(masks.nuclei, shape))
        return cls(nuclei, solid | (dashed & dashes), dotted & dots)

    def draw_on(self, picture: Picture) -> Picture:
        picture[self.nuclei] = NUCLEUS
        picture[self.cells] = CELL
        picture[self.without_nucleus] = NO_NUCLEUS
        return picture


def _outline(labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    line = find_boundaries(labels, mode="inner")
    thick: NDArray[np.bool_] = ndi.binary_dilation(line, np.ones((2, 2), dtype=bool))
    return thick & (labels > 0)


def touches_edge(masks: Masks) -> NDArray[np.bool_]:
    """Return (n,) bool: cells with a pixel in the first or last row or column of the field."""
    cells = masks.cells
    rim = np.concatenate([cells[0], cells[-1], cells[:, 0], cells[:, -1]])
    return np.bincount(rim, minlength=masks.count + 1)[1:] > 0


def _draw_numbers(image: Image.Image, cells: NDArray[np.integer], masks: Masks) -> None:
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=NUMBER_PX)
    for index, box in enumerate(ndi.find_objects(cells)):
        if box is None:
            continue
        inner = np.pad(cells[box] == index + 1, 1)
        depth = ndi.distance_transform_edt(inner)
        row, column = np.unravel_index(int(depth.argmax()), depth.shape)
        place = (int(box[1].start + column - 1), int(box[0].start + row - 1))
        draw.text(
            place,
            str(masks.object_numbers[index]),
            fill=(255, 255, 255),
            stroke_fill=(0, 0, 0),
            stroke_width=3,
            anchor="mm",
            font=font,
        )


def _count_cells(field: Field, masks: Masks) -> str:
    border, no_nucleus = touches_edge(masks).sum(), (masks.nucleus_counts == 0).sum()
    text = f"{field.id}   {masks.count} cells"
    text += f", {border} at the edge (dashed)" if border else ""
    return text + (f", {no_nucleus} without nucleus (dotted)" if no_nucleus else "")


def _join(panels: list[Image.Image], texts: list[str], field: Field) -> Image.Image:
    width, height = panels[0].size
    whole = Image.new("RGB", (len(panels) * (width + GAP_PX) - GAP_PX, height + LEGEND_PX))
    for number, (panel, text) in enumerate(zip(panels, texts, strict=True)):
        left = number * (width + GAP_PX)
        whole.paste(panel, (left, 0))
        draw_text(whole, (left + 10, height), text)
    whole.paste(CELL, (width, 0, width + GAP_PX, height))
    scale = width / field.shape[1]
    draw_scale_bar(whole, (whole.width - 10, height), SCALE_BAR_UM, scale / field.pixel_size_um)
    return whole
