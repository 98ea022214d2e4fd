"""The errors of a device that fails, as CuPy has them."""

from __future__ import annotations

LAUNCH_FAILURE, NO_MEMORY, OLD_DRIVER = 719, 2, 35


class OutOfMemoryError(MemoryError):
    """As ``cupy.cuda.memory.OutOfMemoryError``."""


class CUDARuntimeError(RuntimeError):
    """As ``cupy.cuda.runtime.CUDARuntimeError``."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class CUDADriverError(CUDARuntimeError):
    """As ``cupy.cuda.driver.CUDADriverError``."""


def lost() -> CUDARuntimeError:
    """Return what every call gives once a kernel has failed."""
    return CUDARuntimeError(LAUNCH_FAILURE, "cudaErrorLaunchFailure: unspecified launch failure")
