"""Where features are measured: on the CPU, or on a GPU, with as many fields at once as fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hpa_features.core.errors import DataError
from hpa_features.core.progress import Progress
from hpa_features.core.settings import Device, ExtractSettings
from hpa_features.core.types import Field
from hpa_features.kernels import CPU, GPU
from hpa_features.pipeline.field_batches import pixels_of
from hpa_features.running.executor import Executor, Lost, Monitor
from hpa_features.running.threads import usable_cores

CPU_PIXELS = 2**18  # one field of 512²: larger batches leave the caches and gain nothing
_GPU_BYTES = 2**31
# Of the memory that is free: other processes at work on the same GPU need the rest.
_SHARE = 4
# Bytes of a native pixel, and of a pixel of the working grid, at the most of a batch: cells' crops
# overlap, and hold many images (`tests/cli/test_extract_gpu.py` compares); the planes of the next
# batch, 13 bytes a pixel, lie there too.
_NATIVE, _GRID = 80, 900
_MOST_READERS = 8  # each holds a field


def describe_device(
    settings: ExtractSettings, progress: Progress, executor: Executor
) -> dict[str, Any]:
    """Return what features are measured on, for run.json; empty for the CPU.

    The device is looked at where the executor runs its work.

    Raises
    ------
    UsageError, MissingExtra
        A GPU is asked for, and there is none, or no CuPy.
    DataError
        The process that looked at it ended.
    """
    if settings.device != Device.GPU:
        return {}
    [(_, found)] = executor.run(_describe, (GPU,))
    if isinstance(found, Lost):
        raise DataError(
            f"The GPU cannot be used: {found.reason}.", hint="Use --device cpu, or run nvidia-smi."
        )
    progress.note(
        f"Features are measured on {found['name']} ({found['memory'] / 2**30:.0f} GiB, driver for "
        f"CUDA {found['driver']}, CuPy {found['cupy']})."
    )
    return {"device": found}


def _describe(_device: str, _monitor: Monitor) -> dict[str, Any]:
    from hpa_features.kernels import gpu_kernels

    kernels = gpu_kernels()
    return {**kernels.device.describe(), "on_host": dict(kernels.on_host.ON_HOST)}


def batch_room(device: Device, grid_um: float, fewest: int) -> tuple[Callable[[Field], int], int]:
    """Return what a field takes of a batch, and what a batch may take until it is complete.

    On the CPU these are pixels, on a GPU bytes of its memory. `fewest` pixels are those that the
    segmenter is best given at once.
    """
    if device != Device.GPU:
        return pixels_of, max(CPU_PIXELS, fewest)

    from hpa_features.kernels import gpu_kernels

    room = min(_GPU_BYTES, gpu_kernels().device.free_memory() // _SHARE)
    return lambda field: gpu_bytes(field, grid_um), room


def reading_threads(processes: int) -> int:
    """Return the threads that read fields in each of so many processes: its share of the cores."""
    return max(1, min(_MOST_READERS, usable_cores() // processes))


def measured_on(device: Device) -> str:
    """Return ``cpu`` or ``gpu``; ``auto`` is the CPU, since the GPU's path was not timed yet."""
    return GPU if device == Device.GPU else CPU


def gpu_bytes(field: Field, grid_um: float) -> int:
    """Return about how many bytes of a GPU's memory it takes to measure a field."""
    pixels = pixels_of(field)
    on_grid = pixels * min(1.0, (field.pixel_size_um / grid_um) ** 2)
    return int(_NATIVE * pixels + _GRID * on_grid)
