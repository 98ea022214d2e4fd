"""Where LightGBM grows trees: on the CPU, or on a GPU by CUDA or OpenCL.

The wheels of LightGBM have OpenCL; builds for NVIDIA's GPUs may have CUDA instead. Only growing a
tree shows whether one of them works.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

CPU = "cpu"
GPUS = ("cuda", "opencl")  # in order of preference
_PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    CPU: {},
    "cuda": {"device_type": "cuda"},
    # Sums in single precision give other trees than the CPU's.
    "opencl": {"device_type": "gpu", "gpu_use_dp": True},
}
_NAMED = "Using GPU Device: "  # LightGBM's log, before the device's name


@dataclass(frozen=True, slots=True)
class TreeDevice:
    """One way to grow trees.

    Attributes
    ----------
    backend
        ``cpu``, ``cuda`` or ``opencl``.
    name
        The device, as its driver names it; empty where it gives no name.
    problem
        Why it cannot be used; empty where it can.
    """

    backend: str
    name: str = ""
    problem: str = ""


def device_parameters(backend: str) -> dict[str, Any]:
    """Return the LightGBM parameters that choose a backend; none for the CPU."""
    return dict(_PARAMETERS[backend])


def grow_tree(backend: str) -> TreeDevice:
    """Grow a tree on a backend, and return what it ran on, or the problem.

    LightGBM's log is read, so that this process has no other log of it from here on.
    """
    log = _Log()
    lgb.register_logger(log)
    parameters = {"objective": "binary", "verbosity": 1, **device_parameters(backend)}
    values = np.random.default_rng(0).normal(size=(64, 4))
    try:
        lgb.train(parameters, lgb.Dataset(values, values[:, 0] > 0), num_boost_round=1)
    except lgb.basic.LightGBMError as error:
        return TreeDevice(backend, problem=str(error).splitlines()[0].rstrip("."))
    names = [line.split(_NAMED)[1].split(", Vendor")[0] for line in log.lines if _NAMED in line]
    return TreeDevice(backend, name=names[0].strip() if names else "")


class _Log:
    """Keeps LightGBM's log."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, message: str) -> None:
        self.lines.append(message)

    def warning(self, message: str) -> None:
        self.lines.append(message)
