"""Which packages are installed: those that hpa-feat needs, and those of its extras."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from hpa_features.core.errors import install_command
from hpa_features.pipeline.doctor_check import Check, Kind
from hpa_features.running.import_probe import Import
from hpa_features.segmentation.cellpose.packages import NEEDED, Line

# What is imported of a package that is not called like it, or does little when it is imported.
_MODULES = {
    "pillow": "PIL.Image",
    "pyarrow": "pyarrow.parquet",
    "scikit-image": "skimage.measure",
    "scikit-learn": "sklearn.metrics",
    "scipy": "scipy.ndimage",
}

# Builds for other devices, which give the same module.
_LIKE = {"onnxruntime": ("onnxruntime-gpu",)}


@dataclass(frozen=True, slots=True)
class Extra:
    """Optional packages, and what they are for.

    Attributes
    ----------
    name
        As in ``pip install '.[name]'``.
    gives
        What hpa-feat can do with them.
    requirements
        The packages, as pyproject.toml has them.
    modules
        What hpa-feat imports.
    weights
        Published weights that it uses where none are named.
    """

    name: str
    gives: str
    requirements: tuple[str, ...]
    modules: tuple[str, ...]
    weights: tuple[str, ...] = ()


def _cellpose(line: Line, gives: str, module: str) -> Extra:
    needed = NEEDED[line]
    weights = tuple(dict.fromkeys((needed.nucleus_model, needed.cell_model)))
    return Extra(needed.extra, gives, (needed.requirement,), ("torch", module), weights)


_CUPY = ("cupy-cuda12x[ctk]>=14", "cupy-cuda13x[ctk]>=14")
EXTRAS = (
    Extra(
        "tune",
        "train --tune: a search for the parameters of boosting",
        ("optuna>=4.0",),
        ("optuna",),
    ),
    Extra(
        "h5ad",
        "--block FILE.h5ad: train and predict read vectors that other programs wrote; "
        "export -o FILE.h5ad",
        ("h5py>=3.11",),
        ("h5py",),
    ),
    Extra(
        "rois",
        "export --format rois: regions of interest for ImageJ",
        ("roifile>=2024.9.15",),
        ("roifile",),
    ),
    Extra(
        "dask",
        "--executor dask: runs on a Dask cluster",
        ("distributed>=2025.1",),
        ("distributed",),
    ),
    Extra(
        "zarr",
        "OME-Zarr images and plates; segment --mask-format ome-zarr",
        ("zarr>=3.0.8",),
        ("zarr",),
    ),
    Extra(
        "vendor",
        "files of Zeiss (CZI), Leica (LIF) and Nikon (ND2)",
        ("czifile>=2019.7.2", "liffile>=2024.11.29", "nd2>=0.10"),
        ("czifile", "liffile", "nd2"),
    ),
    Extra(
        "gpu",
        "--device gpu: extract and predict measure features on an NVIDIA GPU",
        (_CUPY[0],),
        ("cupy",),
    ),
    Extra(
        "gpu-cuda13",
        "the same for a driver that supports CUDA 13 (one environment has either this or gpu)",
        (_CUPY[1],),
        ("cupy",),
    ),
    Extra(
        "embed",
        "extract and predict --embedding: vectors of a network in an ONNX file",
        ("onnxruntime>=1.20",),
        ("onnxruntime",),
    ),
    _cellpose(
        Line.CP3,
        "--segmenter cellpose with the networks nuclei and cyto3, on a CPU or a GPU (one "
        "environment has either this or cellpose-sam)",
        "cellpose.resnet_torch",
    ),
    _cellpose(
        Line.CP4,
        "--segmenter cellpose with Cellpose-SAM, which needs a GPU in practice",
        "cellpose.vit",
    ),
)
"""Every extra for users: a row of the report each, in this order."""


def core_requirements() -> list[Requirement]:
    """Return what hpa-feat itself needs, as it was installed; nothing from a bare checkout."""
    try:
        texts = requires("hpa-feat") or []
    except PackageNotFoundError:
        return []
    found = [Requirement(text) for text in texts]
    return [each for each in found if each.marker is None or each.marker.evaluate({"extra": ""})]


def module_of(requirement: Requirement) -> str:
    """Return the module whose import shows that a package works."""
    name = canonicalize_name(requirement.name)
    return _MODULES.get(name, name.replace("-", "_"))


def installed(requirement: Requirement) -> tuple[str, str]:
    """Return the version of a package that is installed, and what is wrong with it."""
    found = next(
        filter(None, map(_version, (requirement.name, *_LIKE.get(requirement.name, ())))), ""
    )
    if not found:
        return "", f"{requirement.name} is not installed"
    if not requirement.specifier.contains(found, prereleases=True):
        return found, f"{requirement.name} {found} is installed, wanted {requirement.specifier}"
    return found, ""


def packages_of_cupy() -> tuple[str, ...]:
    """Return the names of the packages of CuPy that are installed: one at most can work."""
    names = [Requirement(each).name for each in _CUPY]
    return tuple(name for name in names if installed(Requirement(name))[0])


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def modules_to_try(extra: Extra) -> tuple[str, ...]:
    """Return the modules of an extra whose packages are installed."""
    fits = not any(installed(Requirement(each))[1] for each in extra.requirements)
    return extra.modules if fits else ()


def check_package(requirement: Requirement, imports: Mapping[str, Import]) -> Check:
    """Return the check of a package that hpa-feat needs."""
    found, problem = installed(requirement)
    problem = problem or _import_problem(module_of(requirement), imports)
    again = "--force-reinstall" if found else ""
    fix = install_command(options=again) if problem else ""
    return Check(Kind.PACKAGE, requirement.name, not problem, found, problem, fix=fix)


def check_extra(
    extra: Extra, imports: Mapping[str, Import], has_weights: Callable[[str], bool]
) -> Check:
    """Return the check of an extra: its packages, then its default weights."""
    check = Check(Kind.EXTRA, extra.name, usable=False, gives=extra.gives)
    requirements = [Requirement(each) for each in extra.requirements]
    states = [installed(each) for each in requirements]
    found = ", ".join(f"{each.name} {state[0]}" for each, state in zip(requirements, states))
    for _, problem in states:
        if problem:
            return replace(check, problem=problem, fix=install_command(extra.name))
    check = replace(check, found=found)
    for module in extra.modules:
        if problem := _import_problem(module, imports):
            fix = install_command(extra.name, "--force-reinstall")
            return replace(check, problem=problem, fix=fix)
        providers = imports.get(module, Import()).facts.get("providers", [])
        if providers:
            names = ", ".join(each.removesuffix("ExecutionProvider") for each in providers)
            check = replace(check, found=f"{found} for {names}")
    absent = [each for each in extra.weights if not has_weights(each)]
    if absent:
        return replace(
            check,
            problem=f"no usable file of the weights {' and '.join(absent)} is on this machine",
            fix=download_command(absent),
        )
    return replace(check, usable=True)


def download_command(weights: Sequence[str]) -> str:
    """Return what to type to download published weights."""
    return f"hpa-feat weights --download {' '.join(weights)}"


def _import_problem(module: str, imports: Mapping[str, Import]) -> str:
    found = imports.get(module, Import())
    if found.problem:
        return f"import {module}: {found.problem}"
    return str(found.facts.get("problem", ""))
