"""A stand-in for the module `cupy`, with what `kernels.gpu` uses of it and no more."""

from __future__ import annotations

import functools
import importlib
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from emulated_device.array import DeviceArray, Memory
from emulated_device.faults import CUDADriverError, CUDARuntimeError
from emulated_device.mode import MODE
from emulated_device.raw import RawModule
from emulated_device.streams import Stream, current


def _asarray(array: Any) -> DeviceArray:
    if isinstance(array, DeviceArray):
        return array
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{type(array).__name__} is not an array.")
    return DeviceArray.sent(array)


def _zeros(shape: Any, dtype: Any) -> DeviceArray:
    MODE.launch()
    return DeviceArray(np.zeros(shape, dtype))


def _contiguous(array: DeviceArray) -> DeviceArray:
    MODE.launch()
    return DeviceArray(np.ascontiguousarray(array.held))


def _concatenated(arrays: list[DeviceArray]) -> DeviceArray:
    if not all(isinstance(array, DeviceArray) for array in arrays):
        raise TypeError("Only device arrays are joined.")
    MODE.launch()
    return DeviceArray(np.concatenate([array.held for array in arrays]))


def _memoize(*, for_each_device: bool) -> Any:
    assert for_each_device
    return functools.cache


def stand_in() -> ModuleType:
    """Return a module like `cupy`."""
    cupy = ModuleType("cupy")
    cupy.ndarray = DeviceArray
    cupy.RawModule = RawModule
    cupy.asarray = _asarray
    cupy.empty = DeviceArray.empty
    cupy.zeros = _zeros
    cupy.ascontiguousarray = _contiguous
    cupy.concatenate = _concatenated
    cupy.memoize = _memoize
    cupy.__version__ = "14 (emulated)"
    cupy.cuda = SimpleNamespace(
        runtime=SimpleNamespace(
            CUDARuntimeError=CUDARuntimeError,
            driverGetVersion=lambda: 12080,
            runtimeGetVersion=lambda: 12090,
            getDeviceCount=lambda: 1,
            getDevice=lambda: 0,
            getDeviceProperties=lambda _: {
                "name": b"emulated device",
                "major": 9,
                "minor": 0,
            },
            memGetInfo=lambda: (MODE.memory - Memory.used(), MODE.memory),
        ),
        driver=SimpleNamespace(CUDADriverError=CUDADriverError),
        Stream=Stream,
        get_current_stream=current,
    )
    pool = SimpleNamespace(free_bytes=lambda: 0, free_all_blocks=lambda: None)
    cupy.get_default_memory_pool = lambda: pool
    return cupy


@functools.cache
def gpu_kernels() -> ModuleType:
    """Return `hpa_features.kernels.gpu` on the emulated device.

    The stand-in is `cupy` only while the package is imported: other libraries look for it.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "cupy", stand_in())
        return importlib.import_module("hpa_features.kernels.gpu")
