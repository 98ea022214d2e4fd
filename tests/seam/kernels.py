"""Kernel packages around that of the CPU: one takes device arrays only, one counts calls."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from emulated_device.array import DeviceArray

from hpa_features.features import crops
from hpa_features.kernels import cpu


def changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return `value` with `change` made to each leaf of its lists and (named) tuples."""
    if isinstance(value, list | tuple):
        parts = [changed(each, change) for each in value]
        if hasattr(value, "_fields"):
            return type(value)(*parts)
        return type(value)(parts)
    return change(value)


def _unwrapped(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        raise TypeError("A kernel got a NumPy array among device arrays.")
    return value.held if isinstance(value, DeviceArray) else value


def _wrapped(value: Any) -> Any:
    if isinstance(value, np.generic):
        raise TypeError("A kernel returned a NumPy scalar, which a GPU would wait for.")
    return DeviceArray(value) if isinstance(value, np.ndarray) else value


class DeviceKernels:
    """The CPU's kernels on device arrays; only `from_host` and `to_host` cross the seam."""

    def __init__(self) -> None:
        self.crossings = 0

    def __getattr__(self, name: str) -> Any:
        if name not in cpu.__all__:
            raise AttributeError(f"There is no kernel {name}.")
        kernel = getattr(cpu, name)
        return lambda *arguments: changed(kernel(*changed(list(arguments), _unwrapped)), _wrapped)

    def from_host(self, array: np.ndarray) -> DeviceArray:
        if not isinstance(array, np.ndarray):
            raise TypeError(f"{type(array).__name__} is not an array of the host.")
        return DeviceArray(array)

    def to_host(self, arrays: list[DeviceArray]) -> list[np.ndarray]:
        self.crossings += 1
        if not all(isinstance(array, DeviceArray) for array in arrays):
            raise TypeError("What is brought to the host must be device arrays.")
        return [array.held for array in arrays]


class CountingKernels:
    """The CPU's kernels; `calls` lists the name and a digest of the arguments of each call."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    def __getattr__(self, name: str) -> Any:
        kernel = getattr(cpu, name)
        if name in {"from_host", "to_host"}:
            return kernel

        def counted(*arguments: Any) -> Any:
            self.calls.append((name, _digest(arguments)))
            return kernel(*arguments)

        return counted


def _digest(arguments: Any) -> str:
    digest = hashlib.sha256()

    def add(leaf: Any) -> None:
        if isinstance(leaf, np.ndarray):
            digest.update(f"{leaf.dtype}{leaf.shape}".encode())
            digest.update(np.ascontiguousarray(leaf).tobytes())
        else:
            digest.update(f"{leaf!r};".encode())

    changed(list(arguments), add)
    return digest.hexdigest()


@contextmanager
def running_on(kernels: Any) -> Iterator[None]:
    """Make crops with `kernels`, whichever arrays a batch has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crops, "kernels_for", lambda *_: kernels)
        yield
