"""Options that state how image files become fields, shared by several commands."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from hpa_feat_cli.options import OptionGroup, above_zero, option
from hpa_features.core.errors import UsageError
from hpa_features.core.settings import InputSettings


class Objects(StrEnum):
    """What the labels of a mask are."""

    CELLS = "cells"
    NUCLEI = "nuclei"


class Absent(StrEnum):
    """Channels that may be missing from a field."""

    YELLOW = "yellow"


def pixel_size(value: float | None) -> float | None:
    """Refuse a pixel size that no microscope has."""
    from hpa_features.core.types import PLAUSIBLE_PIXEL_UM  # numpy comes with it

    low, high = PLAUSIBLE_PIXEL_UM
    if value is not None and not low <= value <= high:
        raise typer.BadParameter(f"must be {low:g} to {high:g} µm (0.08 for 80 nm), got {value:g}.")
    return value


def _above_zero(value: float | None) -> float | None:
    return None if value is None else above_zero(value)


def _plane_in_z(value: str) -> str:
    if value not in {"", "max"} and not value.isdecimal():
        raise typer.BadParameter(f"must be max or the number of a plane, got {value}.")
    return value


ChannelOrder = Annotated[
    str,
    typer.Option(
        metavar="COLOURS|TOKENS|PRESET",
        help="Colours of numbered channels (C00…, ch1…), in order, such as blue,red,yellow,green "
        "(subcell: red,yellow,blue,green); or what marks blue, red, yellow and green in file "
        "names, such as w1,w2,w3,w4.",
        show_default=False,
    ),
]
ChannelPlanes = Annotated[
    str,
    typer.Option(
        "--channels",
        metavar="CHANNEL=N,…",
        help="Numbers, from 0, of the channels in TIFF, OME-Zarr, CZI, LIF or ND2 files that hold "
        "all channels of a field, such as DNA=0,Microtubules=1,ER=2,Protein=3; otherwise taken "
        "from the channels' names.",
        show_default=False,
    ),
]
PlaneInZ = Annotated[
    str,
    typer.Option(
        "--z",
        metavar="max|N",
        callback=_plane_in_z,
        help="Of stacks in Z: the brightest value of each pixel (max), or plane N, counted from 0.",
        show_default=False,
    ),
]
TimePoint = Annotated[
    int | None,
    typer.Option(
        "--t", min=0, metavar="N", help="Of time series: the time point N, counted from 0."
    ),
]
Resolution = Annotated[
    float | None,
    typer.Option(
        "--resolution-um",
        metavar="UM",
        callback=_above_zero,
        help="Of images with several resolution levels: read the coarsest with pixels of up to UM "
        "µm. Default: the full resolution.",
        show_default=False,
    ),
]
PixelSize = Annotated[
    float | None,
    typer.Option(
        "--pixel-size-um",
        metavar="UM",
        callback=pixel_size,
        help="Pixel size in µm, for fields whose manifest and files do not give it.",
    ),
]
BitDepth = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=16,
        metavar="BITS",
        help="Bit depth of the camera, where it is lower than that of the files (12 in 16).",
    ),
]
FloatRange = Annotated[
    tuple[float, float] | None,
    typer.Option(
        metavar="LOW HIGH",
        help="Values of black and full scale in float images.",
    ),
]
MaxPixels = Annotated[
    int, typer.Option(min=1, metavar="N", help="Refuse fields with more pixels than this.")
]
AllowMissing = Annotated[
    Absent | None,
    typer.Option(help="Accept fields without this channel; it is then ignored in all fields."),
]
MasksFolder = Annotated[
    Path | None,
    typer.Option(
        "--masks",
        metavar="DIR",
        help="Folder of your own label images: <Id>_cells.png, .tif or .ome.zarr (also cellmask, "
        "cell_mask), "
        "optionally with <Id>_nuclei (nucleimask, nuclei_mask).",
    ),
]
CellposeMasks = Annotated[
    Objects | None,
    typer.Option(
        "--cp-masks", help="What Cellpose's <Id>_cp_masks or <Id>_blue_cp_masks in --masks are."
    ),
]


def _input_settings(
    *,
    float_range: tuple[float, float] | None,
    allow_missing: Absent | None,
    masks: Path | None = None,
    cp_masks: Objects | None = None,
    **same: Any,
) -> InputSettings:
    """Return the library's settings for these options; refuse impossible values."""
    if float_range is not None and not float_range[0] < float_range[1]:
        raise UsageError(f"--float-range must be LOW HIGH with LOW below HIGH, got {float_range}.")
    if masks is not None and not masks.is_dir():
        raise UsageError(f"--masks {masks} is not a folder.")
    return InputSettings(
        float_range=float_range,
        allow_missing_yellow=allow_missing is Absent.YELLOW,
        masks="" if masks is None else str(masks),
        cp_masks="" if cp_masks is None else cp_masks.value,
        **same,
    )


def input_arguments(files: InputSettings) -> list[str]:
    """Return the options that give these settings, for the command to type next."""
    default = InputSettings()
    given = {
        "--masks": (files.masks,),
        "--cp-masks": (files.cp_masks,),
        "--z": (files.z,),
        "--t": ("" if files.t is None else files.t,),
        "--resolution-um": (files.resolution_um or "",),
        "--pixel-size-um": (files.pixel_size_um or "",),
        "--bit-depth": (files.bit_depth or "",),
        "--float-range": files.float_range or ("",),
        "--channel-order": (files.channel_order,),
        "--channels": (files.channels,),
        "--allow-missing": (Absent.YELLOW if files.allow_missing_yellow else "",),
        "--max-pixels": (files.max_pixels if files.max_pixels != default.max_pixels else "",),
    }
    return [
        str(word) for name, values in given.items() if values != ("",) for word in (name, *values)
    ]


_IMAGE_OPTIONS = (
    option("pixel_size_um", None, PixelSize),
    option("bit_depth", None, BitDepth),
    option("float_range", None, FloatRange),
    option("channel_order", "", ChannelOrder),
    option("channels", "", ChannelPlanes),
    option("z", "", PlaneInZ),
    option("t", None, TimePoint),
    option("resolution_um", None, Resolution),
    option("allow_missing", None, AllowMissing),
    option("max_pixels", InputSettings().max_pixels, MaxPixels),
)
_MASKS = (option("masks", None, MasksFolder), option("cp_masks", None, CellposeMasks))
ImageOptions = Annotated[InputSettings, OptionGroup(_IMAGE_OPTIONS, _input_settings)]
"""How image files become fields."""
InputOptions = Annotated[InputSettings, OptionGroup((*_MASKS, *_IMAGE_OPTIONS), _input_settings)]
"""The same, with a folder of masks."""
