"""Kernel packages around that of the CPU: one takes device arrays only, one counts calls."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from emulated_device.array import DeviceArray

from hpa_features.features import crops
from hpa_features.kernels import cpu
from hpa_features.kernels.nested import leaves, with_arrays


def _unwrapped(array: Any) -> np.ndarray:
    if not isinstance(array, DeviceArray):
        raise TypeError("A kernel got a NumPy array among device arrays.")
    return array.held


def _on_device(result: Any) -> Any:
    if any(isinstance(leaf, np.generic) for leaf in leaves(result)):
        raise TypeError("A kernel returned a NumPy scalar, which a GPU would wait for.")
    return with_arrays(result, DeviceArray)


class DeviceKernels:
    """The CPU's kernels on device arrays; only `from_host` and `to_host` cross the seam."""

    def __init__(self) -> None:
        self.crossings = 0

    def __getattr__(self, name: str) -> Any:
        if name not in cpu.__all__:
            raise AttributeError(f"There is no kernel {name}.")
        kernel = getattr(cpu, name)
        return lambda *arguments: _on_device(kernel(*with_arrays(arguments, _unwrapped)))

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
    for leaf in leaves(arguments):
        if isinstance(leaf, np.ndarray):
            digest.update(f"{leaf.dtype}{leaf.shape}".encode())
            digest.update(np.ascontiguousarray(leaf).tobytes())
        else:
            digest.update(f"{leaf!r};".encode())
    return digest.hexdigest()


@contextmanager
def running_on(kernels: Any) -> Iterator[None]:
    """Make crops with `kernels`, whichever arrays a batch has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crops, "kernels_for", lambda *_: kernels)
        yield
