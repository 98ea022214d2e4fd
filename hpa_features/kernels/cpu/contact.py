"""Which parts of a cell's edge touch another cell."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.distance import squared_distances
from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.layout import CropLayout, NativeLayout

NO_EDGE, FREE, TOUCHING = 0, 1, 2


@njit(cache=True, nogil=True)
def _beside_other(
    labels: NDArray[np.int32], first: int, rows: int, columns: int, row: int, column: int
) -> bool:
    """Whether a pixel shares a side with a pixel of another label or of none, in its field."""
    at = first + row * columns + column
    own = labels[at]
    return (
        (row > 0 and labels[at - columns] != own)
        or (row < rows - 1 and labels[at + columns] != own)
        or (column > 0 and labels[at - 1] != own)
        or (column < columns - 1 and labels[at + 1] != own)
    )


@njit(cache=True, nogil=True)
def _other_within(
    labels: NDArray[np.int32],
    first: int,
    rows: int,
    columns: int,
    row: int,
    column: int,
    reach: float,
) -> bool:
    """Whether a pixel of another label lies within `reach` pixels."""
    own = labels[first + row * columns + column]
    wide = int(reach)
    for r in range(max(row - wide, 0), min(row + wide + 1, rows)):
        for c in range(max(column - wide, 0), min(column + wide + 1, columns)):
            label = labels[first + r * columns + c]
            if label > 0 and label != own:
                if (r - row) ** 2 + (c - column) ** 2 <= reach * reach:
                    return True
    return False


@njit(cache=True, nogil=True)
def _edge_kinds(
    labels: NDArray[np.int32],
    start: NDArray[np.int64],
    shape: NDArray[np.int64],
    reach: NDArray[np.float64],
) -> NDArray[np.uint8]:
    kinds = np.zeros(labels.size, np.uint8)
    for field in range(start.size):
        first, rows, columns = start[field], shape[field, 0], shape[field, 1]
        for row in range(rows):
            for column in range(columns):
                at = first + row * columns + column
                if labels[at] == 0 or not _beside_other(labels, first, rows, columns, row, column):
                    continue
                near = _other_within(labels, first, rows, columns, row, column, reach[field])
                kinds[at] = TOUCHING if near else FREE
    return kinds


@njit(cache=True, nogil=True)
def _edge_lengths(
    kinds: NDArray[np.uint8], position: NDArray[np.int64], offsets: NDArray[np.int64]
) -> NDArray[np.int64]:
    counts = np.zeros((offsets.size - 1, 2), np.int64)
    for cell in range(offsets.size - 1):
        for at in range(offsets[cell], offsets[cell + 1]):
            if kinds[position[at]] > NO_EDGE:
                counts[cell, kinds[position[at]] - 1] += 1
    return counts


@njit(cache=True, nogil=True)
def _leaves_cell(
    region: NDArray[np.uint8],
    at: int,
    columns: int,
    y: float,
    x: float,
    f: float,
    rows: int,
    wide: int,
) -> bool:
    """Whether a grid pixel about (y, x) has a side to the outside that lies in the field."""
    return (
        (region[at - columns] == 0 and y - f >= -0.5)
        or (region[at + columns] == 0 and y + f <= rows - 0.5)
        or (region[at - 1] == 0 and x - f >= -0.5)
        or (region[at + 1] == 0 and x + f <= wide - 0.5)
    )


@njit(cache=True, nogil=True)
def _grid_edge_kinds(
    kinds: NDArray[np.uint8],
    labels: NDArray[np.int32],
    start: NDArray[np.int64],
    field_shape: NDArray[np.int64],
    box: NDArray[np.int64],
    factor: NDArray[np.float64],
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
    region: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    out = np.zeros(starts[-1], np.uint8)
    for cell in range(factor.size):
        f, columns = factor[cell], shape[cell, 1]
        tall, wide = field_shape[cell]
        top, left, bottom, right = box[cell]
        row0 = top + 0.5 * ((bottom - top) - (shape[cell, 0] - 2) * f)
        col0 = left + 0.5 * ((right - left) - (columns - 2) * f)
        # A grid pixel less than half covered is outside, so the edge may lie a pixel away.
        reach = max(f, 0.75)
        for at in range(starts[cell], starts[cell + 1]):
            # Centre in native pixels, whose centres are whole numbers.
            y = row0 + ((at - starts[cell]) // columns - 0.5) * f - 0.5
            x = col0 + ((at - starts[cell]) % columns - 0.5) * f - 0.5
            if region[at] == 0 or not _leaves_cell(region, at, columns, y, x, f, tall, wide):
                continue
            best = reach * reach
            for r in range(max(top, int(y - reach)), min(bottom, int(y + reach) + 2)):
                for c in range(max(left, int(x - reach)), min(right, int(x + reach) + 2)):
                    native = start[cell] + r * wide + c
                    if labels[native] != cell + 1 or kinds[native] == NO_EDGE:
                        continue
                    away = (r - y) ** 2 + (c - x) ** 2
                    if away < best - 1e-9:
                        best = away
                        out[at] = kinds[native]
                    elif away <= best + 1e-9:
                        out[at] = max(out[at], kinds[native])
    return out


@each
def edge_kinds(touch_um: float, native: NativeLayout) -> NDArray[np.uint8]:
    """Return (pixels,) uint8: 0 not on a cell's edge, 1 free edge, 2 edge that touches.

    An edge pixel has a side in common with another label or with none; the field's border is
    not an edge. It touches where another cell lies within `touch_um`, edge to edge.
    """
    # Pixel centres on both sides of an edge lie one pixel apart.
    reach = touch_um / native.field_um + 1.0
    return np.asarray(_edge_kinds(native.labels, native.field_start, native.field_shape, reach))


@each
def edge_lengths(kinds: NDArray[np.uint8], native: NativeLayout) -> NDArray[np.float64]:
    """Return (n, 2): µm of free and of touching edge, native edge pixels times their edge."""
    pixels = _edge_lengths(kinds, native.position, native.offsets)
    return np.asarray(pixels * native.field_um[native.field][:, None])


@each
def edge_distances_by_kind(
    kind: int,
    kinds: NDArray[np.uint8],
    native: NativeLayout,
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (total,) µm to the nearest place of a kind of edge, from pixel centres.

    Infinite outside the cell and in cells without an edge of the kind. A grid pixel with a side to
    the outside takes the kind of the cell's nearest native edge pixel within one grid pixel
    (touching before free on ties), none where there is none.
    """
    on_grid = _grid_edge_kinds(
        kinds,
        native.labels,
        native.field_start[native.field],
        native.field_shape[native.field],
        native.box,
        layout.step_um / native.field_um[native.field],
        layout.starts,
        layout.shape,
        region,
    )
    return np.asarray(
        _edge_lengths_from(squared_distances(on_grid == kind, layout), region, layout)
    )


