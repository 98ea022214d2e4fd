"""Kernels of CUDA C: compiled once a device, launched once for all cells of all items."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from operator import index
from pathlib import Path
from typing import Any, TypeAlias

import cupy
import numpy as np
from numpy.typing import DTypeLike

from hpa_features.kernels.layout import CropLayout, NativeLayout

Array: TypeAlias = Any
"""An array of CuPy's."""
Arrays: TypeAlias = list[Array]
"""One for each item of a launch."""

THREADS = 256
"""Threads of a block; a sum's order depends on it, so results do in their last digits."""
ITEMS = 40
"""Items that one launch serves: `crops.cuh` has it too."""
KINDS = ("uint8", "int8", "uint16", "int32", "int64", "float64")
"""Types of arrays, in the order in which `crops.cuh` numbers them; bool is uint8."""

_FOLDER = Path(__file__).parent
_INCLUDE = re.compile(r'^#include "(\w+\.cuh)"$', re.MULTILINE)
_ARRAYS = np.dtype([("at", np.uint64, (ITEMS,)), ("kind", np.uint8, (ITEMS,))])
_DOUBLES, _LONGS = (np.dtype([("at", kind, (ITEMS,))]) for kind in (np.float64, np.int64))
_CROPS = np.dtype(
    [("starts", "u8"), ("shape", "u8"), ("step_um", "u8"), ("cells", "i8"), ("total", "i8")]
)
_NATIVE = np.dtype([(name, np.uint64) for name in NativeLayout._fields] + [("cells", "i8")])


class Each:
    """An array for each item of a launch.

    `dtype` is what a kernel takes them for; None where it reads any of `KINDS`.
    """

    def __init__(self, arrays: Sequence[Array], dtype: DTypeLike | None = None) -> None:
        for array in arrays:
            if dtype is not None and array.dtype != np.dtype(dtype):
                raise TypeError(f"The kernel takes {np.dtype(dtype)}, got {array.dtype}.")
        self.arrays = arrays

    def __len__(self) -> int:
        return len(self.arrays)

    def packed(self, items: slice) -> tuple[Any, list[Array]]:
        """Return the structure that the kernel gets of some items, and what it points at."""
        return _packed(self.arrays[items])


class Numbers:
    """A number for each item of a launch, as `floats` and `integers` make them."""

    def __init__(self, values: Sequence[Any], dtype: np.dtype[Any]) -> None:
        self.values, self.dtype = values, dtype

    def __len__(self) -> int:
        return len(self.values)

    def packed(self, items: slice) -> tuple[Any, list[Array]]:
        """Return the structure that the kernel gets of some items; it points at nothing."""
        some = self.values[items]
        table = np.zeros(1, self.dtype)
        table["at"][0, : len(some)] = some
        return table, []


def floats(values: Sequence[float]) -> Numbers:
    """Return a double for each item of a launch, which the kernel takes as `Doubles`."""
    return Numbers(values, _DOUBLES)


def integers(values: Sequence[int]) -> Numbers:
    """Return a whole number for each item of a launch, which the kernel takes as `Longs`.

    Raises
    ------
    TypeError
        One of them is not whole.
    """
    return Numbers([index(value) for value in values], _LONGS)


class Table:
    """Arrays that every block of a launch gets, up to `ITEMS` of them."""

    def __init__(self, arrays: Sequence[Array]) -> None:
        if len(arrays) > ITEMS:
            raise ValueError(f"A kernel takes up to {ITEMS} arrays at once, got {len(arrays)}.")
        self.arrays = arrays


def _packed(some: Sequence[Array]) -> tuple[Any, list[Array]]:
    kept = [contiguous(array) for array in some]
    table = np.zeros(1, _ARRAYS)
    table["at"][0, : len(kept)] = [_address(array) for array in kept]
    table["kind"][0, : len(kept)] = [kind_of(array) for array in kept]
    return table, kept


def contiguous(array: Array) -> Array:
    """Return an array whose items lie side by side: kernels know no strides."""
    return array if array.flags.c_contiguous else cupy.ascontiguousarray(array)


