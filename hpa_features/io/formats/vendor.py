"""What the formats of microscope makers share: a file of several images with axes of planes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import reduce
from importlib.util import find_spec
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import MissingExtra
from hpa_features.io.files import Place
from hpa_features.io.formats.stacks import meant_indices
from hpa_features.io.header import Header


@dataclass(frozen=True, slots=True)
class Picture:
    """One image of a file, such as a position or a scene.

    Attributes
    ----------
    sizes
        Number of planes along each axis, such as C, Z and T, in the order of the indices.
    rows, columns
        Size in pixels.
    dtype
        How a value is stored.
    read
        Returns (rows, columns) of the plane at an index.
    bits
        Significant bits; 0: those of `dtype`.
    pixel_size_um
        None where the file does not state it, or pixels are not square.
    names
        Of the channels; empty where the file does not name all.
    """

    sizes: Mapping[str, int]
    rows: int
    columns: int
    dtype: np.dtype[Any]
    read: Callable[[tuple[int, ...]], NDArray[Any]]
    bits: int = 0
    pixel_size_um: float | None = None
    names: tuple[str, ...] = ()


Open: TypeAlias = Callable[[BinaryIO, Place], AbstractContextManager[Sequence[Picture]]]


@dataclass(frozen=True, slots=True)
class VendorCodec:
    """The functions of a format by what opens its files.

    Attributes
    ----------
    name
        Of the format.
    package
        That reads it; it is imported when a file needs it.
    pictures
        Opens a file; its images can be read until the context is left.
    """

    name: str
    package: str
    pictures: Open

    def header(self, content: BinaryIO, place: Place) -> Header:
        """Return what the meant plane of a file states about itself.

        Raises
        ------
        FieldError
            There are several images or planes of which none is meant, or not the one that is.
        MissingExtra
            The package is missing.
        """
        with self._opened(content, place) as pictures:
            number = _meant_picture(len(pictures), place)
            picture = pictures[number]
        parts = meant_indices(picture.sizes, place)
        stored = 8 * picture.dtype.itemsize
        return Header(
            self.name,
            picture.rows,
            picture.columns,
            1,
            1,
            picture.dtype,
            picture.bits if 8 <= picture.bits < stored else stored,
            picture.pixel_size_um,
            parts=tuple((number, *index) for index in parts),
        )

    def pixels(self, content: BinaryIO, header: Header) -> NDArray[Any]:
        """Return (rows, columns) of the planes that `header` is of."""
        with self._opened(content, Place("")) as pictures:
            planes = (pictures[number].read(tuple(at)) for number, *at in header.parts)
            return np.array(reduce(np.maximum, planes))  # the file is closed then

    def channel_names(self, content: BinaryIO, place: Place) -> tuple[str, ...]:
        """Return the names of the channels of the meant image, or of the first one."""
        with self._opened(content, place) as pictures:
            names = pictures[place.series or 0].names
        return names if all(names) else ()

    def count(self, content: BinaryIO, place: Place) -> int:
        """Return the number of images in a file."""
        with self._opened(content, place) as pictures:
            return len(pictures)

    def _opened(self, content: BinaryIO, place: Place) -> AbstractContextManager[Sequence[Picture]]:
        if find_spec(self.package) is None:
            raise MissingExtra(self.package, "vendor")
        return self.pictures(content, place)


def _meant_picture(count: int, place: Place) -> int:
    if not count:
        raise place.error("has no image of planes", "Export its images as OME-TIFF.")
    number = place.series or 0
    if number >= count or (place.series is None and count > 1):
        raise place.error(
            f"has {count} image{'s' if count > 1 else ''}, wanted "
            f"{'1' if place.series is None else f'number {number}'}",
            f"Name one with #series=N after the path (0 to {count - 1}).",
        )
    return number


def refuse_samples(samples: int, place: Place) -> None:
    """Refuse colour cameras: which of their samples a channel is, is not known.

    Raises
    ------
    FieldError
        There are several samples per pixel.
    """
    if samples > 1:
        raise place.error(f"has {samples} samples per pixel", "Export each channel as gray TIFF.")


def frames_by_index(loops: Iterator[Mapping[str, int]], axes: str) -> dict[tuple[int, ...], int]:
    """Return the number of each frame by its indices along `axes`; absent ones are 0."""
    return {tuple(at.get(axis, 0) for axis in axes): number for number, at in enumerate(loops)}
