"""Cellpose's networks, loaded from a file that is checked first, and run on tiles."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import DataError, FieldError, MissingExtra
from hpa_features.segmentation.cellpose.packages import (
    NEEDED,
    Line,
    installed_line,
    installed_version,
)

if TYPE_CHECKING:
    import torch

_FIRST = "downsample.down.res_down_0.conv.conv_0.0.weight"
_OUTPUT = "output.2.weight"
_MARK = {Line.CP3: _FIRST, Line.CP4: "W2"}
"""A tensor that only the weights of one line have."""
ON_CPU, ON_GPU = 2, 64  # tiles at once
_WIDTHS = (32, 64, 128, 256)
_MAY_LACK = frozenset({"diam_mean", "diam_labels"})
NUCLEI_FILE, NUCLEI_DIAMETER, DIAMETER = "nucleitorch_0", 17.0, 30.0
"""Diameter of objects in pixels that weights were trained for; only newer files have their own."""


@dataclass(slots=True)
class TorchNetwork:
    """A network in the memory of a device.

    Attributes
    ----------
    net
        The package's module.
    device
        Where it is.
    channels, tile, smallest
        As `tiles.Network` has them.
    diameter
        Of objects, in pixels, that it was trained for.
    dtype
        Type of its numbers.
    """

    net: Any
    device: torch.device
    channels: int
    tile: int
    smallest: int
    diameter: float
    dtype: torch.dtype

    @property
    def batch(self) -> int:
        """A GPU takes many tiles at once; on a CPU more of them only take more memory."""
        return ON_CPU if self.device.type == "cpu" else ON_GPU

    def run(self, tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (n, 3, rows, columns) flows and log-odds; fewer tiles at once if memory is short.

        Raises
        ------
        FieldError
            The memory of the device does not even take one tile, or results are not finite.
        """
        import torch

        try:
            with torch.inference_mode():
                given = torch.from_numpy(tiles).to(self.device, self.dtype)
                found: NDArray[np.float32] = self.net(given)[0].float().cpu().numpy()
        except torch.OutOfMemoryError as error:
            if len(tiles) == 1:
                raise FieldError(
                    f"the memory of the device {self.device} is too small for one tile of "
                    f"{tiles.shape[-2]} × {tiles.shape[-1]} pixels.",
                    stage="segment",
                    hint="Free it, or use --device cpu.",
                ) from error
            torch.cuda.empty_cache()
            half = len(tiles) // 2
            return np.concatenate([self.run(tiles[:half]), self.run(tiles[half:])])
        if not np.isfinite(found).all():
            raise FieldError(
                "the network gives values that are not finite.",
                stage="segment",
                hint="Check the weights: train them again, or use published ones.",
            )
        return found


def load_network(path: Path, device: torch.device) -> TorchNetwork:
    """Return the network whose weights are in `path`, for the installed line of the package.

    Raises
    ------
    DataError
        The file is damaged, has no weights of Cellpose, or is of the other line; or the package
        cannot be imported.
    """
    line = installed_line()
    state = read_state(path)
    _check_line(path, state, line)
    make = {Line.CP3: _make_cp3, Line.CP4: _make_cp4}[line]
    try:
        network = make(path, state, device)
    except (ImportError, RuntimeError) as error:  # torchvision that does not fit raises the latter
        raise DataError(
            f"cellpose {installed_version()} cannot be imported: {' '.join(str(error).split())}.",
            hint=f"Install it again, in a new environment: pip install '.[{NEEDED[line].extra}]'",
        ) from error
    missing, _ = _load(network.net, state, path)
    lacking = sorted(set(missing) - _MAY_LACK)
    if lacking:
        raise _unreadable(path, f"{len(lacking):,} of its tensors are missing ({lacking[0]}, …)")
    network.net.to(device, network.dtype).eval()
    return network


