"""Kernels on the CPU: numba loops over flat arrays, one thread each."""

from hpa_features.kernels.cpu.background import background_mode
from hpa_features.kernels.cpu.index import bounding_boxes, count_pixels, list_pixels
from hpa_features.kernels.cpu.resample import resample_regions, resample_signal

__all__ = [
    "background_mode",
    "bounding_boxes",
    "count_pixels",
    "list_pixels",
    "resample_regions",
    "resample_signal",
]
