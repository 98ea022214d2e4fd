"""Lists and tuples of arrays, nested as kernels take and give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


def leaves(value: Any) -> Iterator[Any]:
    """Yield what is in lists and tuples, in order: arrays and all else."""
    if isinstance(value, list | tuple):
        for each in value:
            yield from leaves(each)
    else:
        yield value


def arrays_in(value: Any) -> list[Any]:
    """Return the arrays in lists and tuples, in order; NumPy's scalars are numbers."""
    return [leaf for leaf in leaves(value) if _is_array(leaf)]


def with_arrays(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return lists and (named) tuples with `change` made to each array in them."""
    if isinstance(value, list | tuple):
        parts = [with_arrays(each, change) for each in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return change(value) if _is_array(value) else value


def _is_array(value: Any) -> bool:
    """Return whether a value is an array of any library."""
    return hasattr(value, "dtype") and not isinstance(value, np.generic)
