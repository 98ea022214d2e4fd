"""Kernels that run on the host: serial by nature, of few objects, or other packages' code.

`ON_HOST` gives the reason of each.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from hpa_features.kernels import cpu
from hpa_features.kernels.gpu.images import from_host, to_host
from hpa_features.kernels.nested import arrays_in, with_arrays

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
        # Each array once, however many items it serves.
        different = {id(array): array for array in arrays_in(arguments)}
        found = dict(zip(different, to_host(list(different.values())), strict=True))
        given = with_arrays(arguments, lambda array: found[id(array)])
        return with_arrays(kernel(*given), from_host)

    return copied


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
nuclear_pairs = _on_host(cpu.nuclear_pairs)
opening_sums = _on_host(cpu.opening_sums)
twin_nuclei = _on_host(cpu.twin_nuclei)
