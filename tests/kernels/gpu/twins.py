"""A kernel of the GPU on the emulated device against its twin on the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from emulated_device.compiling import missing_compiler
from emulated_device.mode import running
from emulated_device.stand_in import gpu_kernels
from hypothesis import settings

from hpa_features.kernels import cpu
from hpa_features.kernels.nested import leaves, with_arrays

MODES = ({"seed": 1}, {"seed": 2}, {"seed": 3, "checked": True})
THREADS = 64  # two warps, and several turns for a crop of a hundred pixels
few = settings(max_examples=12)

if missing_compiler():
    pytest.skip(missing_compiler(), allow_module_level=True)


def check(name: str, *arguments: Any, rtol: float = 0.0, atol: float = 0.0) -> None:
    """Compare a kernel with that of the CPU on arrays of the host.

    It runs in both modes and in several orders of blocks and threads, which must give the same
    bytes. With a tolerance of 0 these are the CPU's.
    """
    expected = _leaf_arrays(getattr(cpu, name)(*arguments))
    runs = []
    for mode in MODES:
        with running(**mode):
            runs.append(_leaf_arrays(on_device(name, *arguments)))
    for number, wanted in enumerate(expected):
        found = runs[0][number]
        for other in runs[1:]:
            assert found.tobytes() == other[number].tobytes(), f"{name} depends on the order"
        assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
        if rtol or atol:
            np.testing.assert_allclose(found, wanted, rtol=rtol, atol=atol)
        else:
            np.testing.assert_array_equal(found, wanted)


def on_device(name: str, *arguments: Any) -> Any:
    """Return what a kernel gives of arrays of the host, brought back to the host."""
    gpu = gpu_kernels()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gpu.launch, "THREADS", THREADS)
        return to_host(getattr(gpu, name)(*to_device(list(arguments))))


def to_device(value: Any) -> Any:
    return with_arrays(value, gpu_kernels().from_host)


def to_host(value: Any) -> Any:
    return with_arrays(value, lambda array: array.get())


def _leaf_arrays(value: Any) -> list[np.ndarray]:
    """Return arrays and numbers alike as arrays."""
    return [np.asarray(leaf) for leaf in leaves(value)]
