"""Which parts of a cell's edge touch another cell."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.distance import target_distances
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
    beyond: tuple[bool, bool, bool, bool], y: float, x: float, f: float, rows: int, wide: int
) -> bool:
    """Whether a grid pixel about (y, x) has a side to the outside that lies in the field.

    `beyond` states on which sides the outside is: above, below, left and right.
    """
    return (
        (beyond[0] and y - f >= -0.5)
        or (beyond[1] and y + f <= rows - 0.5)
        or (beyond[2] and x - f >= -0.5)
        or (beyond[3] and x + f <= wide - 0.5)
    )


@njit(cache=True, nogil=True)
def _nearest_kind(
    kinds: NDArray[np.uint8],
    labels: NDArray[np.int32],
    label: int,
    first: int,
    wide: int,
    box: NDArray[np.int64],
    place: tuple[float, float],
    reach: float,
) -> int:
    """Kind of the native edge pixel of a cell nearest to a place, touching before free on ties."""
    top, left, bottom, right = box
    y, x = place
    found = NO_EDGE
    best = reach * reach
    for r in range(max(top, int(y - reach)), min(bottom, int(y + reach) + 2)):
        for c in range(max(left, int(x - reach)), min(right, int(x + reach) + 2)):
            native = first + r * wide + c
            if labels[native] != label or kinds[native] == NO_EDGE:
                continue
            away = (r - y) ** 2 + (c - x) ** 2
            if away < best - 1e-9:
                best = away
                found = kinds[native]
            elif away <= best + 1e-9:
                found = max(found, kinds[native])
    return found


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
        for row in range(1, shape[cell, 0] - 1):
            for column in range(1, columns - 1):
                at = starts[cell] + row * columns + column
                if region[at] == 0:
                    continue
                above, below = region[at - columns] == 0, region[at + columns] == 0
                before, behind = region[at - 1] == 0, region[at + 1] == 0
                if not (above or below or before or behind):
                    continue
                # Centre in native pixels, whose centres are whole numbers.
                y, x = row0 + (row - 0.5) * f - 0.5, col0 + (column - 0.5) * f - 0.5
                if _leaves_cell((above, below, before, behind), y, x, f, tall, wide):
                    out[at] = _nearest_kind(
                        kinds, labels, cell + 1, start[cell], wide, box[cell], (y, x), reach
                    )
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
def grid_edge_kinds(
    kinds: NDArray[np.uint8],
    native: NativeLayout,
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> NDArray[np.uint8]:
    """Return (total,) uint8: kinds of edge on the working grid, 0 off the edge.

    A grid pixel with a side to the outside takes the kind of the cell's nearest native edge pixel
    within one grid pixel (touching before free on ties), none where there is none.
    """
    return np.asarray(
        _grid_edge_kinds(
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
    )


@each
@njit(cache=True, nogil=True)
def edge_distances_by_kind(
    kind: int, kinds: NDArray[np.uint8], region: NDArray[np.uint8], layout: CropLayout
) -> NDArray[np.float64]:
    """Return (total,) µm to the nearest place of a kind of edge, from pixel centres.

    `kinds` are those of the working grid. Infinite outside the cell and in cells without an edge of
    the kind.
    """
    length = target_distances(kinds, np.uint8(kind), layout)
    for cell in range(layout.starts.size - 1):
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            inside = region[at] > 0
            length[at] = (length[at] + 0.5) * layout.step_um[cell] if inside else np.inf
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
