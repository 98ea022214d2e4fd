"""How kernels are launched: what CuPy or CUDA would refuse or misread is refused."""

from __future__ import annotations

import numpy as np
import pytest
from emulated_device import compiling
from emulated_device.array import DeviceArray
from emulated_device.compiling import CompileError, missing_compiler
from emulated_device.planted import Planted
from emulated_device.raw import KernelError, RawModule

if missing_compiler():
    pytest.skip(missing_compiler(), allow_module_level=True)


def launched(parameters, *more, **shape):
    Planted("o[g] = 0;", parameters=f", {parameters}", more=more, **shape).run()


PAIR = "struct Pair { long long a; double b; };"
WRONG = {
    "int64 for int*": (("const int* x", DeviceArray(np.zeros(4, np.int64))), "is int64"),
    "float32 for double*": (("const double* x", DeviceArray(np.zeros(4, np.float32))), "is float"),
    "Python int for int": (("int x", 3), "passed as i8, the kernel wants i4"),
    "float32 for double": (("double x", np.float32(3)), "passed as f4, the kernel wants f8"),
    "column of a table": (
        ("const int* x", DeviceArray(np.zeros((4, 8), np.int32))[:, 1]),
        "contig",
    ),
    "NumPy array for a pointer": (("const int* x", np.zeros(4, np.int32)), "not a device array"),
    "list": (("long long x", [1]), "is list"),
    "one too many": (("int x", np.int32(1), np.int32(1)), "takes 2 arguments, got 3"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_argument_is_refused(arguments, message):
    with pytest.raises(KernelError, match=message):
        launched(*arguments)


def test_a_structure_of_another_size_is_refused():
    with pytest.raises(KernelError, match="passed as V12, the kernel wants V16"):
        launched("const Pair x", np.zeros(1, "i8, i4"), before=PAIR)


def test_parameters_that_an_older_driver_refuses_are_refused():
    big = "struct Big { double values[512]; };"
    with pytest.raises(KernelError, match="4104 bytes of parameters, 4096 at most"):
        launched("const Big x", np.zeros(1, [("values", "f8", (512,))]), before=big)


@pytest.mark.parametrize(
    ("grid", "block", "shared", "message"),
    [
        ((1,), (1025,), 0, "CUDA_ERROR_INVALID_VALUE"),
        ((1, 65536), (1,), 0, "CUDA_ERROR_INVALID_VALUE"),
        ((0,), (32,), 0, "CUDA_ERROR_INVALID_VALUE"),
        ((1,), (32,), 60000, "bytes of shared memory"),
    ],
)
def test_a_launch_beyond_the_limits_is_refused(grid, block, shared, message):
    kernel = RawModule(code='extern "C" __global__ void k() {}').get_function("k")
    with pytest.raises(KernelError, match=message):
        kernel(grid, block, (), shared_mem=shared)


def test_a_kernel_that_the_module_lacks_is_refused():
    with pytest.raises(KernelError, match="no kernel other"):
        RawModule(code='extern "C" __global__ void k() {}').get_function("other")


def test_code_that_does_not_compile_is_reported_with_its_line():
    broken = RawModule(code='\nextern "C" __global__ void k() { atomicAdd(nothing, 1); }')
    with pytest.raises(CompileError, match=r"kernel\.cu:2:.*nothing"):
        broken.get_function("k")((1,), (1,), ())


def test_an_atomic_that_cuda_lacks_does_not_compile():
    with pytest.raises(CompileError, match="atomicAdd"):
        Planted("atomicAdd(o, 1ll);", out="long long*", dtype=np.int64).run()


def test_code_is_compiled_again_when_flags_or_the_compiler_change(monkeypatch):
    files = [compiling._built("int x;", ()), compiling._built("int x;", ("-DOTHER",))]
    monkeypatch.setattr(compiling, "_version", lambda: "another")
    files.append(compiling._built("int x;", ()))
    assert len(set(files)) == 3
    assert all(file.exists() for file in files)
    assert compiling._built("int x;", ()) == files[-1]
