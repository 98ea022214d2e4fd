"""Kernels that run on the host: serial by nature, of few objects, or other packages' code.

`ON_HOST` gives the reason of each.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from hpa_features.kernels import cpu
from hpa_features.kernels.gpu.images import from_host, to_host
from hpa_features.kernels.gpu.launch import Array

MAHOTAS = "mahotas has no version for a GPU"
OBJECTS = "of a few objects in each field, with results whose size they decide"
SERIAL = "each pixel waits for the one before it"
ON_HOST = {
    "bridge_levels": OBJECTS,
    "cell_gaps": OBJECTS,
    "cell_places": OBJECTS,
    "close_centres": OBJECTS,
    "label_places": OBJECTS,
    "line_networks": SERIAL,
    "mahotas_adjacency": MAHOTAS,
    "mahotas_haralick": MAHOTAS,
    "mahotas_patterns": MAHOTAS,
    "mahotas_zernike": MAHOTAS,
    "nuclear_pairs": OBJECTS,
    "opening_sums": SERIAL,
    "twin_nuclei": OBJECTS,
}
"""Kernels of the CPU that serve the GPU too, and why."""


def _on_host(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Return a kernel of the CPU that takes arrays of the device and makes such arrays."""

    @wraps(kernel)
    def copied(*arguments: Any) -> Any:
        different: dict[int, Array] = {}
        for argument in arguments:
            _collect(argument, different)
        found = dict(zip(different, to_host(list(different.values())), strict=True))
        given = [_changed(argument, lambda array: found[id(array)]) for argument in arguments]
        return _changed(kernel(*given), from_host)

    return copied


def _is_array(value: Any) -> bool:
    return hasattr(value, "dtype") and not isinstance(value, np.generic)


def _collect(value: Any, into: dict[int, Array]) -> None:
    """Note each array once, however many items it serves."""
    if isinstance(value, list | tuple):
        for each in value:
            _collect(each, into)
    elif _is_array(value):
        into[id(value)] = value


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return `value` with each array of its lists and (named) tuples changed."""
    if isinstance(value, list | tuple):
        parts = [_changed(each, change) for each in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return change(value) if _is_array(value) else value


bridge_levels = _on_host(cpu.bridge_levels)
cell_gaps = _on_host(cpu.cell_gaps)
cell_places = _on_host(cpu.cell_places)
close_centres = _on_host(cpu.close_centres)
label_places = _on_host(cpu.label_places)
line_networks = _on_host(cpu.line_networks)
mahotas_adjacency = _on_host(cpu.mahotas_adjacency)
mahotas_haralick = _on_host(cpu.mahotas_haralick)
mahotas_patterns = _on_host(cpu.mahotas_patterns)
mahotas_zernike = _on_host(cpu.mahotas_zernike)
opening_sums = _on_host(cpu.opening_sums)
twin_nuclei = _on_host(cpu.twin_nuclei)
nuclear_pairs = _on_host(cpu.nuclear_pairs)
