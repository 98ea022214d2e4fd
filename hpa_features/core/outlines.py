"""Cells as outlines, for programs that keep objects and not label images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Polygon:
    """A closed outline and those of its holes.

    (points, 2) x and y in pixels, the first point again at the end. The upper left corner of the
    image is (0, 0), the centre of its first pixel (0.5, 0.5).
    """

    outline: Points
    holes: tuple[Points, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class OutlinedCell:
    """A cell with its outlines.

    Attributes
    ----------
    number
        Its ``Metadata_ObjectNumber``.
    cell, nucleus
        Parts of its mask and of that of its nuclei, the largest first; no nucleus: empty.
    classes
        Labels that it has, or its field; empty: none, or not known.
    scores
        Name → number.
    """

    number: int
    cell: tuple[Polygon, ...]
    nucleus: tuple[Polygon, ...]
    classes: tuple[str, ...]
    scores: Mapping[str, float]
