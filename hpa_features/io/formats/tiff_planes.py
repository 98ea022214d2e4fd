"""Which plane of a TIFF file is meant.

A plane lies behind a page directory of its own, or behind one directory with others: ImageJ above
4 GB, MetaMorph and ``tifffile`` with ``truncate`` describe a whole stack by its first page.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tifffile

from hpa_features.io.files import Place
from hpa_features.io.formats.stacks import meant_indices
from hpa_features.io.guard import AGAIN

_REDUCED, _MASK = 1, 4  # bits of NewSubfileType
_ONE_PLANE = "in a manifest, name one plane with #page=N after the path (N counts from 0)"
# Series that tifffile makes of pages without metadata: pages of one shape, whatever they show.
_UNDESCRIBED = ("generic", "uniform")
_MOST_PLANES = 1_000_000
_SIZE = re.compile(r"""\bSize[CZT]\s*=\s*["'](\d+)""")
_FILE_NAME = re.compile(r"""\bFileName\s*=\s*["']([^"']*)["']""")


@dataclass(frozen=True, slots=True)
class Meant:
    """A page and a plane behind it."""

    page: int
    plane: int = 0


@dataclass(frozen=True, slots=True)
class _Listed:
    """A page directory of the main chain."""

    index: int
    offset: int
    data: int
    rows: int
    columns: int
    copy: bool

    @property
    def area(self) -> int:
        return self.rows * self.columns


@dataclass(frozen=True, slots=True)
class _Stack:
    """The planes of the main image.

    Attributes
    ----------
    sizes
        Number of planes along each axis that has several; empty for one plane.
    first
        The first page.
    places
        The place of each plane; None where the file does not hold it.
    described
        How many planes the metadata describe.
    of_set
        Whether it is one of several OME files that hold the planes together.
    """

    sizes: dict[str, int]
    first: _Listed
    places: tuple[Meant | None, ...]
    described: int
    of_set: bool = False


def meant_planes(tif: tifffile.TiffFile, place: Place) -> tuple[tuple[Meant, ...], int | None]:
    """Return the planes that `place` means, and the sample of their pixels (None: by colour).

    Pages tagged as reduced copies or masks are not the image, and neither are smaller pages after
    it.

    Raises
    ------
    FieldError
        No plane is named and there are several, or the named one does not exist.
    """
    count = len(tif.pages)
    if place.page == 0 or (place.page is not None and count > 1):
        return (Meant(_within(place.page, count, place)),), None
    stack = _stack(tif, [_listed(tif.pages.get(index)) for index in range(count)], place)
    here = [each for each in stack.places if each is not None]
    if place.page is not None:
        return (here[_within(place.page, max(1, len(here)), place)],), None
    if set(stack.sizes) == {"C"} and place.channel is None and len(here) == 1 and stack.of_set:
        return (here[0],), None  # one channel a file
    indices = meant_indices(stack.sizes, place)
    sample = None if "C" in stack.sizes else place.channel
    if not stack.sizes:
        return (Meant(stack.first.index),), sample
    return tuple(_at(index, stack, place) for index in indices), sample


def _within(page: int, count: int, place: Place) -> int:
    if page >= count:
        raise place.error(
            f"has {count} page{'s' if count > 1 else ''}, wanted page {page}",
            f"Pages count from 0: #page=0 to #page={count - 1}.",
        )
    return page


def _listed(page: Any) -> _Listed:
    return _Listed(
        page.index,
        page.offset,
        page.dataoffsets[0] if len(page.dataoffsets) else 0,
        page.imagelength,
        page.imagewidth,
        bool(page.subfiletype & (_REDUCED | _MASK)),
    )


def _stack(tif: tifffile.TiffFile, listed: Sequence[_Listed], place: Place) -> _Stack:
    full = {each.offset: each for each in listed if not each.copy}
    if not full:
        raise place.error(
            "holds only reduced copies or masks of an image",
            "Save the image itself; or, if a copy is meant, "
            "name its page with #page=N after the path.",
        )
    series = next((s for s in _series(tif, place) if s.keyframe.offset in full), None)
    if series is None or series.kind in _UNDESCRIBED:
        stack = _Stack({}, next(iter(full.values())), (), 1)
    else:
        stack = _described(tif, series, full, place)
    stack = _with_imagej_planes(tif, stack, full.values(), place)
    _refuse_other_images(tif, stack, full.values(), place)
    return stack


def _series(tif: tifffile.TiffFile, place: Place) -> Sequence[tifffile.TiffPageSeries]:
    described = _SIZE.findall(tif.ome_metadata or "") if tif.is_ome else ()
    if any(int(each) > _MOST_PLANES for each in described):  # tifffile makes a list of them
        raise place.error(f"describes more than {_MOST_PLANES:,} planes", AGAIN)
    try:
        return tif.series
    except ValueError:
        # OME metadata that do not state how many planes another file holds, for example.
        if not tif.is_ome or place.channel is not None:
            raise
        return ()


