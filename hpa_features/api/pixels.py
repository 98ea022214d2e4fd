"""Arrays become planes and labels, by the rules that hold for files."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import FieldError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import GivenMasks, Plane
from hpa_features.io.depth import to_integers
from hpa_features.io.files import Place
from hpa_features.io.header import Header
from hpa_features.io.masks import checked_labels

_DTYPES = "uint8 or uint16 as measured, or floats from 0 to 1"


class ArrayPlace(Place):
    """Where an array in memory belongs; its errors refer to an array."""

    __slots__ = ()

    def error(self, message: str, hint: str = "") -> FieldError:
        """Return the failure of this array."""
        return FieldError(f"the {self.path} array {message}.", stage=self.stage, hint=hint)


def plane_of(values: NDArray[Any], name: str, settings: InputSettings) -> tuple[Plane, int]:
    """Return a copy of a channel as clean integers, and the value of a saturated pixel.

    Raises
    ------
    FieldError
        It is not (rows, columns), is empty, or its values cannot be a channel's.
    """
    place = ArrayPlace(name)
    plane = _two_dimensions(values, place)
    kind, size = plane.dtype.kind, plane.dtype.itemsize
    if kind != "f" and not (kind == "u" and size <= 2):
        raise place.error(
            f"holds {plane.dtype.name} values, wanted {_DTYPES}",
            "Convert it with .astype(np.uint8) or .astype(np.uint16), if its values fit.",
        )
    rows, columns = plane.shape
    header = Header("array", rows, columns, 1, 1, plane.dtype, 8 * size)
    clean, full_scale = to_integers(plane, header, settings, place)
    # The caller may fill the same array with the next field.
    return clean.copy() if np.shares_memory(clean, plane) else clean, full_scale


def given_masks(
    cells: NDArray[Any], nuclei: NDArray[Any] | None, shape: tuple[int, int]
) -> GivenMasks:
    """Return label arrays as given masks of a field of `shape`.

    Raises
    ------
    FieldError
        A shape differs from the field's, or the values are not labels.
    """
    return GivenMasks(
        _labels_of(cells, "cells", shape),
        None if nuclei is None else _labels_of(nuclei, "nuclei", shape),
    )


def _labels_of(values: NDArray[Any], what: str, shape: tuple[int, int]) -> NDArray[np.int32]:
    place = ArrayPlace(what, stage="masks")
    labels = _two_dimensions(values, place)
    if labels.shape != shape:
        raise place.error(
            f"has shape {labels.shape}, its field {shape}", "A mask has the shape of its field."
        )
    if labels.dtype.kind not in "uib":
        raise place.error(
            f"holds {labels.dtype.name} values, wanted integers",
            "Labels are 0 outside and a positive integer in each cell: .astype(np.int32).",
        )
    return checked_labels(labels, what, place).copy()


def _two_dimensions(values: NDArray[Any], place: ArrayPlace) -> NDArray[Any]:
    if np.ma.is_masked(values):
        raise place.error(
            "has masked pixels, whose values are not known",
            "Fill them with the value that they should have: .filled(0).",
        )
    array = np.asarray(values)
    if array.ndim != 2 or not array.size:
        raise place.error(
            f"has shape {array.shape}, wanted (rows, columns)",
            "Pass one plane, for example image[..., 0].",
        )
    return array
