"""The GPU itself: what it is, the memory that is free, and what its errors mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cupy

from hpa_features.core.errors import DataError, UsageError

_NO_MEMORY = 2  # cudaErrorMemoryAllocation
_OLD_DRIVER = 35  # cudaErrorInsufficientDriver; also where there is no driver
_OLDEST = (7, 5)  # compute capability: tests compile for it, and CUDA 13 for no older one


def describe() -> dict[str, str | int]:
    """Return the device's name and memory, and the versions of driver, CUDA and CuPy.

    Raises
    ------
    UsageError
        No GPU can be used.
    """
    runtime = cupy.cuda.runtime
    driver = runtime.driverGetVersion()
    try:
        runtime.getDeviceCount()
        number = runtime.getDevice()
        facts = runtime.getDeviceProperties(number)
        _, total = runtime.memGetInfo()
        cupy.zeros(1, "uint8")  # a device that is there may refuse to work
    except runtime.CUDARuntimeError as error:
        raise _unusable(error, driver) from error
    capability = (int(facts["major"]), int(facts["minor"]))
    if capability < _OLDEST:
        raise UsageError(
            f"The GPU cannot be used: {facts['name'].decode()} has compute capability "
            f"{_dotted(capability)}, {_dotted(_OLDEST)} or later is needed.",
            hint="Use --device cpu.",
        )
    return {
        "name": facts["name"].decode(),
        "memory": int(total),
        "driver": _version(driver),
        "cuda": _version(runtime.runtimeGetVersion()),
        "cupy": cupy.__version__,
    }


def _unusable(error: Exception, driver: int) -> UsageError:
    if driver == 0:
        why, hint = "there is no NVIDIA driver", "Install the driver of the GPU"
    elif getattr(error, "status", None) == _OLD_DRIVER:
        wanted = cupy.cuda.runtime.runtimeGetVersion()
        why = f"the driver is made for CUDA {_version(driver)}, CuPy for CUDA {_version(wanted)}"
        hint = "Update the driver"
        if (driver // 1000, wanted // 1000) == (12, 13):
            hint += (
                ", or take the CuPy for CUDA 12 (pip uninstall cupy-cuda13x; then, in the hpa-feat "
                "checkout, pip install '.[gpu]')"
            )
    else:
        why, hint = _first_line(error), "Run nvidia-smi to see the state of the GPU"
    return UsageError(f"The GPU cannot be used: {why}.", hint=f"{hint}, or use --device cpu.")


def free_memory() -> int:
    """Return the bytes that are free on the device, those kept for reuse included."""
    free, _ = cupy.cuda.runtime.memGetInfo()
    return int(free) + int(cupy.get_default_memory_pool().free_bytes())


def wait() -> None:
    """Return when the device has done all that it was given."""
    cupy.cuda.get_current_stream().synchronize()


@contextmanager
def driver_errors() -> Iterator[None]:
    """Give the errors of the driver their meaning.

    Raises
    ------
    MemoryError
        Memory of the device is short; what was kept for reuse has been given back.
    DataError
        The device does not work any more: nothing of this process can be computed on it.
    """
    runtime, driver = cupy.cuda.runtime.CUDARuntimeError, cupy.cuda.driver.CUDADriverError
    try:
        yield
    except (MemoryError, runtime, driver) as error:
        if isinstance(error, MemoryError) or error.status == _NO_MEMORY:
            cupy.get_default_memory_pool().free_all_blocks()
            raise MemoryError(f"The memory of the GPU is short: {_first_line(error)}") from error
        raise DataError(
            f"The GPU stopped working: {_first_line(error)}.",
            hint="Run nvidia-smi to see its state; the same command continues with the fields that "
            "are left, with --device cpu if need be.",
        ) from error


def _version(number: int) -> str:
    """Return a version of CUDA as NVIDIA writes it: 12090 is 12.9."""
    return f"{number // 1000}.{number % 1000 // 10}"


def _dotted(capability: tuple[int, int]) -> str:
    return ".".join(map(str, capability))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
