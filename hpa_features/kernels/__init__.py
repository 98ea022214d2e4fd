"""Arrays in, arrays out: no names, no files. The array decides where its kernels run."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from hpa_features.core.errors import MissingExtra, UsageError, install_cupy

CPU, GPU = "cpu", "gpu"


def kernels_for(*arrays: Any) -> ModuleType:
    """Return the kernel package that runs where all `arrays` are stored.

    Raises
    ------
    UsageError
        The arrays are of several libraries, or of one that has no kernels.
    """
    libraries = sorted({type(array).__module__.partition(".")[0] for array in arrays})
    if libraries != ["numpy"]:
        raise UsageError(
            f"Labels and images must all be NumPy arrays, got {' and '.join(libraries)}.",
            hint="Convert them with numpy.asarray(...).",
        )
    return importlib.import_module(f".{CPU}", __name__)


@contextmanager
def working_on_gpu() -> Iterator[ModuleType]:
    """Give the kernel package of the GPU, and the errors of its driver their meaning.

    Raises
    ------
    MissingExtra
        CuPy is not installed.
    MemoryError, DataError
        As `kernels.gpu.device.driver_errors`.
    """
    kernels = gpu_kernels()
    with kernels.device.driver_errors():
        yield kernels


def gpu_kernels() -> ModuleType:
    """Return the kernel package of the GPU, which may have no device to run on.

    Raises
    ------
    MissingExtra
        CuPy is not installed.
    """
    try:
        return importlib.import_module(f".{GPU}", __name__)
    except ModuleNotFoundError as error:
        if error.name != "cupy":
            raise
        raise MissingExtra("cupy", "gpu", hint=install_cupy()) from None
