"""A batch: fields that are measured together, each with its masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel, Field, Masks


class Planes(NamedTuple):
    """The pixels of a batch, all fields ravelled, end to end; arrays of NumPy's or CuPy's.

    Attributes
    ----------
    labels
        (pixels,) int32: cell numbers 1…n through the batch, 0 outside.
    nuclei
        (pixels,) bool.
    gray
        (pixels,) uint16 of each channel, in the order of the batch.
    """

    labels: Any
    nuclei: Any
    gray: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Fields that are measured together, each with its masks, on one working grid.

    Attributes
    ----------
    fields, masks
        Of equal length; cells are numbered through the batch in this order.
    grid_um
        Wanted edge of a working-grid pixel in µm.
    """

    fields: tuple[Field, ...]
    masks: tuple[Masks, ...]
    grid_um: float = 0.32

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Channels that every field has, in house order."""
        return tuple(c for c in Channel if all(c in f.planes for f in self.fields))

    @property
    def cell_count(self) -> int:
        """Cells over all fields."""
        return sum(m.count for m in self.masks)

    @property
    def starts(self) -> NDArray[np.int64]:
        """(fields + 1,) where the pixels of each field begin in flat planes, and their end."""
        pixels = [masks.cells.size for masks in self.masks]
        return np.concatenate(([0], np.cumsum(pixels))).astype(np.int64)

    def flat(self, channel: Channel) -> NDArray[np.uint16]:
        """(pixels,) the planes of `channel`, all fields ravelled, end to end."""
        planes = [field.planes[channel].ravel().astype(np.uint16) for field in self.fields]
        return planes[0] if len(planes) == 1 else np.concatenate(planes)

    @property
    def labels(self) -> NDArray[np.int32]:
        """(pixels,) cell numbers 1…n through the batch, 0 outside; all fields end to end."""
        if len(self.masks) == 1:
            return self.masks[0].cells.ravel()
        parts, before = [], 0
        for masks in self.masks:
            cells = masks.cells.ravel()
            parts.append(np.where(cells > 0, cells + before, 0).astype(np.int32))
            before += masks.count
        return np.concatenate(parts)

    @property
    def nuclei(self) -> NDArray[np.bool_]:
        """(pixels,) whether a pixel is nuclear; all fields end to end."""
        return np.concatenate([masks.nuclei.ravel() > 0 for masks in self.masks])

    @property
    def planes(self) -> Planes:
        """All of its pixels at once."""
        return Planes(self.labels, self.nuclei, tuple(map(self.flat, self.channels)))

    @property
    def field_of_cells(self) -> NDArray[np.int64]:
        """(cells,) number of each cell's field."""
        counts = [masks.count for masks in self.masks]
        return np.repeat(np.arange(len(self.masks)), counts)

    @property
    def field_sizes_um(self) -> NDArray[np.float64]:
        """(fields, 3) height, width and edge of a pixel of each field in µm."""
        sizes = [
            (*(side * field.pixel_size_um for side in masks.cells.shape), field.pixel_size_um)
            for field, masks in zip(self.fields, self.masks, strict=True)
        ]
        return np.array(sizes, np.float64).reshape(-1, 3)
