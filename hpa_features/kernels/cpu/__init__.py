"""Kernels on the CPU: numba loops over flat arrays, one thread each."""

from hpa_features.kernels.cpu.background import background_mode
from hpa_features.kernels.cpu.index import bounding_boxes, count_pixels, list_pixels
from hpa_features.kernels.cpu.intensity import native_sums, part_places, part_statistics
from hpa_features.kernels.cpu.levels import gray_levels
from hpa_features.kernels.cpu.resample import resample_regions, resample_signal
from hpa_features.kernels.cpu.texture import haralick

__all__ = [
    "background_mode",
    "bounding_boxes",
    "count_pixels",
    "gray_levels",
    "haralick",
    "list_pixels",
    "native_sums",
    "part_places",
    "part_statistics",
    "resample_regions",
    "resample_signal",
]
