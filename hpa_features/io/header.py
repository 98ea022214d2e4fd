"""What an image file states about itself before its pixels are decoded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Header:
    """Size and kind of an image.

    Attributes
    ----------
    format
        Its name in the table of formats.
    rows, columns
        Size in pixels.
    samples
        Values per pixel.
    colours
        How many of them are colours: 1 gray, 3 RGB. The others are alpha or undefined.
    dtype
        How a value is stored.
    bits
        Significant bits of a value as the file states, else those of `dtype`.
    pixel_size_um
        Of this level, from metadata or tags; None when they do not state it.
    inverted
        Whether 0 is white (TIFF's MINISWHITE).
    lossy
        Whether the compression may change values.
    premultiplied
        Whether the colours were multiplied by the alpha (TIFF's associated alpha).
    orientation
        EXIF orientation, 1 to 8; it is not applied.
    parts
        Where in the file its plane is: the page of a TIFF file and the plane behind it (a stack
        may lie behind one page directory), or the index of its axes in other formats. Of several,
        the brightest value of each pixel is taken.
    level
        Which resolution level of a pyramid it is; 0: the full resolution.
    sample
        Which value of each pixel is meant; None: the one of the channel's colour.
    """

    format: str
    rows: int
    columns: int
    samples: int
    colours: int
    dtype: np.dtype[np.generic]
    bits: int
    pixel_size_um: float | None = None
    inverted: bool = False
    lossy: bool = False
    premultiplied: bool = False
    orientation: int = 1
    parts: tuple[tuple[int, ...], ...] = ((0, 0),)
    level: int = 0
    sample: int | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.rows, self.columns
