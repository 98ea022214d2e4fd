"""`RawModule` and `RawKernel` on the host: CUDA C through g++, run by the emulated device."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from emulated_device.array import DeviceArray, Memory
from emulated_device.compiling import KERNEL, compiled, runtime
from emulated_device.mode import MODE

MOST_THREADS, MOST_SHARED = 1024, 48 << 10
MOST_PARAMETERS = 4096  # bytes; more need CUDA 12.1 and a driver of its time
MOST_BLOCKS = (2**31 - 1, 65535, 65535)


class KernelError(RuntimeError):
    """A kernel, or the way it was launched, breaks a rule of CUDA's or of CuPy's."""


class _Array(ctypes.Structure):
    _fields_ = (
        ("begin", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("item", ctypes.c_size_t),
        ("written", ctypes.c_void_p),
    )


class _Launch(ctypes.Structure):
    _fields_ = (
        ("call", ctypes.c_void_p),
        ("arguments", ctypes.POINTER(ctypes.c_void_p)),
        ("grid", ctypes.c_uint * 3),
        ("block", ctypes.c_uint * 3),
        ("dynamic_bytes", ctypes.c_size_t),
        ("seed", ctypes.c_uint64),
        ("extent", ctypes.c_void_p * 4),
        ("arrays", ctypes.POINTER(_Array)),
        ("array_count", ctypes.c_size_t),
        ("checked", ctypes.c_int),
        ("message", ctypes.c_char_p),
        ("fault_pc", ctypes.c_void_p),
        ("fault_array", ctypes.c_longlong),
    )


class RawModule:
    """As ``cupy.RawModule(code=…, options=…)``; compiles when a kernel first runs in a mode."""

    def __init__(self, *, code: str, options: tuple[str, ...] = ()) -> None:
        self.code, self.options = code, options
        self._libraries: dict[bool, tuple[ctypes.CDLL, Path]] = {}

    def library(self) -> tuple[ctypes.CDLL, Path]:
        """Return the module compiled for the mode in force, and its file."""
        checked = MODE.checked
        if checked not in self._libraries:
            self._libraries[checked] = compiled(self.code, self.options, checked=checked)
        return self._libraries[checked]

    def get_function(self, name: str) -> RawKernel:
        if name not in KERNEL.findall(self.code):
            raise KernelError(f"CUDA_ERROR_NOT_FOUND: the module has no kernel {name}")
        return RawKernel(self, name)


class RawKernel:
    """A kernel: ``kernel(grid, block, arguments, shared_mem=…)``."""

    def __init__(self, module: RawModule, name: str) -> None:
        self.module, self.name = module, name

    def __call__(
        self,
        grid: tuple[int, ...],
        block: tuple[int, ...],
        args: tuple[Any, ...],
        *,
        shared_mem: int = 0,
    ) -> None:
        library, path = self.module.library()
        extent = (ctypes.c_void_p * 4)()
        library.emu_extent(extent)
        static = (extent[1] or 0) - (extent[0] or 0)
        self._check_size(grid, block, static + shared_mem)
        values = self._values(library, args)
        places = (ctypes.c_void_p * len(values))(*(ctypes.addressof(each) for each in values))
        living = Memory.all()
        message = ctypes.create_string_buffer(4096)
        call = ctypes.cast(getattr(library, f"emu_call_{self.name}"), ctypes.c_void_p)
        launch = _Launch(
            call,
            places,
            (ctypes.c_uint * 3)(*(*grid, 1, 1)[:3]),
            (ctypes.c_uint * 3)(*(*block, 1, 1)[:3]),
            shared_mem,
            MODE.seed,
            extent,
            (_Array * len(living))(*map(_described, living)),
            len(living),
            int(MODE.checked),
            ctypes.cast(message, ctypes.c_char_p),
        )
        MODE.launch()
        if runtime().emulator_launch(ctypes.byref(launch)):
            raise KernelError(self._fault(launch, living, path))

    def _check_size(self, grid: tuple[int, ...], block: tuple[int, ...], shared: int) -> None:
        threads = int(np.prod(block))
        too_many = any(own > most for own, most in zip(grid, MOST_BLOCKS, strict=False))
        if threads > MOST_THREADS or min(*grid, *block) < 1 or too_many:
            raise KernelError(f"{self.name}: CUDA_ERROR_INVALID_VALUE: grid {grid}, block {block}")
        if shared > MOST_SHARED:
            raise KernelError(f"{self.name}: {shared} bytes of shared memory")

    def _values(self, library: ctypes.CDLL, args: tuple[Any, ...]) -> list[Any]:
        text = ctypes.create_string_buffer(4096)
        getattr(library, f"emu_describe_{self.name}")(text)
        kinds = text.value.decode().split()
        if len(args) != len(kinds):
            raise KernelError(f"{self.name} takes {len(kinds)} arguments, got {len(args)}")
        size = sum(8 if kind[0] in "pP" else -(-int(kind[1:]) // 8) * 8 for kind in kinds)
        if size > MOST_PARAMETERS:
            raise KernelError(f"{self.name}: {size} bytes of parameters, {MOST_PARAMETERS} at most")
        return [
            self._value(number, kind, value)
            for number, (kind, value) in enumerate(zip(kinds, args, strict=True))
        ]

    def _value(self, number: int, kind: str, value: Any) -> Any:
        """Return the bytes that CuPy passes; the kernel's parameter has the type `kind`."""
        where = f"{self.name}: argument {number}"
        if kind[0] in "pP":
            if not isinstance(value, DeviceArray):
                raise KernelError(f"{where} is {type(value).__name__}, not a device array")
            have = f"{value.dtype.kind}{value.dtype.itemsize}"
            if have != kind[1:] and {have, kind[1:]} != {"b1", "u1"}:
                raise KernelError(f"{where} is {value.dtype}, the kernel wants {kind[1:]}")
            if not value.flags.c_contiguous:
                raise KernelError(f"{where} is not contiguous")
            return ctypes.c_uint64(value.data.ptr)
        # A Python int is passed in 8 bytes, a float as double, NumPy's as they are.
        whole = {int: np.int64, float: np.float64, bool: np.bool_}.get(type(value))
        scalar = value if whole is None else whole(value)
        if not isinstance(scalar, np.generic | np.ndarray):
            raise KernelError(f"{where} is {type(value).__name__}, the kernel wants {kind}")
        have = f"{scalar.dtype.kind}{scalar.nbytes}"
        if have != kind:
            raise KernelError(f"{where} is passed as {have}, the kernel wants {kind}")
        return ctypes.create_string_buffer(scalar.tobytes(), scalar.nbytes)

    def _fault(self, launch: _Launch, living: list[Memory], path: Path) -> str:
        text = f"{self.name}: {launch.message.decode()}"
        if launch.fault_array >= 0:
            held = living[launch.fault_array].held
            text += f" of an array {held.shape} of {held.dtype}"
        if launch.fault_pc:
            at = hex(launch.fault_pc - launch.extent[2] - 1)
            ran = subprocess.run(
                ["addr2line", "-e", path, at], capture_output=True, text=True, check=True
            )
            text += f", line {ran.stdout.rpartition(':')[2].split()[0]}"
        return text


def _described(memory: Memory) -> _Array:
    written = None if memory.written is None else memory.written.ctypes.data
    if not MODE.checked:
        memory.written = written = None
    return _Array(memory.address, memory.held.nbytes, memory.itemsize, written)