def _described(
    tif: tifffile.TiffFile,
    series: tifffile.TiffPageSeries,
    full: dict[int, _Listed],
    place: Place,
) -> _Stack:
    """Return the planes of a series that metadata describe."""
    page: Any = series.keyframe
    first = full[page.offset]
    count = math.prod(series.shape) // max(math.prod(page.shape), 1)
    if count > _MOST_PLANES:
        raise place.error(f"describes {count:,} planes, above {_MOST_PLANES:,}", AGAIN)
    if count <= 1:
        return _Stack({}, first, (Meant(first.index),), 1)
    sizes = {
        axis: size
        for axis, size in zip(series.axes, series.shape)
        if size > 1 and axis not in "YXS"
    }
    if series.dataoffset is not None:
        return _Stack(sizes, first, _behind(tif, page, full.values(), first, count), count)
    pages = (_page_of(series, index) for index in range(count))
    places = tuple(
        Meant(full[each.offset].index)
        if each is not None and each.parent is tif and each.offset in full
        else None
        for each in pages
    )
    files = set(_FILE_NAME.findall(tif.ome_metadata or "")) if tif.is_ome else set()
    return _Stack(sizes, first, places, count, of_set=len(files) > 1)


def _page_of(series: tifffile.TiffPageSeries, index: int) -> Any:
    """Return a page of a series; None where the metadata describe more than the file holds."""
    try:
        return series[index]
    except IndexError:
        return None


def _behind(
    tif: tifffile.TiffFile, page: Any, full: Iterable[_Listed], first: _Listed, count: int
) -> tuple[Meant | None, ...]:
    """Return the places of `count` planes, one after another from the data of `first` on.

    A plane that has a page directory as well is that page.
    """
    room = (tif.filehandle.size - first.data) // page.nbytes
    own = {each.data: Meant(each.index) for each in full}
    return tuple(
        own.get(first.data + plane * page.nbytes, Meant(first.index, plane))
        if plane < room
        else None
        for plane in range(count)
    )


def _with_imagej_planes(
    tif: tifffile.TiffFile, stack: _Stack, full: Iterable[_Listed], place: Place
) -> _Stack:
    """Return the stack with the planes that only ImageJ's line ``images=N`` mentions."""
    if not tif.is_imagej:
        return stack
    told = tif.imagej_metadata or {}
    product = math.prod(int(told.get(key, 1)) for key in ("channels", "slices", "frames"))
    images = max(int(told.get("images", 1)), product)
    page: Any = tif.pages.get(stack.first.index)
    if images <= stack.described * page.samplesperpixel or images <= len(tif.pages):
        return stack
    room = (tif.filehandle.size - stack.first.data) // max(page.nbytes, 1)
    if not page.is_final or room < images:
        raise place.error(
            f"is truncated: ImageJ's metadata describe {images:,} planes, and it holds fewer",
            AGAIN,
        )
    places = _behind(tif, page, full, stack.first, images)
    return _Stack({"I": images}, stack.first, places, images)


def _refuse_other_images(
    tif: tifffile.TiffFile, stack: _Stack, full: Iterable[_Listed], place: Place
) -> None:
    """Refuse other pages as large as the image, and a larger image in a subdirectory."""
    own = {each.page for each in stack.places if each is not None} | {stack.first.index}
    page: Any = tif.pages.get(stack.first.index)
    below = [_listed(each) for each in page.pages or ()]
    if any(each.area > stack.first.area for each in below):
        raise place.error(
            "has a larger image in a subdirectory (SubIFD), which is not read",
            "Save the full image as the first page.",
        )
    others = [each for each in full if each.index not in own and each.area >= stack.first.area]
    if others:
        raise place.error(
            f"has {len(own) + len(others)} pages, wanted 1",
            f"Save one page per channel; or {_ONE_PLANE}.",
        )


def _at(index: Sequence[int], stack: _Stack, place: Place) -> Meant:
    number = int(np.ravel_multi_index(tuple(index), tuple(stack.sizes.values())))
    found = stack.places[number] if number < len(stack.places) else None
    if found is None:
        each = {"C": "channel", "Z": "plane in Z", "T": "time point"}
        which = ", ".join(f"{each[a]} {n}" for a, n in zip(stack.sizes, index) if a in each)
        raise place.error(
            f"does not hold the pixels of {which}",
            "If it is one of a set of OME files, name the file of that channel; "
            "otherwise copy or download it again.",
        )
    return found
