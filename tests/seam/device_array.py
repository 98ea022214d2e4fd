"""`DeviceArray`: an array that stands for CuPy's and refuses what CuPy refuses, or what waits."""

from __future__ import annotations

from typing import Any

import numpy as np

_SCALARS = (bool, int, float, np.generic)


class DeviceArray(np.lib.mixins.NDArrayOperatorsMixin):
    """A NumPy array that is never converted silently.

    Operators and ufuncs work among such arrays and with scalars. NumPy arrays, conversions to
    NumPy or to Python numbers, iteration, `reduceat`, `at`, and indices that depend on values
    raise TypeError: on a GPU they fail, or wait until the device has finished.
    """

    def __init__(self, held: np.ndarray) -> None:
        self.held = held

    @property
    def shape(self) -> tuple[int, ...]:
        return self.held.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.held.dtype

    def __len__(self) -> int:
        return len(self.held)

    def _refused(self, *_: Any, **__: Any) -> Any:
        raise TypeError("A device array is not converted, tested or iterated over.")

    __array__ = __iter__ = __bool__ = __int__ = __float__ = __index__ = __complex__ = _refused
    __contains__ = _refused

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **more: Any) -> Any:
        if method != "__call__" or more:
            raise TypeError(f"Device arrays have no {ufunc.__name__}.{method} with {list(more)}.")
        return _wrapped(ufunc(*(_operand(each) for each in inputs)))

    def __getitem__(self, index: Any) -> DeviceArray:
        return DeviceArray(np.asarray(self.held[_index(index)]))

    def __setitem__(self, index: Any, value: Any) -> None:
        self.held[_index(index, assigned=True)] = _operand(value)


def _operand(value: Any) -> Any:
    if isinstance(value, DeviceArray):
        return value.held
    if isinstance(value, _SCALARS):
        return value
    raise TypeError(f"Device arrays do not mix with {type(value).__name__}.")


def _wrapped(result: Any) -> Any:
    if isinstance(result, tuple):
        return tuple(_wrapped(each) for each in result)
    return DeviceArray(np.asarray(result))


def _index(index: Any, *, assigned: bool = False) -> Any:
    """Return an index that NumPy can use; lists of places are known on the host, so allowed."""
    parts = index if isinstance(index, tuple) else (index,)
    for part in parts:
        places = isinstance(part, list) and all(type(place) is int for place in part)
        if not (places or part is None or part is ... or isinstance(part, int | slice)):
            raise TypeError(f"A device array is not indexed with {type(part).__name__}.")
        if assigned and places and len(set(part)) < len(part):
            raise TypeError("Which of several values assigned to one place stays is undefined.")
    return index