def check_weights(path: Path) -> None:
    """Refuse weights that the installed line of the package cannot use.

    Those of Cellpose 4 are read but not put into a network, which takes seconds.

    Raises
    ------
    DataError
        As `load_network`; or a value is not finite.
    """
    import torch

    line, state = installed_line(), read_state(path)
    _check_line(path, state, line)
    if line is Line.CP3:
        load_network(path, torch.device("cpu"))
    for name, value in state.items():
        if value.layout is torch.strided and not value.isfinite().all():
            raise _unreadable(path, f"its tensor {name} has values that are not finite")


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of a file by name; nothing that the file contains is executed.

    Raises
    ------
    DataError
        It cannot be read, or has anything but tensors.
    """
    torch = _torch()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of forms of files, which are refused or read
            state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise _unreadable(path, "it contains more than tensors") from error
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    except Exception as error:  # torch has no common error for damaged files
        raise _unreadable(path, "it is damaged or is not a file of PyTorch") from error
    if not isinstance(state, Mapping) or not state:
        raise _unreadable(path, "it has no tensors by name")
    tensors = {str(name).removeprefix("module."): value for name, value in state.items()}
    if not all(isinstance(value, torch.Tensor) for value in tensors.values()):
        raise _unreadable(path, "it contains more than tensors")
    return tensors


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise MissingExtra("torch", NEEDED[Line.CP3].extra) from error
    return torch


def line_of_state(state: Mapping[str, Any]) -> Line | None:
    """Return the line that weights are of, None where they are of neither."""
    return next((line for line, mark in _MARK.items() if mark in state), None)


def _check_line(path: Path, state: Mapping[str, Any], line: Line) -> None:
    found = line_of_state(state)
    if found is None:
        raise _unreadable(path, "its tensors are not those of a Cellpose network")
    if found is not line:
        needed = NEEDED[found]
        raise DataError(
            f"the weights {path} are of Cellpose {found}; Cellpose {line} is installed.",
            hint=f"Name weights of Cellpose {line}, or in another environment run: "
            f"pip install '.[{needed.extra}]'",
        )


def _make_cp3(path: Path, state: Mapping[str, Any], device: torch.device) -> TorchNetwork:
    import torch
    from cellpose.resnet_torch import CPnet

    channels = int(state[_FIRST].shape[0])
    outputs = state.get(_OUTPUT)
    if outputs is None or int(outputs.shape[0]) != 3:
        raise _unreadable(path, "it does not give two flows and a probability")
    diameter = _diameter(path, state)
    net = CPnet([channels, *_WIDTHS], 3, sz=3)
    return TorchNetwork(net, device, channels, 224, 0, diameter, torch.float32)


def _make_cp4(path: Path, state: Mapping[str, Any], device: torch.device) -> TorchNetwork:
    if "encoder.cls_token" in state:
        raise _unreadable(path, "it is a CPDINO network; only Cellpose-SAM is supported")
    import torch
    from cellpose.vit import CPSAM

    torch.backends.cuda.matmul.allow_tf32 = False  # the import above allows it
    # Half as long on a processor as in 32 bits; the package's own default.
    return TorchNetwork(CPSAM(), device, 3, 256, 256, DIAMETER, torch.bfloat16)


def _diameter(path: Path, state: Mapping[str, Any]) -> float:
    """Return the diameter of objects in pixels; that of `nuclei` is known by its name only."""
    if path.name == NUCLEI_FILE:
        return NUCLEI_DIAMETER
    found = float(state["diam_mean"].flatten()[0]) if "diam_mean" in state else DIAMETER
    if not 1 <= found <= 1000:
        raise _unreadable(path, f"its mean diameter is {found:g} pixels")
    return found


def _load(net: Any, state: Mapping[str, Any], path: Path) -> tuple[list[str], list[str]]:
    load: Callable[..., tuple[list[str], list[str]]] = net.load_state_dict
    try:
        return load(state, strict=False)
    except RuntimeError as error:
        raise _unreadable(path, "its tensors have other shapes than Cellpose's") from error


def _unreadable(path: Path, why: str) -> DataError:
    return DataError(
        f"the weights {path} cannot be used: {why}.",
        hint="Download or copy the file again, or name another one.",
    )
