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
        ``PNG``, ``JPEG`` or ``TIFF``.
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
        From OME or TIFF tags; None when they do not state it.
    inverted
        Whether 0 is white (TIFF's MINISWHITE).
    lossy
        Whether the compression may change values.
    premultiplied
        Whether the colours were multiplied by the alpha (TIFF's associated alpha).
    orientation
        EXIF orientation, 1 to 8; it is not applied.
    page
        Which page of a TIFF file it is.
    plane
        Which plane of the page: a stack may lie behind one page directory.
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
    page: int = 0
    plane: int = 0
    sample: int | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.rows, self.columns
