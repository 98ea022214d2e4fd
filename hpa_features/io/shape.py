"""Check parsed JSON against a drawing of it, before anybody relies on a key or a type."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

from hpa_features.core.errors import BundleError

# A type, or a mapping of keys to shapes, or a list holding the shape of each item.
Shape: TypeAlias = Any


def check_shape(value: object, shape: Shape, where: str) -> None:
    """Compare `value` with `shape`; keys that `shape` does not name are free.

    Parameters
    ----------
    value
        Parsed JSON.
    shape
        ``str``, ``bool``, ``int`` (not bool), ``float`` (finite; integers count), ``dict``, a
        mapping {key: shape}, or a list [shape] for items of that shape.
    where
        Name of `value` in messages.

    Raises
    ------
    BundleError
        At the first place that differs.
    """
    if isinstance(shape, Mapping):
        if not isinstance(value, dict):
            raise _unlike(value, "an object", where)
        for key, inner in shape.items():
            if key not in value:
                raise BundleError(f"{where} lacks {key!r}.")
            check_shape(value[key], inner, f"{where}.{key}")
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise _unlike(value, "a list", where)
        for index, item in enumerate(value):
            check_shape(item, shape[0], f"{where}[{index}]")
    elif shape is float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
            raise _unlike(value, "a finite number", where)
    elif not isinstance(value, shape) or (isinstance(value, bool) and shape is not bool):
        raise _unlike(value, f"of type {shape.__name__}", where)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond float's range
        return False


def _unlike(value: object, wanted: str, where: str) -> BundleError:
    return BundleError(f"{where} must be {wanted}, got {str(value)[:40]!r}.")
