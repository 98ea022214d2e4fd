"""CUDA C and the runtime through g++, kept from run to run."""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

COMPILER = os.environ.get("CXX", "g++")
RUNTIME = Path(__file__).parent / "runtime"
PARTS = ("scheduler.cpp", "checker.cpp")
HEADERS = ("cuda_shim.h", "state.h")
# Doubles are rounded after each operation, as NVRTC does with --fmad=false. glibc's checks of
# longjmp do not know fibers.
FLAGS = (
    *("-std=c++17", "-O2", "-fPIC", "-shared", "-g1", "-U_FORTIFY_SOURCE", "-ffp-contract=off"),
    *("-fno-strict-aliasing", "-fno-gnu-unique", "-ftrivial-auto-var-init=pattern", f"-I{RUNTIME}"),
)
# The sanitizers' calls without their libraries: checker.cpp answers them. g++ must leave each
# access where the source has it.
CHECKS = (
    "-fsanitize=thread,signed-integer-overflow,bounds,integer-divide-by-zero,shift,float-cast-overflow",
    *("--param=tsan-distinguish-volatile=1", "-O1", "-fno-if-conversion"),
    *("-fno-tree-loop-distribute-patterns", "-DEMU_CHECKED", "-nostdlib"),
)
KERNEL = re.compile(r'extern\s+"C"\s+__global__\s+void\s+(?:__launch_bounds__\([^)]*\)\s*)?(\w+)')
_DYNAMIC = re.compile(r"extern\s+__shared__\s+((?:volatile\s+)?[\w ]+?)\s+(\w+)\s*\[\s*\]\s*;")


class CompileError(Exception):
    """What g++ reports, as CuPy does what NVRTC reports."""


def missing_compiler() -> str | None:
    """Return why kernels cannot be compiled here, None if they can."""
    if shutil.which(COMPILER) is None:
        return f"the emulated device needs {COMPILER}, which is not installed (apt install g++)"
    version = _version()
    if "Free Software Foundation" not in version:
        return (
            f"the emulated device needs GCC's sanitizers, {COMPILER} is {version.splitlines()[0]}"
        )
    return None


@functools.cache
def _version() -> str:
    ran = subprocess.run([COMPILER, "--version"], capture_output=True, text=True, check=True)
    return ran.stdout


def _built(text: str, flags: tuple[str, ...]) -> Path:
    """Return the library of C++ source, compiled unless the cache has it.

    The key is of all that the result depends on: source, flags, runtime and compiler.
    """
    own = "".join((RUNTIME / name).read_text() for name in (*PARTS, *HEADERS))
    state = "\0".join((text, *FLAGS, *flags, own, _version()))
    folder = Path(os.environ["NUMBA_CACHE_DIR"]) / "emulated-device"
    done = folder / f"{hashlib.sha256(state.encode()).hexdigest()[:24]}.so"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = done.with_suffix(f".{os.getpid()}.part")
        command = [COMPILER, *FLAGS, *flags, "-x", "c++", "-", "-o", str(part)]
        ran = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise CompileError(ran.stderr)
        part.rename(done)
    return done


@functools.cache
def runtime() -> ctypes.CDLL:
    """Return the scheduler and the checker, whose functions kernels call."""
    text = "\n".join(f'#include "{name}"' for name in PARTS)
    return ctypes.CDLL(str(_built(text, ())), mode=ctypes.RTLD_GLOBAL)


def compiled(code: str, options: tuple[str, ...], *, checked: bool) -> tuple[ctypes.CDLL, Path]:
    """Return the library of CUDA C with a trampoline for each kernel, and its file."""
    runtime()
    body = _DYNAMIC.sub(r"\1* const \2 = (\1*)emu_dynamic;", code)
    trampolines = "\n".join(f"EMU_KERNEL({name})" for name in KERNEL.findall(code))
    # In a namespace without a name: otherwise one module's templates could stand in for another's.
    text = (
        f'#include "cuda_shim.h"\nnamespace {{\n#line 1 "kernel.cu"\n{body}\n}}\n{trampolines}\n'
        "EMU_EXTENT\n"
    )
    defines = tuple(option for option in options if option.startswith("-D"))
    path = _built(text, defines + (CHECKS if checked else ()))
    return ctypes.CDLL(str(path)), path
