"""`DeviceArray`: an array that stands for CuPy's and refuses what CuPy refuses, or what waits."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from emulated_device.faults import OutOfMemoryError
from emulated_device.mode import MODE
from emulated_device.streams import Stream, StreamError, current

GUARD, EDGE = 256, 0xC7  # bytes before and behind each array, and what they hold
POISON = 0xFFF5A5A5  # what new memory holds: NaN as float and as double
_SCALARS = (bool, int, float, np.generic)


class Memory:
    """Bytes on the device, between two guards, in the memory of the stream that is current.

    Attributes
    ----------
    written
        A byte an item where it is known which items have been written, else None.
    coming
        Whether a copy to it is still waiting in its stream.
    last_use
        Which of all uses was its last.
    """

    living: ClassVar[weakref.WeakValueDictionary[int, Memory]] = weakref.WeakValueDictionary()
    _lock: ClassVar[threading.Lock] = threading.Lock()

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
        self.coming, self.last_use = False, 0
        self.stream = current()
        self.stream.give_out()
        with Memory._lock:
            Memory.living[self.address] = self

    def __del__(self) -> None:
        stream = getattr(self, "stream", None)  # not there where memory was short
        if stream is not None and stream is not Stream.null:
            stream.freed = max(stream.freed, self.last_use)

    def copy_later(self, source: np.ndarray) -> None:
        """Let its stream copy `source`, which stays as it is now: CuPy puts it in pinned memory."""
        kept = source.copy()
        self.coming = True

        def copied() -> None:
            self.held[...] = kept
            self.coming = False

        self.stream.later(copied)

    def use(self) -> None:
        """Note that a kernel or a copy of this stream uses it.

        Raises
        ------
        StreamError
            It is still to be copied.
        """
        if self.coming:
            raise StreamError("An array is used whose copy this stream has not waited for.")
        MODE.uses += 1
        self.last_use = MODE.uses

    @classmethod
    def all(cls) -> list[Memory]:
        """Return that of all arrays, in the order of addresses."""
        with cls._lock:
            return sorted(cls.living.values(), key=lambda memory: memory.address)

    @classmethod
    def used(cls) -> int:
        """Return the bytes of all arrays."""
        return sum(memory.held.nbytes for memory in cls.all())


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
        self._held, self.memory = held, memory

    @property
    def held(self) -> np.ndarray:
        """What it holds, for a kernel or a copy."""
        self.memory.use()
        return self._held

    @classmethod
    def sent(cls, held: np.ndarray) -> DeviceArray:
        """Return a copy of an array of the host, which comes when its stream is waited for."""
        memory = Memory(held.shape, held.dtype, empty=False)
        if memory.stream is Stream.null:
            memory.held[...] = held
        else:
            MODE.launch()
            memory.copy_later(held)
        return cls(memory.held, memory)

    @classmethod
    def empty(cls, shape: Any, dtype: Any) -> DeviceArray:
        """Return an array whose content must not be read before it is written."""
        memory = Memory(shape, dtype, empty=True)
        return cls(memory.held, memory)

    @property
    def shape(self) -> tuple[int, ...]:
        return self._held.shape

    @property
    def size(self) -> int:
        return self._held.size

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._held.dtype

    @property
    def data(self) -> Pointer:
        return Pointer(self.held.ctypes.data)

    @property
    def flags(self) -> Any:
        return self._held.flags

    def ravel(self) -> DeviceArray:
        if not self._held.flags.c_contiguous:
            raise TypeError("Only contiguous arrays are ravelled without a copy.")
        return DeviceArray(self._held.reshape(-1), self.memory)

    def __len__(self) -> int:
        return len(self._held)

    def _refused(self, *_: Any, **__: Any) -> Any:
        raise TypeError("A device array is not converted, tested or iterated over.")

    __array__ = __iter__ = __bool__ = __int__ = __float__ = __index__ = __complex__ = _refused
    __contains__ = _refused

    def get(self) -> np.ndarray:
        """Return a copy on the host: the one way back, which waits for the device."""
        if self.memory.written is not None and not self.memory.written.all():
            raise ValueError("What was never written is brought to the host.")
        found = self.held.copy()
        MODE.wait()
        return found

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **more: Any) -> Any:
        if method != "__call__" or more:
            raise TypeError(f"Device arrays have no {ufunc.__name__}.{method} with {list(more)}.")
        MODE.launch()
        return _wrapped(ufunc(*(_operand(each) for each in inputs)))

    def __getitem__(self, index: Any) -> DeviceArray:
        found = np.asarray(self._held[_index(index)])
        if np.may_share_memory(found, self._held):
            return DeviceArray(found, self.memory)
        self.memory.use()
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
