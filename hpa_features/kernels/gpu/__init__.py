"""Kernels on a GPU: CUDA C through CuPy, with the names and signatures of `kernels.cpu`.

A kernel has a function in a ``.py`` file and CUDA C in the ``.cu`` file of the same name; files are
those of `kernels.cpu`. To add one:

1. Write ``extern "C" __global__ void NAME(…)`` after the kernel of the CPU. One launch does all
   items of the lists: a block has a cell (``blockIdx.x``) of an item (``blockIdx.y``), or each
   thread a pixel. Sums have a fixed order (`reduce.cuh`); counts may use atomics, floats never.
   Per-pixel arithmetic is that of the CPU in its order, so that cut-offs fall alike.
2. Write the function: it makes the results with `cupy.empty` and calls `launch`; lists go in
   `Each` (of arrays, with the type that the CUDA C takes them for), `floats` or `integers`.
3. Import it here.
4. Compare it with the CPU's in the test file of that name: ``check(NAME, …)`` on drawn crops runs
   it in both modes and several orders, and wants identical bytes from all.

Kernels that are serial, of few objects or another package's run on the host (`on_host`).

Results of counting are equal to the CPU's; others agree to 1e-4, most to 1e-9.
"""

from hpa_features.kernels.gpu import device as device
from hpa_features.kernels.gpu import upload as upload
from hpa_features.kernels.gpu.adjacency import adjacency_counts
from hpa_features.kernels.gpu.axes import across_axes, weighted_axes
from hpa_features.kernels.gpu.background import plane_facts, subtracted
from hpa_features.kernels.gpu.binary_pattern import pattern_counts
from hpa_features.kernels.gpu.bodies import bodies, dents, roundness
from hpa_features.kernels.gpu.centre import organising_centres
from hpa_features.kernels.gpu.contact import (
    contact_bands,
    edge_distances_by_kind,
    edge_kinds,
    edge_lengths,
    grid_edge_kinds,
    lower,
)
from hpa_features.kernels.gpu.covariances import covariances
from hpa_features.kernels.gpu.directions import agreements, direction_sums, steepest, towards
from hpa_features.kernels.gpu.distance import (
    edge_distances,
    gaps,
    nuclear_distances,
    ways_from_edge,
    ways_from_nucleus,
)
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
from hpa_features.kernels.gpu.index import index_cells, native_counts
from hpa_features.kernels.gpu.intensity import native_sums, part_places, part_statistics
from hpa_features.kernels.gpu.levels import gray_levels
from hpa_features.kernels.gpu.on_host import (
    bridge_levels,
    cell_gaps,
    cell_places,
    close_centres,
    label_places,
    line_networks,
    mahotas_adjacency,
    mahotas_haralick,
    mahotas_patterns,
    mahotas_zernike,
    nuclear_pairs,
    opening_sums,
    twin_nuclei,
)
from hpa_features.kernels.gpu.orders import ascending_order
from hpa_features.kernels.gpu.overlaps import pair_overlaps, rank_weighted
from hpa_features.kernels.gpu.parts import (
    above,
    bands,
    clear_of_nucleus,
    part_counts,
    part_masks,
    within,
)
from hpa_features.kernels.gpu.points import facings, known_points, offsets, pulls
from hpa_features.kernels.gpu.ranks import (
    average_ranks,
    brightest,
    dense_ranks,
    otsu_thresholds,
    rank_shares,
)
from hpa_features.kernels.gpu.resample import crop_layout, resample_regions, resample_signals
from hpa_features.kernels.gpu.ridges import ridge_crossings, ridges
from hpa_features.kernels.gpu.rings import ring_scores
from hpa_features.kernels.gpu.sectors import (
    nuclear_centres,
    sector_numbers,
    sector_sums,
    spreads_about,
)
from hpa_features.kernels.gpu.shape import mask_forms
from hpa_features.kernels.gpu.smooth import coherences, smooth_images, smooth_masks
from hpa_features.kernels.gpu.spots import local_maxima, spot_leads, spots
from hpa_features.kernels.gpu.sums import band_sums, means, moments, peaks, weighted_means
from hpa_features.kernels.gpu.texture import haralick
from hpa_features.kernels.gpu.unmixing import nonnegative_weights

__all__ = [
    "above",
    "across_axes",
    "adjacency_counts",
    "agreements",
    "ascending_order",
    "average_ranks",
    "band_sums",
    "bands",
    "bodies",
    "bridge_levels",
    "brightest",
    "cell_gaps",
    "cell_places",
    "clear_of_nucleus",
    "close_centres",
    "coherences",
    "contact_bands",
    "covariances",
    "crop_layout",
    "dense_ranks",
    "dents",
    "differences",
    "direction_sums",
    "edge_distances",
    "edge_distances_by_kind",
    "edge_kinds",
    "edge_lengths",
    "facings",
    "falloffs",
    "from_host",
    "gaps",
    "gray_levels",
    "grid_edge_kinds",
    "haralick",
    "hole_depths",
    "index_cells",
    "known_points",
    "label_places",
    "line_networks",
    "local_maxima",
    "local_ratios",
    "lower",
    "mahotas_adjacency",
    "mahotas_haralick",
    "mahotas_patterns",
    "mahotas_zernike",
    "mask_forms",
    "means",
    "moments",
    "multiples",
    "native_counts",
    "native_sums",
    "nonnegative_weights",
    "nuclear_centres",
    "nuclear_distances",
    "nuclear_pairs",
    "offsets",
    "opening_sums",
    "organising_centres",
    "otsu_thresholds",
    "pair_overlaps",
    "part_counts",
    "part_masks",
    "part_places",
    "part_statistics",
    "pattern_counts",
    "peaks",
    "plane_facts",
    "pulls",
    "rank_shares",
    "rank_weighted",
    "resample_regions",
    "resample_signals",
    "ridge_crossings",
    "ridges",
    "ring_scores",
    "rounded",
    "roundness",
    "sector_numbers",
    "sector_sums",
    "shares_of_sum",
    "smooth_images",
    "smooth_masks",
    "spot_leads",
    "spots",
    "spreads_about",
    "steepest",
    "stretched",
    "subtracted",
    "to_host",
    "towards",
    "twin_nuclei",
    "ways_from_edge",
    "ways_from_nucleus",
    "weighted_axes",
    "weighted_means",
    "within",
]
