"""`DeviceArray`: an array that stands for CuPy's and refuses what CuPy refuses, or what waits."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from emulated_device.faults import OutOfMemoryError
from emulated_device.mode import MODE

GUARD, EDGE = 256, 0xC7  # bytes before and behind each array, and what they hold
POISON = 0xFFF5A5A5  # what new memory holds: NaN as float and as double
_SCALARS = (bool, int, float, np.generic)


class Memory:
    """Bytes on the device, between two guards.

    `written` has a byte an item where it is known which items have been written, else None.
    """

    living: ClassVar[weakref.WeakValueDictionary[int, Memory]] = weakref.WeakValueDictionary()

    def __init__(self, shape: Any, dtype: Any, *, empty: bool) -> None:
        dtype = np.dtype(dtype)
        size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        if Memory.used() + size > MODE.memory:
            raise OutOfMemoryError(f"Out of memory allocating {size:,} bytes.")
        room = np.empty(2 * GUARD + size + 64, np.uint8)
        first = -room.ctypes.data % 64 + GUARD
        room[first - GUARD : first] = EDGE
        room[first : first + size] = np.resize(np.array([POISON], np.uint32).view(np.uint8), size)
        room[first + size : first + size + GUARD] = EDGE
        self.itemsize = dtype.itemsize
        self.held = room[first : first + size].view(dtype).reshape(shape)
        self.address = room.ctypes.data + first
        items = size // dtype.itemsize
        self.written = np.zeros(items, np.uint8) if empty and MODE.checked else None
        Memory.living[self.address] = self

    @classmethod
    def used(cls) -> int:
        """Return the bytes of all arrays."""
        return sum(memory.held.nbytes for memory in list(cls.living.values()))


@dataclass(frozen=True)
class Pointer:
    """Where an array lies on the device."""

    ptr: int


class DeviceArray(np.lib.mixins.NDArrayOperatorsMixin):
    """A NumPy array that is never converted silently.

    Operators and ufuncs work among such arrays and with scalars. NumPy arrays, conversions to
    NumPy or to Python numbers, iteration, `reduceat`, `at`, and indices that depend on values
    raise TypeError: on a GPU they fail, or wait until the device has finished.
    """

    def __init__(self, held: np.ndarray, memory: Memory | None = None) -> None:
        if memory is None:
            memory = Memory(held.shape, held.dtype, empty=False)
            memory.held[...] = held
            held = memory.held
        self.held, self.memory = held, memory

    @classmethod
    def empty(cls, shape: Any, dtype: Any) -> DeviceArray:
        """Return an array whose content must not be read before it is written."""
        memory = Memory(shape, dtype, empty=True)
        return cls(memory.held, memory)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.held.shape

    @property
    def size(self) -> int:
        return self.held.size

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.held.dtype

    @property
    def data(self) -> Pointer:
        return Pointer(self.held.ctypes.data)

    @property
    def flags(self) -> Any:
        return self.held.flags

    def ravel(self) -> DeviceArray:
        if not self.held.flags.c_contiguous:
            raise TypeError("Only contiguous arrays are ravelled without a copy.")
        return DeviceArray(self.held.reshape(-1), self.memory)

    def __len__(self) -> int:
        return len(self.held)

    def _refused(self, *_: Any, **__: Any) -> Any:
        raise TypeError("A device array is not converted, tested or iterated over.")

    __array__ = __iter__ = __bool__ = __int__ = __float__ = __index__ = __complex__ = _refused
    __contains__ = _refused

    def get(self) -> np.ndarray:
        """Return a copy on the host: the one way back, which waits for the device."""
        if self.memory.written is not None and not self.memory.written.all():
            raise ValueError("What was never written is brought to the host.")
        return self.held.copy()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **more: Any) -> Any:
        if method != "__call__" or more:
            raise TypeError(f"Device arrays have no {ufunc.__name__}.{method} with {list(more)}.")
        MODE.launch()
        return _wrapped(ufunc(*(_operand(each) for each in inputs)))

    def __getitem__(self, index: Any) -> DeviceArray:
        found = np.asarray(self.held[_index(index)])
        if np.may_share_memory(found, self.held):
            return DeviceArray(found, self.memory)
        MODE.launch()
        return DeviceArray(found)

    def __setitem__(self, index: Any, value: Any) -> None:
        MODE.launch()
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
