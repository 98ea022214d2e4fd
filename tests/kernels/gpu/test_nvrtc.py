"""NVIDIA's compiler takes every file of CUDA C, for each kind of GPU, without a warning.

It needs no driver. The emulated device compiles with g++, which takes some code that NVRTC refuses.
"""

from __future__ import annotations

import ctypes
import functools
from importlib.util import find_spec
from pathlib import Path

import pytest
from emulated_device.compiling import KERNEL
from emulated_device.stand_in import gpu_kernels

from hpa_features.kernels import layout

FOLDER = Path(layout.__file__).parent / "gpu"
FILES = gpu_kernels().launch.files()
GPUS = {"T4": 75, "A100": 80, "H100 and H200": 90, "B200": 100}


def wheels_library():
    package = "nvidia.cuda_nvrtc"
    spec = find_spec(package) if find_spec("nvidia") else None
    if spec is None or not spec.submodule_search_locations:
        return None
    found = Path(spec.submodule_search_locations[0]).glob("lib/libnvrtc.so.*")
    return next((path for path in sorted(found) if path.suffix.strip(".").isdigit()), None)


if wheels_library() is None:
    pytest.skip(
        "NVRTC is not installed (pip install nvidia-cuda-nvrtc-cu12)", allow_module_level=True
    )


@functools.cache
def nvrtc():
    return ctypes.CDLL(str(wheels_library()))


def compile_log(code: str, options: tuple[str, ...]) -> tuple[bool, str]:
    """Return whether NVRTC makes a binary of the code, and what it reports."""
    program = ctypes.c_void_p()
    library = nvrtc()
    text = code.encode()
    assert not library.nvrtcCreateProgram(ctypes.byref(program), text, b"k.cu", 0, None, None)
    given = (ctypes.c_char_p * len(options))(*(option.encode() for option in options))
    failed = library.nvrtcCompileProgram(program, len(options), given)
    size = ctypes.c_size_t()
    library.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    library.nvrtcGetProgramLog(program, log)
    binary = ctypes.c_size_t()
    if not failed:
        library.nvrtcGetCUBINSize(program, ctypes.byref(binary))
    library.nvrtcDestroyProgram(ctypes.byref(program))
    return not failed and binary.value > 0, log.value.decode().strip()


@pytest.mark.parametrize("gpu", GPUS.values(), ids=GPUS)
@pytest.mark.parametrize("file", FILES)
def test_a_file_compiles_without_a_warning(file, gpu):
    launch = gpu_kernels().launch
    options = (f"--gpu-architecture=sm_{gpu}", *launch.options(launch.THREADS))
    assert compile_log(launch.source(file), options) == (True, "")


def test_what_g_plus_plus_alone_takes_is_refused():
    code = '#include <stdint.h>\nextern "C" __global__ void k(int64_t* o) { o[0] = 0; }'
    made, log = compile_log(code, ("--gpu-architecture=sm_80",))
    assert not made
    assert "stdint.h" in log


def test_a_warning_is_reported():
    code = 'extern "C" __global__ void k(int* o) { int unused; o[0] = 0; }'
    made, log = compile_log(code, ("--gpu-architecture=sm_80",))
    assert made
    assert "never referenced" in log


def test_every_file_has_kernels_and_a_module_of_its_name():
    for file in FILES:
        assert KERNEL.findall((FOLDER / f"{file}.cu").read_text()), file
        assert (FOLDER / f"{file}.py").exists(), file
