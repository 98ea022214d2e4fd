"""Which planes of a stack are meant, and which level of a pyramid, whatever the format."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product

from hpa_features.core.errors import FieldError
from hpa_features.io.files import Place
from hpa_features.io.formats import refuse_channel

_ROUNDING = 1.01  # a level of 0.3201 µm has the 0.32 µm that are asked for
_ONE_PAGE = "or, in a manifest, name one plane with #page=N after the path (N counts from 0)"
_ORDER = {"Z": 0, "T": 1, "C": 2}  # in which axes are refused


def meant_indices(sizes: Mapping[str, int], place: Place) -> tuple[tuple[int, ...], ...]:
    """Return the indices of the planes that `place` means; the brightest of them is taken.

    Parameters
    ----------
    sizes
        Number of planes along each axis, in the order of the indices: C, Z, T and others.
    place
        The file, with its channel, and the planes in Z and time that are asked for.

    Raises
    ------
    FieldError
        An axis has several planes of which none is asked for, or not the one that is.
    """
    ranges = {
        axis: _along(axis, size, place)
        for axis, size in sorted(sizes.items(), key=lambda each: _ORDER.get(each[0], 3))
    }
    for axis, wanted in (("Z", place.z), ("T", place.t)):
        if axis not in sizes:
            _within(axis, 1, wanted, place)
    return tuple(product(*(ranges[axis] for axis in sizes)))


def _along(axis: str, size: int, place: Place) -> Sequence[int]:
    if axis == "Z" and place.z == "max":
        return range(size)
    if axis in {"Z", "T"}:
        wanted = place.z if axis == "Z" else place.t
        if wanted in {"", None} and size > 1:
            raise _stack_error(axis, size, place)
        return [_within(axis, size, wanted, place)]
    if axis == "C" and place.channel is not None:
        refuse_channel(place.channel, size, place)
        return [place.channel]
    if size == 1:
        return [0]
    if axis == "C":
        raise place.error(
            f"has {size} channels, wanted 1",
            "State which is which with --channels DNA=0,Microtubules=1,ER=2,Protein=3; or, in a "
            "manifest, name one with #channel=N after the path (N counts from 0).",
        )
    raise place.error(f"has {size} pages, wanted 1", f"Save one page per channel; {_ONE_PAGE}.")


def _within(axis: str, size: int, wanted: str | int | None, place: Place) -> int:
    """Return the number of the plane that is asked for, 0 where none or the brightest is."""
    if wanted in {"", None, "max"}:
        return 0
    number = int(wanted or 0)
    if number >= size:
        what = "planes in Z" if axis == "Z" else "time points"
        raise place.error(
            f"has {size} {what if size > 1 else what.replace('s', '', 1)}, wanted {number}",
            f"They count from 0: --{axis.lower()} 0 to --{axis.lower()} {size - 1}.",
        )
    return number


def _stack_error(axis: str, size: int, place: Place) -> FieldError:
    if axis == "Z":
        what = f"is a stack of {size} planes in Z"
        how = "Take the brightest value of each pixel over Z with --z max, or one plane with --z N"
    else:
        what = f"is a series of {size} time points"
        how = "Choose one with --t N"
    if place.stage != "read":  # of masks, which are not projected
        return place.error(what, f"Save one plane; {_ONE_PAGE}.")
    return place.error(what, f"{how} (0 to {size - 1}); {_ONE_PAGE}.")


def chosen_level(sizes_um: Sequence[float | None], place: Place) -> int:
    """Return the coarsest level of a pyramid whose pixels have up to the size that is asked for.

    Parameters
    ----------
    sizes_um
        Pixel size of each level, the full resolution first; None where the file states none.
    place
        The file, with the size that is asked for; None: the full resolution.

    Raises
    ------
    FieldError
        There are several levels, and the file does not state its pixel size.
    """
    if place.resolution_um is None or len(sizes_um) == 1:
        return 0
    limit = place.resolution_um * _ROUNDING
    if any(size is None or not math.isfinite(size) for size in sizes_um):
        raise place.error(
            f"has {len(sizes_um)} resolution levels and states no pixel size, by which "
            "--resolution-um chooses one",
            "Omit --resolution-um, which reads the full resolution.",
        )
    fine = [n for n, size in enumerate(sizes_um) if size is not None and size <= limit]
    return max(fine, key=lambda n: sizes_um[n] or 0.0, default=0)
