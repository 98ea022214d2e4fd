"""What the planes of a field show about its acquisition, without finding cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.tables import Column
from hpa_features.core.types import CHANNELS, Channel, Field

_BLOCK = "Acquisition"
_WHOLE = (
    ("Rows", "Height of the field in pixels."),
    ("Columns", "Width of the field in pixels."),
    ("PixelSize", "Pixel size in µm."),
    ("FullScale", "Gray value at which the protein channel is saturated."),
)
SIZES = tuple(f"Image_{name}" for name, _ in _WHOLE)
"""Names of the columns of a field's size and bit depth, rather than its brightness."""
_QUANTILES = (0.01, 0.25, 0.5, 0.75, 0.99)


def acquisition_columns(channels: Sequence[Channel] = CHANNELS) -> tuple[Column, ...]:
    """Return what the values of `acquisition_facts` are, in their order."""
    whole = [_column(name, meaning) for name, meaning in _WHOLE]
    return (*whole, *(column for channel in channels for column in _columns_of(channel)))


def acquisition_facts(field: Field, channels: Sequence[Channel] = CHANNELS) -> NDArray[np.float64]:
    """Return size, pixel size, depth, and per channel the spread of gray values of a whole field.

    Gray values are fractions of full scale, from the plane's exact histogram; a quantile q is the
    lowest value that a share q of the pixels does not exceed.
    """
    rows, columns = field.shape
    whole = [rows, columns, field.pixel_size_um, field.full_scale[Channel.PROTEIN]]
    return np.array(
        [*whole, *(value for channel in channels for value in _facts_of(field, channel))],
        np.float64,
    )


def _facts_of(field: Field, channel: Channel) -> Iterator[float]:
    full = field.full_scale[channel]
    counts = np.bincount(field.planes[channel].ravel(), minlength=full + 1)
    below = np.cumsum(counts)
    yield int(np.argmax(counts)) / full
    for quantile in _QUANTILES:
        yield int(np.searchsorted(below, quantile * below[-1])) / full
    yield float(counts[full:].sum() / below[-1])


def _columns_of(channel: Channel) -> Iterator[Column]:
    yield _column(
        f"Mode_{channel}", f"Most frequent gray value of {channel}, usually the background."
    )
    for quantile in _QUANTILES:
        share = f"{quantile:.0%}"
        yield _column(
            f"Q{100 * quantile:02.0f}_{channel}",
            f"Gray value that {share} of the field's {channel} pixels do not exceed.",
        )
    yield _column(
        f"Saturated_{channel}", f"Share of the field's {channel} pixels that are saturated."
    )


def _column(name: str, meaning: str) -> Column:
    return Column(f"Image_{name}", _BLOCK, acquisition=True, meaning=meaning)