def _address(array: Array) -> int:
    address: int = array.data.ptr
    return address


def kind_of(array: Array) -> int:
    """Return the number of the array's type in `crops.cuh`."""
    name = str(array.dtype)
    return KINDS.index("uint8" if name == "bool" else name)


def empties(count: int, shape: Any, dtype: DTypeLike) -> list[Array]:
    """Return so many new arrays, to be filled."""
    return [cupy.empty(shape, dtype) for _ in range(count)]


def listed(value: Any, count: int) -> list[Any]:
    """Return one value an item: those of a list, or one that serves all items."""
    return value if isinstance(value, list) else [value] * count


def files() -> list[str]:
    """Return the names of this package's files of CUDA C."""
    return sorted(path.stem for path in _FOLDER.glob("*.cu"))


def source(file: str) -> str:
    """Return the CUDA C of a file of this package, headers in place of their `#include`.

    CuPy keeps what it compiled by the text that it is given: a header that it reads itself could
    change unnoticed.
    """
    seen: set[str] = set()

    def header(found: re.Match[str]) -> str:
        if found[1] in seen:
            return ""
        seen.add(found[1])
        text = (_FOLDER / found[1]).read_text().replace("#pragma once\n", "")
        return _INCLUDE.sub(header, text)

    return _INCLUDE.sub(header, (_FOLDER / f"{file}.cu").read_text())


def options(threads: int) -> tuple[str, ...]:
    """Return the compiler's options; with fused operations sums would not round as the CPU's."""
    return ("-std=c++17", "--fmad=false", f"-DTHREADS={threads}")


@cupy.memoize(for_each_device=True)
def _module(file: str, threads: int) -> Any:
    return cupy.RawModule(code=source(file), options=options(threads))


@cupy.memoize(for_each_device=True)
def _kernel(file: str, name: str, threads: int) -> Any:
    return _module(file, threads).get_function(name)


def launch(file: str, name: str, blocks: int | tuple[int, int], *arguments: Any) -> None:
    """Run kernel `name` of a file: `blocks` × items blocks of `THREADS` threads.

    Arguments are arrays, numbers, layouts, tables, and `Each`, `floats` and `integers` of one
    length, of which a block gets its item's value by ``blockIdx.y``. `blocks` are along x, or
    along x and z. Nothing is launched for no blocks.
    """
    grid = (blocks,) if isinstance(blocks, int) else blocks
    if min(grid) == 0:
        return
    kernel = _kernel(file, name, THREADS)
    for some, count in _chunks(arguments):
        kept: list[Any] = []
        values = []
        for argument in arguments:
            if isinstance(argument, Each | Numbers):
                value, held = argument.packed(some)
            elif isinstance(argument, Table):
                value, held = _packed(argument.arrays)
            else:
                value = _value(argument)
                held = [value]
            values.append(value)
            kept.extend(held)
        kernel((grid[0], count, *grid[1:]), (THREADS,), tuple(values))


def _chunks(arguments: tuple[Any, ...]) -> Iterator[tuple[slice, int]]:
    lengths = {len(argument) for argument in arguments if isinstance(argument, Each | Numbers)}
    count = max(lengths, default=1)
    if len(lengths) > 1:
        raise ValueError(f"Items of one launch differ in number: {sorted(lengths)}.")
    for first in range(0, count, ITEMS):
        yield slice(first, first + ITEMS), min(ITEMS, count - first)


def _value(argument: Any) -> Any:
    if isinstance(argument, CropLayout):
        pointers = map(_address, argument[:3])
        return np.array([(*pointers, len(argument.step_um), argument.total)], _CROPS)
    if isinstance(argument, NativeLayout):
        pointers = map(_address, argument)
        return np.array([(*pointers, len(argument.field))], _NATIVE)
    if isinstance(argument, float):
        return np.float64(argument)
    if isinstance(argument, int):
        return np.int64(argument)
    return contiguous(argument)


def over(items: int) -> int:
    """Return the blocks in which each thread has one of so many items."""
    return -(-items // THREADS)
