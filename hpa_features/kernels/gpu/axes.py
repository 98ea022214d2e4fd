"""Middles and axes of images, and directions about them."""

from __future__ import annotations

from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, launch, listed
from hpa_features.kernels.layout import CropLayout


def weighted_axes(image: Arrays, mask: Arrays | Array, layout: CropLayout) -> Arrays:
    """Return (n, 6): centroid, larger and smaller variance, axis.

    Row and column of the centroid; variances in pixels²; cos 2θ and sin 2θ of the angle between
    the longer axis and the rows' axis, 0 for both where there is none. NaN without weight.
    """
    cells = len(layout.step_um)
    axes = empties(len(image), (cells, 6), float)
    masks = Each(listed(mask, len(image)), bool)
    launch("axes", "weighted_axes", cells, Each(image), masks, layout, Each(axes))
    return axes


def across_axes(axes: Arrays, layout: CropLayout) -> Arrays:
    """Return (total,): −cos 2(φ − θ), φ the direction from the centroid.

    1 across the longer axis, −1 along it; 0 throughout a cell whose axes are NaN.
    """
    across = empties(len(axes), layout.total, float)
    cells = len(layout.step_um)
    launch("axes", "across_axes", cells, Each(axes, float), layout, Each(across))
    return across
