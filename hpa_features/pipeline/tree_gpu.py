"""Which GPU, if any, LightGBM can grow trees on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hpa_features.core.errors import UsageError
from hpa_features.core.progress import Progress
from hpa_features.core.settings import Device
from hpa_features.running.executor import Lost, Monitor
from hpa_features.running.pool import LocalExecutor

if TYPE_CHECKING:
    from hpa_features.learn.tree_device import TreeDevice

HOW_TO_GET_A_GPU = (
    "For OpenCL, install the OpenCL part of the GPU's driver (Debian: nvidia-opencl-icd); for "
    "CUDA, build LightGBM with -DUSE_CUDA=1"
)
# OpenCL compiles for a device that it has not seen: seconds on a GPU, minutes on a CPU.
_SECONDS = 900
_STDERR = 2


def choose_device(wanted: Device, progress: Progress) -> TreeDevice:
    """Return where trees are grown; for ``auto`` the CPU, since no GPU was seen to be faster.

    Raises
    ------
    UsageError
        A GPU is wanted, and LightGBM can use none.
    """
    from hpa_features.learn.tree_device import CPU, TreeDevice

    if wanted is not Device.GPU:
        return TreeDevice(CPU)
    progress.start("looking for a GPU", None)
    tried = try_gpus()
    progress.finish()
    if tried[-1].problem:
        problems = "; ".join(f"{each.backend}: {each.problem}" for each in tried)
        raise UsageError(
            f"--device gpu: LightGBM cannot use a GPU here ({problems}).",
            hint=f"{HOW_TO_GET_A_GPU}; or use --device cpu.",
        )
    found = tried[-1]
    progress.note(
        f"trees are grown with {found.backend} on {found.name or 'a device without a name'}."
    )
    return found


def try_gpus() -> list[TreeDevice]:
    """Return each backend for GPUs in order of preference, up to the first that works."""
    from hpa_features.learn.tree_device import GPUS

    tried: list[TreeDevice] = []
    for backend in GPUS:
        tried.append(_tried_alone(backend))
        if not tried[-1].problem:
            break
    return tried


def _tried_alone(backend: str) -> TreeDevice:
    """Try a backend in a process of its own: a driver that fails may end it."""
    from hpa_features.learn.tree_device import TreeDevice

    executor = LocalExecutor(item_limit_s=_SECONDS)
    ((_, device),) = executor.run(_try, (backend,), timed=True, alone=True)
    return TreeDevice(backend, problem=device.reason) if isinstance(device, Lost) else device


def _try(backend: str, monitor: Monitor) -> TreeDevice:
    from hpa_features.learn.tree_device import grow_tree

    monitor.begin(backend)
    # LightGBM and OpenCL compilers write there, whatever the log is set to.
    os.dup2(os.open(os.devnull, os.O_WRONLY), _STDERR)
    device = grow_tree(backend)
    monitor.done()
    return device
