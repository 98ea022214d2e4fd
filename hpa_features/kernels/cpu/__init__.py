"""Kernels on the CPU: numba loops over flat arrays, one thread each."""

from hpa_features.kernels.cpu.adjacency import adjacency_counts
from hpa_features.kernels.cpu.axes import across_axes, weighted_axes
from hpa_features.kernels.cpu.background import background_levels, smallest_steps
from hpa_features.kernels.cpu.binary_pattern import pattern_counts
from hpa_features.kernels.cpu.bins import bin_numbers, bin_sums, weighted_means
from hpa_features.kernels.cpu.bodies import bodies, dents, roundness
from hpa_features.kernels.cpu.bridges import bridge_sums
from hpa_features.kernels.cpu.centre import convergence_points, organising_centres
from hpa_features.kernels.cpu.components import (
    connected_parts,
    line_networks,
    part_lines,
    part_totals,
)
from hpa_features.kernels.cpu.contact import edge_kinds, edge_lengths, grid_edge_kinds
from hpa_features.kernels.cpu.correlation import (
    average_ranks,
    covariances,
    dense_ranks,
    otsu_thresholds,
    pair_overlaps,
    pixel_ranks,
    rank_shares,
    rank_weighted,
)
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
    signed_lengths,
    squared_distances,
    ways_from_edge,
    ways_from_nucleus,
)
from hpa_features.kernels.cpu.hollow import hollow_scores
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
from hpa_features.kernels.cpu.index import bounding_boxes, count_parts, count_pixels, list_pixels
from hpa_features.kernels.cpu.intensity import native_sums, part_places, part_statistics
from hpa_features.kernels.cpu.levels import gray_levels
from hpa_features.kernels.cpu.moments import image_moments
from hpa_features.kernels.cpu.neighbors import (
    close_centres,
    near_pairs,
    nuclear_parts,
    object_places,
    outline_pixels,
)
from hpa_features.kernels.cpu.openings import opening_sums
from hpa_features.kernels.cpu.parts import (
    above,
    bands,
    clear_of_nucleus,
    part_counts,
    part_masks,
    within,
)
from hpa_features.kernels.cpu.points import facings, known_points, offsets, pulls
from hpa_features.kernels.cpu.resample import resample_regions, resample_signal
from hpa_features.kernels.cpu.ridges import (
    ridge_crests,
    ridge_crossings,
    ridge_strengths,
    ridges,
    ring_crossings,
)
from hpa_features.kernels.cpu.shape import hull_pixels, mask_boundaries, mask_hulls, mask_moments
from hpa_features.kernels.cpu.smooth import normalise, smooth_crops, smooth_images
from hpa_features.kernels.cpu.spots import (
    local_maxima,
    noise_levels,
    spot_leads,
    spot_weights,
    spots,
    weighted_peaks,
)
from hpa_features.kernels.cpu.sums import band_sums, means, moments, peaks
from hpa_features.kernels.cpu.tails import brightest, brightest_weights
from hpa_features.kernels.cpu.texture import haralick
from hpa_features.kernels.cpu.unmixing import nonnegative_weights
from hpa_features.kernels.cpu.wedges import (
    centroids,
    nuclear_centres,
    second_moments,
    sector_numbers,
    sector_sums,
    spreads_about,
    wedge_numbers,
)

__all__ = [
    "above",
    "across_axes",
    "adjacency_counts",
    "agreements",
    "average_ranks",
    "background_levels",
    "band_sums",
    "bands",
    "bin_numbers",
    "bin_sums",
    "bodies",
    "bounding_boxes",
    "bridge_sums",
    "brightest",
    "brightest_weights",
    "centroids",
    "clear_of_nucleus",
    "close_centres",
    "coherences",
    "connected_parts",
    "convergence_points",
    "count_parts",
    "count_pixels",
    "covariances",
    "dense_ranks",
    "dents",
    "differences",
    "direction_sums",
    "edge_distances",
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
    "hollow_scores",
    "hull_pixels",
    "image_moments",
    "known_points",
    "line_networks",
    "list_pixels",
    "local_maxima",
    "local_ratios",
    "mask_boundaries",
    "mask_hulls",
    "mask_moments",
    "means",
    "moments",
    "multiples",
    "native_sums",
    "near_pairs",
    "noise_levels",
    "nonnegative_weights",
    "normalise",
    "nuclear_centres",
    "nuclear_distances",
    "nuclear_parts",
    "object_places",
    "offsets",
    "opening_sums",
    "organising_centres",
    "otsu_thresholds",
    "outline_pixels",
    "pair_overlaps",
    "part_counts",
    "part_lines",
    "part_masks",
    "part_places",
    "part_statistics",
    "part_totals",
    "pattern_counts",
    "peaks",
    "pixel_ranks",
    "pulls",
    "rank_shares",
    "rank_weighted",
    "resample_regions",
    "resample_signal",
    "ridge_crests",
    "ridge_crossings",
    "ridge_strengths",
    "ridges",
    "ring_crossings",
    "rounded",
    "roundness",
    "second_moments",
    "sector_numbers",
    "sector_sums",
    "shares_of_sum",
    "signed_lengths",
    "smallest_steps",
    "smooth_crops",
    "smooth_images",
    "spot_leads",
    "spot_weights",
    "spots",
    "spreads_about",
    "squared_distances",
    "steepest",
    "stretched",
    "to_host",
    "towards",
    "ways_from_edge",
    "ways_from_nucleus",
    "wedge_numbers",
    "weighted_axes",
    "weighted_means",
    "weighted_peaks",
    "within",
]
