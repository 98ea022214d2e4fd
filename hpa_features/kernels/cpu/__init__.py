"""Kernels on the CPU: numba loops over flat arrays, one thread each."""

from hpa_features.kernels.cpu.background import background_mode
from hpa_features.kernels.cpu.bins import bin_numbers, bin_sums, weighted_means
from hpa_features.kernels.cpu.distance import signed_lengths, squared_distances
from hpa_features.kernels.cpu.index import bounding_boxes, count_parts, count_pixels, list_pixels
from hpa_features.kernels.cpu.intensity import native_sums, part_places, part_statistics
from hpa_features.kernels.cpu.levels import gray_levels
from hpa_features.kernels.cpu.resample import resample_regions, resample_signal
from hpa_features.kernels.cpu.shape import mask_boundaries, mask_hulls, mask_moments
from hpa_features.kernels.cpu.smooth import normalise, smooth_crops
from hpa_features.kernels.cpu.tails import brightest_weights
from hpa_features.kernels.cpu.texture import haralick
from hpa_features.kernels.cpu.wedges import centroids, second_moments, wedge_numbers
from hpa_features.kernels.cpu.zernike import zernike_magnitudes

__all__ = [
    "background_mode",
    "bin_numbers",
    "bin_sums",
    "bounding_boxes",
    "brightest_weights",
    "centroids",
    "count_parts",
    "count_pixels",
    "gray_levels",
    "haralick",
    "list_pixels",
    "mask_boundaries",
    "mask_hulls",
    "mask_moments",
    "native_sums",
    "normalise",
    "part_places",
    "part_statistics",
    "resample_regions",
    "resample_signal",
    "second_moments",
    "signed_lengths",
    "smooth_crops",
    "squared_distances",
    "wedge_numbers",
    "weighted_means",
    "zernike_magnitudes",
]