@njit(cache=True, nogil=True)
def _edge_lengths_from(
    squared: NDArray[np.int64], region: NDArray[np.uint8], layout: CropLayout
) -> NDArray[np.float64]:
    length = np.full(squared.size, np.inf)
    for cell in range(layout.starts.size - 1):
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if region[at] > 0 and squared[at] >= 0:
                length[at] = (np.sqrt(squared[at]) + 0.5) * layout.step_um[cell]
    return length


@each
@njit(cache=True, nogil=True)
def contact_bands(
    free: NDArray[np.float64],
    touching: NDArray[np.float64],
    mask: NDArray[np.bool_],
    limits: tuple[float, float, float, float],
) -> NDArray[np.int8]:
    """Return (total,) int8: 0 at touching edges, 1 at free ones, 2 deep inside, −1 elsewhere.

    `free` and `touching` are the distances to edges of both kinds. `limits` are the width of both
    bands, how far from a touching edge the free band begins, and where the inside begins and ends.
    """
    width, apart, low, high = limits
    bands = np.full(free.size, -1, np.int8)
    for at in range(free.size):
        if not mask[at]:
            continue
        edge = min(free[at], touching[at])
        if touching[at] < width:
            bands[at] = 0
        elif free[at] < width and touching[at] > apart:
            bands[at] = 1
        elif low <= edge < high:
            bands[at] = 2
    return bands


@each
@njit(cache=True, nogil=True)
def lower(image: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (total,): the lower of two images at each pixel."""
    result = np.empty(image.size)
    for at in range(image.size):
        result[at] = min(image[at], other[at])
    return result
