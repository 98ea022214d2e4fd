"""What the machine has, and what of it the installed packages can use."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement

from hpa_features import __version__
from hpa_features.core.errors import install_command, install_cupy
from hpa_features.pipeline.doctor_check import Check, Kind
from hpa_features.pipeline.doctor_packages import installed, packages_of_cupy
from hpa_features.pipeline.tree_gpu import HOW_TO_GET_A_GPU, try_gpus
from hpa_features.running.import_probe import Import
from hpa_features.running.kernel_cache import kernel_cache_folder
from hpa_features.running.machine import nvidia_cards, total_memory
from hpa_features.running.threads import usable_cores

_GIB, _MB = 2**30, 10**6
# What builds of LightGBM without a device answer when it is asked for; others lack the text.
_LACKS = {
    "gpu (OpenCL)": b"GPU Tree Learner was not enabled in this build",
    "cuda": b"CUDA Tree Learner was not enabled in this build",
}
TREES = "lightgbm-gpu"
_TREES_NOT_TRIED = Check(
    Kind.DEVICE,
    TREES,
    usable=True,
    found=f"not tried; to grow a tree, run: hpa-feat doctor {TREES}",
    gives="train --device gpu",
)
_LIBRARIES = ("lib_lightgbm.so", "lib_lightgbm.dylib", "lib_lightgbm.dll")


def check_machine() -> list[Check]:
    """Return versions, cores, memory, and the state of compiled kernels."""
    memory = total_memory()
    return [
        Check(
            Kind.MACHINE,
            "hpa-feat",
            usable=True,
            found=f"{__version__}, Python {platform.python_version()} ({sys.executable}), "
            f"{platform.system()} {platform.machine()}",
        ),
        Check(Kind.MACHINE, "cores", usable=True, found=f"{usable_cores()} of {os.cpu_count()}"),
        Check(
            Kind.MACHINE,
            "memory",
            usable=True,
            found="unknown" if memory is None else f"{memory / _GIB:.1f} GiB",
        ),
        _check_kernel_cache(),
    ]


def _check_kernel_cache() -> Check:
    gives = "kernels are compiled once, not in each run"
    unusable = Check(
        Kind.MACHINE,
        "kernel-cache",
        usable=False,
        gives=gives,
        fix="export NUMBA_CACHE_DIR=FOLDER, a folder that can be written",
    )
    try:
        folder = kernel_cache_folder()
    except RuntimeError:
        return replace(unusable, problem="this user has no home folder")
    if not _can_be_written(folder):
        return replace(unusable, problem=f"{folder} cannot be written")
    sizes = [path.stat().st_size for path in folder.rglob("*.nb[ic]")] if folder.is_dir() else []
    held = f"{sum(sizes) / _MB:.0f} MB" if sizes else "empty: the first run compiles for minutes"
    return Check(Kind.MACHINE, "kernel-cache", usable=True, found=f"{folder}, {held}", gives=gives)


def _can_be_written(folder: Path) -> bool:
    """Whether files can be put into a folder, which may have to be made."""
    try:
        there = next(each for each in (folder, *folder.parents) if each.exists())
    except OSError:  # in a folder that cannot be read
        return False
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def check_devices(imports: Mapping[str, Import], names: Collection[str] = ()) -> list[Check]:
    """Return NVIDIA cards, the devices of PyTorch and those of LightGBM.

    A GPU of LightGBM is tried only where it is among the `names` that are needed.
    """
    cards, problem = nvidia_cards()
    card = Check(
        Kind.DEVICE,
        "nvidia",
        usable=bool(cards),
        found="; ".join(cards),
        problem=problem,
        gives="features measured, and Cellpose's networks, on a GPU",
        part_of=("torch", "cupy"),
    )
    return [
        card,
        _check_cupy(imports.get("cupy")),
        _check_torch(imports.get("torch"), cards),
        *_check_lightgbm(grow=TREES in names),
    ]


def _check_cupy(imported: Import | None) -> Check:
    check = Check(
        Kind.DEVICE,
        "cupy",
        usable=False,
        gives="--device gpu: features measured on an NVIDIA GPU",
        part_of=("gpu", "gpu-cuda13"),
    )
    packages = packages_of_cupy()
    if len(packages) > 1:
        problem = f"{' and '.join(packages)} are installed, and overwrite each other's files"
        fix = f"pip uninstall {' '.join(packages)}. {install_cupy()}"
        return replace(check, problem=problem, fix=fix)
    if imported is None:
        return replace(check, problem="CuPy is not installed", fix=install_cupy())
    facts = imported.facts
    if imported.problem or facts.get("problem"):
        problem = imported.problem or facts["problem"]
        return replace(check, problem=problem, fix=facts.get("fix") or install_cupy())
    found = f"{facts['cupy']} for CUDA {facts['cuda']}: {facts['name']}"
    return replace(check, usable=True, found=found)


def _check_torch(imported: Import | None, cards: Iterable[str]) -> Check:
    found, problem = installed(Requirement("torch"))
    check = Check(
        Kind.DEVICE,
        "torch",
        usable=False,
        found=found,
        gives="Cellpose's networks",
        part_of=("cellpose", "cellpose-sam"),
    )
    if problem:
        return replace(check, problem=problem, fix=install_command("cellpose"))
    if imported is not None and imported.problem:
        problem = f"import torch: {imported.problem}"
        return replace(check, problem=problem, fix="pip install -U torch")
    facts = {} if imported is None else imported.facts
    devices = facts.get("devices", ["cpu"])
    built = f"CUDA {facts['cuda']}" if facts.get("cuda") else "the CPU"
    unused = cards and len(devices) == 1
    found = f"{found} for {built}: {', '.join(devices)}" + (
        " (the GPU cannot be used: see https://pytorch.org)" if unused else ""
    )
    return replace(check, usable=True, found=found)


def _check_lightgbm(*, grow: bool) -> list[Check]:
    """Return what LightGBM is built for, by the texts of its library, and its GPU if asked."""
    library = _lightgbm_library()
    if library is None:
        return []
    content = library.read_bytes()
    devices = ["cpu", *(device for device, lacks in _LACKS.items() if lacks not in content)]
    found = f"built for {', '.join(devices)}"
    build = Check(Kind.DEVICE, "lightgbm-build", usable=True, found=found)
    return [build, _check_trees() if grow else _TREES_NOT_TRIED]


def _check_trees() -> Check:
    """Grow a tree on a GPU: the only way to know, and too slow to do by default."""
    tried = try_gpus()
    if not tried[-1].problem:
        found = f"{tried[-1].backend} on {tried[-1].name or 'a device without a name'}"
        return replace(_TREES_NOT_TRIED, found=found)
    problem = "; ".join(f"{each.backend}: {each.problem}" for each in tried)
    return replace(_TREES_NOT_TRIED, usable=False, found="", problem=problem, fix=HOW_TO_GET_A_GPU)


def _lightgbm_library() -> Path | None:
    spec = find_spec("lightgbm")
    places = [] if spec is None else list(spec.submodule_search_locations or [])
    names = [
        Path(place) / folder / name
        for place in places
        for folder in ("lib", "bin", "")
        for name in _LIBRARIES
    ]
    return next((each for each in names if each.is_file()), None)
