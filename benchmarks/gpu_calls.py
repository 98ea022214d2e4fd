"""Kernels of the GPU, called as a batch calls them: their results and their times.

A batch is measured by the kernels of the CPU while every call is kept; then each call is made again
on the GPU. What a kernel must move at least, its arguments once and its results once, gives the
time that it cannot fall below.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from hpa_features.features.batch import Batch
from hpa_features.features.crops import make_crops
from hpa_features.features.measure import plan_of
from hpa_features.features.plan import make_numbers
from hpa_features.features.spec import Family
from hpa_features.kernels import cpu
from hpa_features.kernels.nested import arrays_in, with_arrays

RTOL = 1e-4
_BANDWIDTH_BYTES = 1 << 28
_REPEATS = 10


@dataclass(frozen=True)
class Call:
    """One call of a kernel, on the host.

    Attributes
    ----------
    name
        Of the kernel.
    arguments, result
        Arrays of the host, in lists and named tuples.
    seconds
        Wall time on the CPU.
    """

    name: str
    arguments: tuple[Any, ...]
    result: Any
    seconds: float

    @property
    def bytes(self) -> int:
        """Of all arrays that it takes and gives, each once."""
        arrays = {id(array): array for array in arrays_in((self.arguments, self.result))}
        return sum(array.nbytes for array in arrays.values())


@dataclass(frozen=True)
class Checked:
    """A call made again on the GPU.

    Attributes
    ----------
    call
        It.
    worst
        Largest difference of floats as a share of the larger of the value and 1e-6 of the array's
        largest; of integers the share of places that differ.
    equal
        Whether floats agree to 1e-4 and integers exactly.
    seconds
        Of one call, the median of ten.
    """

    call: Call
    worst: float
    equal: bool
    seconds: float


class _Kept:
    """The kernels of the CPU; `calls` has every call."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        kernel = getattr(cpu, name)

        def kept(*arguments: Any) -> Any:
            began = time.perf_counter()
            result = kernel(*arguments)
            self.calls.append(Call(name, arguments, result, time.perf_counter() - began))
            return result

        return kept


def calls_of(batch: Batch, families: tuple[Family, ...]) -> list[Call]:
    """Return every call that measures a batch, but for copies to and from the device."""
    kernels = _Kept()
    plan = plan_of(families, batch.channels)
    make_numbers(make_crops(batch, kernels), plan)
    return [call for call in kernels.calls if call.name not in {"from_host", "to_host"}]


def check(call: Call, gpu: ModuleType) -> Checked:
    """Make a call on the GPU, compare its result, and time it."""
    kernel = getattr(gpu, call.name)
    arguments = with_arrays(call.arguments, gpu.from_host)
    result = [gpu.to_host([array])[0] for array in arrays_in(kernel(*arguments))]
    errors = [_error(*pair) for pair in zip(arrays_in(call.result), result, strict=True)]
    taken = []
    for _ in range(_REPEATS):
        gpu.device.wait()
        began = time.perf_counter()
        kernel(*arguments)
        gpu.device.wait()
        taken.append(time.perf_counter() - began)
    worst = max((error for error, _ in errors), default=0.0)
    return Checked(call, worst, all(equal for _, equal in errors), float(np.median(taken)))


def _error(expected: np.ndarray, found: np.ndarray) -> tuple[float, bool]:
    if expected.shape != found.shape or expected.dtype != found.dtype:
        return np.inf, False
    if expected.dtype.kind != "f":
        share = float((expected != found).mean()) if expected.size else 0.0
        return share, share == 0
    if (np.isnan(expected) != np.isnan(found)).any():
        return np.inf, False
    known = np.isfinite(expected)
    largest = np.abs(expected[known]).max(initial=0.0)
    room = np.maximum(np.abs(expected[known]), max(1e-6 * largest, 1e-12))
    worst = float((np.abs(expected[known] - found[known]) / room).max(initial=0.0))
    return worst, worst <= RTOL


def bandwidth(gpu: ModuleType) -> float:
    """Return the bytes a second that a copy within the device reads and writes."""
    array = gpu.from_host(np.zeros(_BANDWIDTH_BYTES // 8))
    array.copy()
    gpu.device.wait()
    began = time.perf_counter()
    for _ in range(_REPEATS):
        array.copy()
    gpu.device.wait()
    return 2 * _REPEATS * _BANDWIDTH_BYTES / (time.perf_counter() - began)
