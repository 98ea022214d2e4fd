"""Kernels that run on the host: other packages' code, which has no version for a GPU."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from hpa_features.kernels.cpu import mahotas_features as host
from hpa_features.kernels.gpu.images import from_host, to_host
from hpa_features.kernels.gpu.launch import Array
from hpa_features.kernels.layout import CropLayout


def _on_host(kernel: Callable[..., list[Any]]) -> Callable[..., list[Array]]:
    """Return a kernel of the CPU that takes arrays of the device and makes such arrays."""

    @wraps(kernel)
    def copied(*arguments: Any) -> list[Array]:
        return [from_host(value) for value in kernel(*map(_copied, arguments))]

    return copied


def _copied(argument: Any) -> Any:
    """Return an argument on the host; an array that serves several items is copied once."""
    if isinstance(argument, CropLayout):
        starts, shape, step_um = to_host(argument[:3])
        return CropLayout(starts, shape, step_um, argument.total)
    if not hasattr(argument[0], "dtype"):
        return argument
    different = {id(array): array for array in argument}
    found = dict(zip(different, to_host(list(different.values())), strict=True))
    return [found[id(array)] for array in argument]


mahotas_adjacency = _on_host(host.mahotas_adjacency)
mahotas_haralick = _on_host(host.mahotas_haralick)
mahotas_patterns = _on_host(host.mahotas_patterns)
mahotas_zernike = _on_host(host.mahotas_zernike)
