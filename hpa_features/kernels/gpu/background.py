"""The gray values of planes: facts from their histograms, and the background outside cells."""

from __future__ import annotations

import cupy
import numpy as np

from hpa_features.kernels.gpu.launch import Array, launch, over

VALUES = 65536


def plane_facts(values: Array, labels: Array, starts: Array, steps: Array, full: Array) -> Array:
    """Return (planes, 5): step, background, saturated pixels, Σ value and Σ value² of each plane.

    `kernels.cpu` defines them.
    """
    planes = steps.size
    counts = cupy.zeros((planes, 2, VALUES), np.uint32)
    lines = (starts, planes, values.size)
    launch("background", "histograms", over(values.size), values, labels, *lines, counts)
    facts = cupy.empty((planes, 5), np.int64)
    launch("background", "plane_facts", planes, counts, steps, full, facts)
    return facts


def subtracted(values: Array, levels: Array, starts: Array) -> Array:
    """Return (pixels,) uint16: max(value − level, 0), with the level (planes,) of its plane."""
    signal = cupy.empty(values.size, np.uint16)
    lines = (levels, starts, levels.size, values.size)
    launch("background", "subtracted", over(values.size), values, *lines, signal)
    return signal
