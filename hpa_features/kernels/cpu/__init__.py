"""Kernels on the CPU: numba loops over flat arrays, one thread each."""

from hpa_features.kernels.cpu.adjacency import adjacency_counts
from hpa_features.kernels.cpu.background import background_mode
from hpa_features.kernels.cpu.binary_pattern import pattern_counts
from hpa_features.kernels.cpu.bins import bin_numbers, bin_sums, weighted_means
from hpa_features.kernels.cpu.bodies import bodies, roundness, weighted_axes
from hpa_features.kernels.cpu.bridges import bridge_sums
from hpa_features.kernels.cpu.centre import convergence_points
from hpa_features.kernels.cpu.components import connected_parts, part_lines, part_totals
from hpa_features.kernels.cpu.contact import edge_kinds, edge_lengths, grid_edge_kinds
from hpa_features.kernels.cpu.correlation import (
    covariances,
    otsu_thresholds,
    pair_overlaps,
    pixel_ranks,
    rank_weighted,
)
from hpa_features.kernels.cpu.distance import signed_lengths, squared_distances
from hpa_features.kernels.cpu.hollow import hollow_scores
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
from hpa_features.kernels.cpu.resample import resample_regions, resample_signal
from hpa_features.kernels.cpu.ridges import ridge_crests, ridge_strengths, ring_crossings
from hpa_features.kernels.cpu.shape import hull_pixels, mask_boundaries, mask_hulls, mask_moments
from hpa_features.kernels.cpu.smooth import normalise, smooth_crops
from hpa_features.kernels.cpu.spots import noise_levels, spot_weights, weighted_peaks
from hpa_features.kernels.cpu.tails import brightest_weights
from hpa_features.kernels.cpu.texture import haralick
from hpa_features.kernels.cpu.wedges import centroids, second_moments, wedge_numbers

__all__ = [
    "adjacency_counts",
    "background_mode",
    "bin_numbers",
    "bin_sums",
    "bodies",
    "bounding_boxes",
    "bridge_sums",
    "brightest_weights",
    "centroids",
    "close_centres",
    "connected_parts",
    "convergence_points",
    "count_parts",
    "count_pixels",
    "covariances",
    "edge_kinds",
    "edge_lengths",
    "gray_levels",
    "grid_edge_kinds",
    "haralick",
    "hollow_scores",
    "hull_pixels",
    "image_moments",
    "list_pixels",
    "mask_boundaries",
    "mask_hulls",
    "mask_moments",
    "native_sums",
    "near_pairs",
    "noise_levels",
    "normalise",
    "nuclear_parts",
    "object_places",
    "opening_sums",
    "otsu_thresholds",
    "outline_pixels",
    "pair_overlaps",
    "part_lines",
    "part_places",
    "part_statistics",
    "part_totals",
    "pattern_counts",
    "pixel_ranks",
    "rank_weighted",
    "resample_regions",
    "resample_signal",
    "ridge_crests",
    "ridge_strengths",
    "ring_crossings",
    "roundness",
    "second_moments",
    "signed_lengths",
    "smooth_crops",
    "spot_weights",
    "squared_distances",
    "wedge_numbers",
    "weighted_axes",
    "weighted_means",
    "weighted_peaks",
]
