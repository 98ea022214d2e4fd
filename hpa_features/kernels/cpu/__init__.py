"""Kernels on the CPU: numba loops over flat arrays, and calls of mahotas, one thread each."""

from hpa_features.kernels.cpu.adjacency import adjacency_counts
from hpa_features.kernels.cpu.axes import across_axes, weighted_axes
from hpa_features.kernels.cpu.background import plane_facts, subtracted
from hpa_features.kernels.cpu.binary_pattern import pattern_counts
from hpa_features.kernels.cpu.bodies import bodies, dents, roundness
from hpa_features.kernels.cpu.centre import organising_centres
from hpa_features.kernels.cpu.components import line_networks
from hpa_features.kernels.cpu.contact import (
    contact_bands,
    edge_distances_by_kind,
    edge_kinds,
    edge_lengths,
    grid_edge_kinds,
    lower,
)
from hpa_features.kernels.cpu.covariances import covariances
from hpa_features.kernels.cpu.directions import (
    agreements,
    coherences,
    direction_sums,
    steepest,
    towards,
)
from hpa_features.kernels.cpu.distance import (
    edge_distances,
    gaps,
    nuclear_distances,
    ways_from_edge,
    ways_from_nucleus,
)
from hpa_features.kernels.cpu.images import (
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
from hpa_features.kernels.cpu.index import index_cells, label_places, native_counts
from hpa_features.kernels.cpu.intensity import native_sums, part_places, part_statistics
from hpa_features.kernels.cpu.levels import gray_levels
from hpa_features.kernels.cpu.mahotas_features import (
    mahotas_adjacency,
    mahotas_haralick,
    mahotas_patterns,
    mahotas_zernike,
)
from hpa_features.kernels.cpu.neighbors import cell_gaps, cell_places, close_centres
from hpa_features.kernels.cpu.nuclear_pairs import bridge_levels, nuclear_pairs, twin_nuclei
from hpa_features.kernels.cpu.openings import opening_sums
from hpa_features.kernels.cpu.orders import ascending_order
from hpa_features.kernels.cpu.overlaps import pair_overlaps, rank_weighted
from hpa_features.kernels.cpu.parts import (
    above,
    bands,
    clear_of_nucleus,
    part_counts,
    part_masks,
    within,
)
from hpa_features.kernels.cpu.points import facings, known_points, offsets, pulls
from hpa_features.kernels.cpu.ranks import average_ranks, dense_ranks, otsu_thresholds, rank_shares
from hpa_features.kernels.cpu.resample import crop_layout, resample_regions, resample_signals
from hpa_features.kernels.cpu.ridges import ridge_crossings, ridges
from hpa_features.kernels.cpu.rings import ring_scores
from hpa_features.kernels.cpu.sectors import (
    nuclear_centres,
    sector_numbers,
    sector_sums,
    spreads_about,
)
from hpa_features.kernels.cpu.shape import mask_forms
from hpa_features.kernels.cpu.smooth import smooth_images, smooth_masks
from hpa_features.kernels.cpu.spots import local_maxima, spot_leads, spots
from hpa_features.kernels.cpu.sums import band_sums, means, moments, peaks, weighted_means
from hpa_features.kernels.cpu.texture import haralick
from hpa_features.kernels.cpu.top_pixels import brightest
from hpa_features.kernels.cpu.unmixing import nonnegative_weights

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
