"""What the networks are given: the preparation that HPA's own Cellpose segmenter publishes.

Source: CellProfiling/CellposeSegmentatorPortable, `cellpose_segmentation.py`; percentiles between
the 1st and the 99th are the package's own normalization.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from skimage.transform import resize, resize_local_mean

from hpa_features.kernels.cpu.field.smooth import gaussian

BLUR_PX = 1.0  # of the DNA stain
WHITE = 0.99  # quantile of the DNA stain that becomes 1
GAMMA = 0.35  # brings dim nuclei near to bright ones
DARK = 0.10  # what a cytoplasm stain has below this quantile is background
RANGE = (0.001, 0.999)  # quantiles of a cytoplasm stain that become 0 and 1
NORMAL = (0.01, 0.99)  # quantiles that the package makes 0 and 1
FLAT = 1e-3  # the package takes a smaller range for no image


def is_blank(plane: NDArray[np.float32]) -> bool:
    """Whether all pixels have one value, so that nothing can be found."""
    return bool(plane.min() == plane.max())


def dna_input(dna: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the DNA stain, blurred, between 0 and 1, its dim nuclei raised."""
    blurred = gaussian(dna, BLUR_PX, "edge")
    white = float(np.quantile(blurred, WHITE))
    if white <= 0:
        return np.zeros_like(dna)
    return np.asarray(np.clip(blurred / white, 0, 1) ** GAMMA, np.float32)


def stain_input(stain: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a cytoplasm stain between 0 and 1, without its dark background."""
    raised = np.maximum(stain, np.float32(np.quantile(stain, DARK)))
    low, high = np.quantile(raised, RANGE)
    if high <= low:
        return np.zeros_like(stain)
    spread: NDArray[np.float32] = np.clip((raised - low) / (high - low), 0, 1).astype(np.float32)
    return spread


def normalized(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `plane` with its 1st percentile at 0 and its 99th at 1; zeros where it is flat."""
    low, high = np.quantile(plane, NORMAL)
    if high - low <= FLAT:
        return np.zeros_like(plane)
    return np.asarray((plane - low) / (high - low), np.float32)


def image_of(
    planes: Sequence[NDArray[np.float32]], channels: int, shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Return (channels, rows, columns) `planes` at `shape`; channels without a plane are 0.

    Where pixels become larger they are means over their area. The package interpolates between the
    four nearest, whatever the area, which keeps the noise of single pixels.
    """
    image = np.zeros((channels, *shape), np.float32)
    for channel, plane in enumerate(planes):
        image[channel] = _resized(plane, shape)
    return image


def _resized(plane: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    if plane.shape == shape:
        return plane
    shrinks = shape[0] <= plane.shape[0] and shape[1] <= plane.shape[1]
    found = resize_local_mean(plane, shape) if shrinks else resize(plane, shape, order=1)
    return np.asarray(found, np.float32)
