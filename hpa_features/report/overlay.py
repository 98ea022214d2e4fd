"""A picture of a field with its cells: landmarks as colours, outlines, numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage as ndi
from skimage.segmentation import find_boundaries

from hpa_features.core.types import Channel, Field, Masks
from hpa_features.io.atomic import replacing

Picture: TypeAlias = NDArray[np.uint8]
_Pixel = TypeVar("_Pixel", bound=np.generic)

EDGE_PX = 1536  # fields are shown about this large: outlines 2 px wide stay apart
DASH_PX = 8
CELL = (255, 255, 255)
NO_NUCLEUS = (255, 150, 40)
NUCLEUS = (80, 220, 255)
OTHER = (255, 80, 220)
LEGEND_PX = 44
SCALE_BAR_UM = 20.0  # written "um": the font that Pillow brings has no µ


def overlay(field: Field, masks: Masks) -> Picture:
    """Return a picture of `field` with its cells.

    ER is yellow, Microtubules red, DNA blue, each between its 1st and 99.7th percentile. Cells
    have a white outline, dashed where they touch the field's edge, and a dotted orange one where
    they have no nucleus; nuclei have a cyan one. Numbers are the object numbers.

    Returns
    -------
    picture
        (rows, columns, 3) uint8: the field at a whole multiple of its size (or a whole fraction
        when it is larger than 3072 pixels), and a legend below.
    """
    picture, cells, nuclei = _canvas(field, masks)
    border = _touches_edge(masks)
    has_nucleus = masks.nucleus_counts > 0
    rows, columns = np.ogrid[: cells.shape[0], : cells.shape[1]]
    dashes = (rows // DASH_PX + columns // DASH_PX) % 2 == 0
    dots = (rows // 4 + columns // 4) % 2 == 0
    outline = _outline(cells)
    of = np.where(outline, cells, 0)
    picture[_outline(nuclei)] = NUCLEUS
    shown = np.concatenate([[False], has_nucleus & ~border])
    dashed = np.concatenate([[False], has_nucleus & border])
    dotted = np.concatenate([[False], ~has_nucleus])
    picture[shown[of] | (dashed[of] & dashes)] = CELL
    picture[dotted[of] & dots] = NO_NUCLEUS
    image = Image.fromarray(picture)
    _number(image, cells, masks)
    text = (
        f"{field.id}   {masks.count} cells: {int(border.sum())} at the edge (dashed), "
        f"{int((~has_nucleus).sum())} without nucleus (dotted)"
    )
    return np.asarray(_with_legend(image, text, cells.shape[1] / field.shape[1], field))


def beside(field: Field, masks: Masks, other: NDArray[np.integer], name: str) -> Picture:
    """Return `overlay` and, to its right, the outlines of a second cell mask called `name`.

    Raises
    ------
    ValueError
        The second mask has another size than the field.
    """
    if other.shape != field.shape:
        raise ValueError(f"mask {name} has shape {other.shape}, the field {field.shape}")
    picture, cells, _ = _canvas(field, masks)
    second = _fit(other.astype(np.int64), cells.shape)
    picture[_outline(second)] = OTHER
    count = len(np.unique(other[other > 0]))
    scale = cells.shape[1] / field.shape[1]
    right = _with_legend(Image.fromarray(picture), f"{name}: {count} cells", scale, field)
    left = overlay(field, masks)
    gap = np.full((len(left), 8, 3), 255, dtype=np.uint8)
    return np.concatenate([left, gap, np.asarray(right)], axis=1)


def write_picture(picture: Picture, path: Path) -> None:
    """Write `picture` as PNG; a file under its final name is whole."""
    with replacing(path) as temporary:
        Image.fromarray(picture).save(temporary, format="PNG", compress_level=4)


def _canvas(field: Field, masks: Masks) -> tuple[Picture, NDArray[np.integer], NDArray[np.integer]]:
    longest = max(field.shape)
    times = max(1, round(EDGE_PX / longest))
    every = max(1, longest // EDGE_PX)
    rows, columns = field.shape
    shape = (-(-rows // every) * times, -(-columns // every) * times)
    levels = {
        channel: _fit(_stretched(field, channel), shape)
        for channel in (Channel.MICROTUBULES, Channel.ER, Channel.DNA)
    }
    er = levels[Channel.ER]
    red = np.maximum(levels[Channel.MICROTUBULES], er)
    colours = np.stack([red, er, levels[Channel.DNA]], axis=-1)
    picture = np.round(255 * colours).astype(np.uint8)
    return picture, _fit(masks.cells, shape), _fit(masks.nuclei, shape)


def _stretched(field: Field, channel: Channel) -> NDArray[np.float32]:
    """Return the plane between 0 and 1; its square root, so that dim margins can be seen."""
    if channel not in field.planes:
        return np.zeros(field.shape, dtype=np.float32)
    plane = field.planes[channel].astype(np.float32)
    low, high = np.percentile(plane, [1, 99.7])
    if high <= low:
        return np.zeros(field.shape, dtype=np.float32)
    shown: NDArray[np.float32] = np.sqrt(np.clip((plane - low) / (high - low), 0, 1))
    return shown


def _fit(plane: NDArray[_Pixel], shape: tuple[int, int]) -> NDArray[_Pixel]:
    """Return `plane` at `shape` by nearest pixel."""
    rows = (np.arange(shape[0]) * plane.shape[0]) // shape[0]
    columns = (np.arange(shape[1]) * plane.shape[1]) // shape[1]
    return plane[np.ix_(rows, columns)]


def _outline(labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    line = find_boundaries(labels, mode="inner")
    thick: NDArray[np.bool_] = ndi.binary_dilation(line, np.ones((2, 2), dtype=bool))
    return thick & (labels > 0)


def _touches_edge(masks: Masks) -> NDArray[np.bool_]:
    cells = masks.cells
    rim = np.concatenate([cells[0], cells[-1], cells[:, 0], cells[:, -1]])
    return np.bincount(rim, minlength=masks.count + 1)[1:] > 0


def _number(image: Image.Image, cells: NDArray[np.integer], masks: Masks) -> None:
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=22)
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


def _with_legend(image: Image.Image, text: str, scale: float, field: Field) -> Image.Image:
    whole = Image.new("RGB", (image.width, image.height + LEGEND_PX))
    whole.paste(image)
    draw = ImageDraw.Draw(whole)
    font = ImageFont.load_default(size=20)
    middle = image.height + LEGEND_PX // 2
    draw.text((10, middle), text, fill=(255, 255, 255), anchor="lm", font=font)
    length = scale * SCALE_BAR_UM / field.pixel_size_um
    right = image.width - 10
    draw.rectangle((right - length, middle + 8, right, middle + 12), fill=(255, 255, 255))
    draw.text(
        (right, middle - 4), f"{SCALE_BAR_UM:.0f} um", fill=(255, 255, 255), anchor="rm", font=font
    )
    return whole
