"""What the GPU is, and what the errors of its driver mean."""

from __future__ import annotations

import gc
import sys

import numpy as np
import pytest
from emulated_device.compiling import missing_compiler
from emulated_device.faults import CUDADriverError, CUDARuntimeError
from emulated_device.mode import MODE, running
from emulated_device.stand_in import gpu_kernels

from hpa_features.core.errors import DataError, MissingExtra, UsageError
from hpa_features.kernels import working_on_gpu

device = gpu_kernels().device


def on_gpu(kernel, *arguments):
    with working_on_gpu() as kernels:
        return getattr(kernels, kernel)(*arguments)


def test_a_device_is_described_by_name_memory_and_versions():
    with running(memory=2**30):
        assert device.describe() == {
            "name": "emulated device",
            "memory": 2**30,
            "driver": "12.8",
            "cuda": "12.9",
            "cupy": "14 (emulated)",
        }


@pytest.mark.parametrize(
    ("driver", "status", "why", "hint"),
    [
        (0, 35, "there is no NVIDIA driver", "Install the driver"),
        (11040, 35, "the driver is made for CUDA 11.4, CuPy for CUDA 12.9", "Update the driver"),
        (12080, 100, "cudaErrorNoDevice: no device", "nvidia-smi"),
    ],
)
def test_a_device_that_cannot_be_used_is_refused_with_the_reason(
    monkeypatch, driver, status, why, hint
):
    def refused():
        raise CUDARuntimeError(status, "cudaErrorNoDevice: no device\nmore")

    runtime = device.cupy.cuda.runtime
    monkeypatch.setattr(runtime, "driverGetVersion", lambda: driver)
    monkeypatch.setattr(runtime, "getDeviceCount", refused)
    with pytest.raises(UsageError, match="The GPU cannot be used") as caught:
        device.describe()
    assert why in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.hint.endswith("or use --device cpu.")


def test_an_older_driver_may_serve_the_other_cupy(monkeypatch):
    def refused():
        raise CUDARuntimeError(35, "cudaErrorInsufficientDriver")

    runtime = device.cupy.cuda.runtime
    monkeypatch.setattr(runtime, "getDeviceCount", refused)
    monkeypatch.setattr(runtime, "runtimeGetVersion", lambda: 13000)
    with pytest.raises(UsageError, match=r"made for CUDA 12\.8, CuPy for CUDA 13\.0") as caught:
        device.describe()
    assert "pip uninstall cupy-cuda13x; then, in the hpa-feat checkout" in caught.value.hint


def test_a_gpu_that_is_too_old_is_refused(monkeypatch):
    facts = {"name": b"Tesla V100", "major": 7, "minor": 0}
    monkeypatch.setattr(device.cupy.cuda.runtime, "getDeviceProperties", lambda _: facts)
    with pytest.raises(UsageError, match=r"Tesla V100 has compute capability 7\.0, 7\.5 or later"):
        device.describe()


def test_memory_that_is_short_is_a_memory_error_of_the_batch():
    gc.collect()  # arrays of other tests
    with running(memory=10_000), pytest.raises(MemoryError, match="The memory of the GPU is short"):
        on_gpu("from_host", np.zeros(10_001, np.uint8))
    with pytest.raises(MemoryError, match="short"), device.driver_errors():
        raise CUDARuntimeError(2, "cudaErrorMemoryAllocation: out of memory")


@pytest.mark.skipif(missing_compiler() is not None, reason=str(missing_compiler()))
def test_a_device_that_fails_ends_the_work_with_a_clear_line():
    images = [gpu_kernels().from_host(np.zeros(100))]
    with running(lost_after=MODE.launches), pytest.raises(DataError, match="stopped") as caught:
        on_gpu("multiples", images, images)
    assert "unspecified launch failure" in caught.value.message
    with pytest.raises(DataError), device.driver_errors():
        raise CUDADriverError(700, "CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access")


def test_other_errors_stay_what_they_are():
    with pytest.raises(ZeroDivisionError), device.driver_errors():
        raise ZeroDivisionError


def test_without_cupy_the_error_names_the_extra(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("hpa_features.kernels.gpu")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cupy", None)
    with (
        pytest.raises(MissingExtra, match=r"cupy is needed.*\.\[gpu\].*gpu-cuda13"),
        working_on_gpu(),
    ):
        pass
