"""What flows through the house: channels, fields, masks.

A **field** is one microscope view in four **channels**. DNA, Microtubules and ER are the
**landmarks**; Protein is what is asked about. Inside the house everything is clean: planes are
uint8 or uint16 of one shape, masks are labelled 1…n, and nobody checks again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.settings import CellposeSettings

Plane: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]


class Channel(StrEnum):
    """The four stains, in the order in which files and columns name them."""

    DNA = "DNA"
    MICROTUBULES = "Microtubules"
    ER = "ER"
    PROTEIN = "Protein"

    @property
    def colour(self) -> str:
        """The pseudo-colour in file names: blue, red, yellow or green."""
        return _COLOURS[self]


_COLOURS = {
    Channel.DNA: "blue",
    Channel.MICROTUBULES: "red",
    Channel.ER: "yellow",
    Channel.PROTEIN: "green",
}
CHANNELS = tuple(Channel)
LANDMARK_CHANNELS = (Channel.DNA, Channel.MICROTUBULES, Channel.ER)
CHANNEL_OF_COLOUR: Mapping[str, Channel] = MappingProxyType({c.colour: c for c in Channel})


PLAUSIBLE_PIXEL_UM = (0.005, 10.0)
"""Edges of a pixel of a light microscope; screen and print resolutions give 21 µm and more."""


class PixelSizeSource(StrEnum):
    """Where a pixel size comes from (the first that is known)."""

    MANIFEST = "manifest"
    OPTION = "option"
    TAGS = "tags"
    NAME = "name"
    FILE_SIZE = "file_size"
    ASSUMED = "assumed"
    ESTIMATED = "estimated"


GUESSED_PIXEL_SIZES = (PixelSizeSource.ASSUMED, PixelSizeSource.ESTIMATED)


@dataclass(frozen=True, slots=True)
class FieldSource:
    """One row of a manifest: where a field's files lie and what is known about it.

    Attributes
    ----------
    id
        Unique name of the field.
    files
        Path per channel as text; ``#page=N`` or ``#channel=N`` may follow the path. A channel
        that was not found is absent.
    cells, nuclei
        Paths of given label masks, empty when there are none.
    pixel_size_um
        Edge of a pixel in µm; None while unknown.
    pixel_size_source
        How that became known; None while unknown.
    file_size
        Bytes of the original TIFF (Kaggle's lists carry it), None when unknown.
    metadata
        Further columns, without their ``Metadata_`` prefix (Antibody, Plate, Well, Field, …).
    """

    id: str
    files: Mapping[Channel, str]
    cells: str = ""
    nuclei: str = ""
    pixel_size_um: float | None = None
    pixel_size_source: PixelSizeSource | None = None
    file_size: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GivenMasks:
    """Label masks as a user gave them, not reconciled yet.

    Attributes
    ----------
    cells
        (rows, columns) int32, 0 is outside; values need not be consecutive.
    nuclei
        The same for nuclei, None when only cells were given.
    """

    cells: NDArray[np.int32]
    nuclei: NDArray[np.int32] | None


@dataclass(frozen=True, slots=True)
class Field:
    """The pixels of one field, clean.

    Attributes
    ----------
    id
        The field's name.
    planes
        Channel → (rows, columns) array, uint8 or uint16, all of one shape. ER may be absent
        (``--allow-missing yellow``).
    full_scale
        Channel → the value of a saturated pixel (255, 4095, 65535, …).
    pixel_size_um
        Edge of a pixel in µm.
    pixel_size_source
        Where that is from.
    metadata
        Further columns of the field (Antibody, Plate, …), without the ``Metadata_`` prefix.
    background
        Channel → background integer when it is given from outside; None: measured from the
        pixels outside cells.
    given
        Masks that a user gave for it; None: there are none, or its segmenter takes none.
    step
        Channel → smallest gap between values of the plane when it is given from outside; None:
        measured from the whole plane.
    """

    id: str
    planes: Mapping[Channel, Plane]
    full_scale: Mapping[Channel, int]
    pixel_size_um: float
    pixel_size_source: PixelSizeSource = PixelSizeSource.ASSUMED
    metadata: Mapping[str, str] = field(default_factory=dict)
    background: Mapping[Channel, int] | None = None
    given: GivenMasks | None = None
    step: Mapping[Channel, int] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        rows, columns = self.planes[Channel.DNA].shape
        return int(rows), int(columns)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels present, in house order."""
        return tuple(c for c in CHANNELS if c in self.planes)


@dataclass(frozen=True, slots=True)
class Masks:
    """The cells of one field: label n of `nuclei` lies inside label n of `cells`.

    Attributes
    ----------
    cells, nuclei
        (rows, columns) int32, 0 is outside, cells are 1…n. A cell without nucleus has no pixel
        in `nuclei`.
    object_numbers
        (n,) int64: the value of each cell in the user's own mask file, else 1…n.
    nucleus_counts
        (n,) int32: separate nuclei in each cell (0 when none was found).
    notes
        Counts to report, such as ``{"nuclei outside all cells": 2}``.
    segmenter
        Name of the segmenter that found them, for masks that outlive its run.
    cellpose
        Its settings, where that is Cellpose.
    """

    cells: NDArray[np.int32]
    nuclei: NDArray[np.int32]
    object_numbers: NDArray[np.int64]
    nucleus_counts: NDArray[np.int32]
    notes: Mapping[str, int] = field(default_factory=dict)
    segmenter: str = "precomputed"
    cellpose: CellposeSettings | None = None

    @property
    def count(self) -> int:
        """Number of cells."""
        return len(self.object_numbers)
