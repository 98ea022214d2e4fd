"""How many pixels a nucleus is across, over a sample of fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import FieldError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Channel, Plane
from hpa_features.io.files import Place
from hpa_features.io.guard import DecoderGuard
from hpa_features.io.images import open_image, read_plane

NUCLEAR_DIAMETER_UM = 15.0
"""What a nucleus is taken for; cell lines differ by ±20 %."""

# Otsu on at most this many pixels along an edge: enough to measure a nucleus to a few percent.
_WORKING_EDGE = 512
# Merged nuclei have waists; a lone one is convex.
_CONVEX = 0.9


def median_diameter_px(
    places: Iterable[Place], settings: InputSettings, advance: Callable[[], None]
) -> tuple[float, int]:
    """Return the median diameter of nuclei in pixels, and how many were measured.

    The diameter is that of the circle of equal area. Fields that cannot be read are skipped.

    Parameters
    ----------
    places
        Blue files of fields of one size.
    settings
        How files become planes.
    advance
        Called after each field.
    """
    areas: list[float] = []
    for place in places:
        try:
            with open_image(place, settings) as image:
                plane, _, _ = read_plane(image, Channel.DNA, settings)
            with DecoderGuard(place, "cannot be measured"):
                found = nuclear_areas(plane)
        except FieldError:
            continue
        finally:
            advance()
        areas.extend(found)
    if not areas:
        return 0.0, 0
    # Debris is many and small: nuclei are what at least a quarter of the area-weighted median is.
    ordered = np.sort(np.asarray(areas))
    half = np.searchsorted(np.cumsum(ordered), ordered.sum() / 2)
    nuclei = ordered[ordered >= ordered[half] / 4]
    return float(np.median(2 * np.sqrt(nuclei / np.pi))), len(nuclei)


def nuclear_areas(plane: Plane) -> NDArray[np.float64]:
    """Return the areas in pixels of what Otsu's threshold finds, whole and convex.

    Reference: Otsu 1979, of the plane smoothed by 1/256 of its edge.
    """
    from scipy import ndimage
    from skimage.filters import threshold_otsu
    from skimage.measure import label, regionprops

    step = max(1, min(plane.shape) // _WORKING_EDGE)
    smooth = ndimage.gaussian_filter(plane.astype(np.float32), max(plane.shape) / 256)
    small = smooth[::step, ::step]
    if small.min() == small.max():
        return np.empty(0)
    bright = ndimage.binary_fill_holes(small > threshold_otsu(small))
    rows, columns = small.shape
    areas = [
        float(region.area)
        for region in regionprops(label(bright))
        if region.bbox[0] > 0
        and region.bbox[1] > 0
        and region.bbox[2] < rows
        and region.bbox[3] < columns
        and region.area >= 9
        and region.solidity >= _CONVEX
    ]
    return np.array(areas, dtype=np.float64) * float(step**2)
