"""Options of Cellpose, which `segment`, `extract` and `predict` share."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

import typer

from hpa_feat_cli.options import OptionGroup, option
from hpa_features.core.settings import CellposeChoices, Device

NetworkDevice = Annotated[
    Device,
    typer.Option(
        "--device",
        help="Where Cellpose's networks run; auto: on a CUDA GPU if there is one. Everything else "
        "runs on the CPU.",
    ),
]
MeasuringDevice = Annotated[
    Device,
    typer.Option(
        "--device",
        help="Where features are measured and Cellpose's networks run; gpu: an NVIDIA GPU "
        "(docs/gpu.md); auto: features on the CPU, networks on a CUDA GPU if there is one.",
    ),
]
NONE_CHOSEN: Mapping[str, Any] = MappingProxyType({})


def _options(nucleus_um: str, cell_um: str, nuclei: str, cells: str) -> OptionGroup:
    """Return the options, with what the help page shows as their defaults."""
    diameter, model = "UM", "NAME|PATH"
    nucleus_diameter = typer.Option(
        metavar=diameter,
        help="Typical diameter of a nucleus, for Cellpose.",
        show_default=nucleus_um,
    )
    cell_diameter = typer.Option(
        metavar=diameter,
        help="Typical diameter of a cell, for Cellpose; compare values with segment --preview.",
        show_default=cell_um,
    )
    nucleus_model = typer.Option(
        metavar=model,
        help="Cellpose's weights for nuclei: a published name, or a file.",
        show_default=nuclei,
    )
    cell_model = typer.Option(
        metavar=model, help="Cellpose's weights for cells.", show_default=cells
    )
    return OptionGroup(
        (
            option("nucleus_diameter_um", None, Annotated[float | None, nucleus_diameter]),
            option("cell_diameter_um", None, Annotated[float | None, cell_diameter]),
            option("nucleus_model", "", Annotated[str, nucleus_model]),
            option("cell_model", "", Annotated[str, cell_model]),
        ),
        _choices,
    )


def _choices(**options: Any) -> dict[str, Any]:
    """Return the settings that are given, by name."""
    return CellposeChoices(**options).named()


def with_device(chosen: Mapping[str, Any], device: Device) -> dict[str, Any]:
    """Return settings of Cellpose with the device that is asked for."""
    return {**chosen, **({} if device is Device.AUTO else {"device": device})}


CellposeOptions = Annotated[
    Mapping[str, Any],
    _options("15", "40", "nuclei, or cpsam_v2 in Cellpose 4", "cyto3, or cpsam_v2 in Cellpose 4"),
]
"""How Cellpose finds cells: the settings that are given, by name."""
TrainedCellposeOptions = Annotated[Mapping[str, Any], _options(*4 * ["as in training"])]
"""The same, where a model has settings of its own."""
