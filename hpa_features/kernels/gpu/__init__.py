"""Kernels on a GPU: CUDA C through CuPy, with the names and signatures of `kernels.cpu`.

Not offered to users until the default families run on it end to end.

A kernel has a function in a ``.py`` file and CUDA C in the ``.cu`` file of the same name; files are
those of `kernels.cpu`. To add one:

1. Write ``extern "C" __global__ void NAME(…)`` after the kernel of the CPU. One launch does all
   items of the lists: a block has a cell (``blockIdx.x``) of an item (``blockIdx.y``), or each
   thread a pixel. Sums have a fixed order (`reduce.cuh`); counts may use atomics, floats never.
   Per-pixel arithmetic is that of the CPU in its order, so that cut-offs fall alike.
2. Write the function: it makes the results with `cupy.empty` and calls `launch`; lists go in
   `Each`, which also states the type that the CUDA C takes them for.
3. Import it here, and take it off the list of kernels without a twin
   (``tests/kernels/gpu/test_twins.py``).
4. Compare it with the CPU's in the test file of that name: ``check(NAME, …)`` on drawn crops runs
   it in both modes and several orders, and wants identical bytes from all.

Kernels that another package computes run on the host (`on_host`).

Results of counting are equal to the CPU's; others agree to 1e-4, most to 1e-9.
"""

from hpa_features.kernels.gpu.images import (
    differences,
    falloffs,
    from_host,
    hole_depths,
    local_ratios,
    multiples,
    rounded,
    shares_of_sum,
    stretched,
    to_host,
)
from hpa_features.kernels.gpu.on_host import (
    mahotas_adjacency,
    mahotas_haralick,
    mahotas_patterns,
    mahotas_zernike,
)

__all__ = [
    "differences",
    "falloffs",
    "from_host",
    "hole_depths",
    "local_ratios",
    "mahotas_adjacency",
    "mahotas_haralick",
    "mahotas_patterns",
    "mahotas_zernike",
    "multiples",
    "rounded",
    "shares_of_sum",
    "stretched",
    "to_host",
]
