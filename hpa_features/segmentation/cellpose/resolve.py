"""Settings of Cellpose with everything known that decides its masks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hpa_features.core.errors import MissingExtra, UsageError
from hpa_features.core.settings import CellposeSettings, Device, SegmenterName
from hpa_features.segmentation.cellpose.packages import (
    NEEDED,
    installed_line,
    installed_version,
)
from hpa_features.segmentation.cellpose.weights import find_weights, name_of, sha256_of

CHOICES = ("nucleus_diameter_um", "cell_diameter_um", "nucleus_model", "cell_model", "device")
"""Settings that a user chooses; the others are found."""
DIAMETERS_UM = (1.0, 1000.0)
_SHOWN = 12  # characters of a sha256


def chosen_settings(segmenter: SegmenterName, chosen: Mapping[str, Any]) -> CellposeSettings | None:
    """Return the settings of Cellpose that a user chose, None for another segmenter.

    Raises
    ------
    UsageError
        Some are chosen for another segmenter, or a diameter is out of range.
    """
    if segmenter is SegmenterName.CELLPOSE:
        return with_choices(CellposeSettings(), chosen)
    refuse_choices(chosen, f"--segmenter {segmenter}", "Add --segmenter cellpose, or omit")
    return None


def refuse_choices(chosen: Mapping[str, Any], where: str, remedy: str) -> None:
    """Refuse settings of Cellpose where another segmenter is used; all of them use the CPU.

    Raises
    ------
    UsageError
        There are some; `where` is what they do not go with, `remedy` what to do with them.
    """
    others = {name: value for name, value in chosen.items() if (name, value) != ("device", "cpu")}
    if others:
        options = " and ".join(f"--{name.replace('_', '-')}" for name in others)
        raise UsageError(f"only Cellpose uses {options}, not {where}.", hint=f"{remedy} {options}.")


def with_choices(settings: CellposeSettings, chosen: Mapping[str, Any]) -> CellposeSettings:
    """Return `settings` with what a user chose; weights that are named are looked up again.

    Raises
    ------
    UsageError
        A diameter is out of range, or there is no such device.
    """
    for name in ("nucleus_diameter_um", "cell_diameter_um"):
        (low, high), value = DIAMETERS_UM, chosen.get(name, DIAMETERS_UM[0])
        if not isinstance(value, int | float) or not low <= value <= high:
            raise UsageError(
                f"{name} must be {low:g} to {high:g} µm, got {value}.",
                hint="A nucleus has about 15 µm, a cell 20 to 80 µm.",
            )
    device = chosen.get("device", Device.AUTO)
    if device not in tuple(Device):
        raise UsageError(f"device must be one of {', '.join(Device)}, got {device!r}.")
    words = {
        name: os.fspath(value) if isinstance(value, os.PathLike) else value
        for name, value in chosen.items()
    }
    named: dict[str, Any] = {
        f"{part}_path": "" for part in ("nucleus", "cell") if chosen.get(f"{part}_model")
    }
    return replace(settings, **named, **words)


def resolved(settings: CellposeSettings) -> CellposeSettings:
    """Return `settings` with the files of the weights, their sha256 and the line of the package.

    Raises
    ------
    MissingExtra
        The package or PyTorch is not installed.
    DataError
        Weights are not on this machine.
    """
    line = installed_line()
    needed = NEEDED[line]
    if find_spec("torch") is None:
        raise MissingExtra("torch", needed.extra)
    nucleus = _weights(
        settings.nucleus_path or settings.nucleus_model or needed.nucleus_model, "--nucleus-model"
    )
    cell = _weights(settings.cell_path or settings.cell_model or needed.cell_model, "--cell-model")
    return replace(
        settings,
        nucleus_model=name_of(nucleus),
        cell_model=name_of(cell),
        nucleus_path=str(nucleus),
        cell_path=str(cell),
        nucleus_sha256=sha256_of(nucleus),
        cell_sha256=sha256_of(cell),
        line=line.value,
    )


def _weights(model: str, option: str) -> Path:
    return find_weights(model, option).absolute()


def described(settings: CellposeSettings, device: str) -> str:
    """Return resolved settings as one line for the user."""
    return (
        f"cellpose {installed_version()} on {device}: nuclei of about "
        f"{settings.nucleus_diameter_um:g} µm by {settings.nucleus_model} "
        f"(sha256 {settings.nucleus_sha256[:_SHOWN]}…), cells of about "
        f"{settings.cell_diameter_um:g} µm by {settings.cell_model} "
        f"(sha256 {settings.cell_sha256[:_SHOWN]}…)."
    )
