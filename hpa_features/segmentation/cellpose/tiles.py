"""Images of any size through a network of one size: overlapping tiles, blended where they meet.

Layout and weights as in the package's `core.run_net` and `transforms`, version 3.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hpa_features.segmentation.cellpose.masks import Flows

_STEP = 16  # the network halves its input four times
_FRAME = 8  # pixels of zeros around an image, at least
_OVERLAP = 0.1  # share of a tile
_UNIT = 5.0  # networks are trained for flows of this length
_TAPER = 7.5  # width of a tile's fading edge in pixels,
_FADED = 20  # half of which is so far inside


class Network(Protocol):
    """A network that takes tiles.

    Attributes
    ----------
    channels
        Planes of an image.
    tile
        Longest edge of a tile.
    smallest
        Shortest edge of a tile.
    """

    channels: int
    tile: int
    smallest: int

    @property
    def batch(self) -> int:
        """Most tiles at once."""

    def run(self, tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (n, 3, rows, columns) flow down, flow right and log-odds of n images.

        Flows are 5 times the steps of unit length.
        """


@dataclass(frozen=True, slots=True)
class _Padded:
    """An image in its frame, and where its tiles are."""

    planes: NDArray[np.float32]
    first: tuple[int, int]
    shape: tuple[int, int]
    tile: tuple[int, int]
    starts: tuple[tuple[int, int], ...]


def run_network(network: Network, images: Sequence[NDArray[np.float32]]) -> list[Flows]:
    """Return what `network` finds in each (channels, rows, columns) image.

    Tiles of all images share batches; what is found in an image does not depend on the others.
    """
    padded = [_padded(image, network) for image in images]
    sums = [np.zeros((3, *each.planes.shape[1:]), np.float32) for each in padded]
    for batch in _batches(padded, network.batch):
        tiles = np.stack([_tile(padded[number], start) for number, start in batch])
        for (number, (top, left)), found in zip(batch, network.run(tiles), strict=True):
            tall, wide = padded[number].tile
            part = sums[number][:, top : top + tall, left : left + wide]
            part += found * _weights(tall, wide)
    return [_flows(each, total) for each, total in zip(padded, sums, strict=True)]


def _padded(image: NDArray[np.float32], network: Network) -> _Padded:
    shape = (image.shape[1], image.shape[2])
    pads = [_pads(length, network.smallest) for length in shape]
    planes = np.pad(image, ((0, 0), *pads))
    tall, wide = (min(network.tile, length) for length in planes.shape[1:])
    starts = tuple(product(_starts(planes.shape[1], tall), _starts(planes.shape[2], wide)))
    return _Padded(planes, (pads[0][0], pads[1][0]), shape, (tall, wide), starts)


def _pads(length: int, smallest: int) -> tuple[int, int]:
    """Return how many pixels are put before and after `length`."""
    whole = max(-(-length // _STEP) * _STEP + 2 * _FRAME, smallest)
    before = (whole - length) // 2
    return before, whole - length - before


def _starts(length: int, tile: int) -> list[int]:
    """Return the first pixel of each tile along an edge."""
    count = 1 if length <= tile else int(np.ceil((1 + 2 * _OVERLAP) * length / tile))
    return [int(each) for each in np.linspace(0, length - tile, count)]


def _batches(padded: Sequence[_Padded], most: int) -> Iterator[list[tuple[int, tuple[int, int]]]]:
    """Yield batches of (image, first pixel of a tile) whose tiles have one shape."""
    for shape in dict.fromkeys(each.tile for each in padded):
        tiles = (
            (number, start)
            for number, each in enumerate(padded)
            if each.tile == shape
            for start in each.starts
        )
        while batch := list(islice(tiles, most)):
            yield batch


def _tile(image: _Padded, start: tuple[int, int]) -> NDArray[np.float32]:
    (top, left), (tall, wide) = start, image.tile
    return image.planes[:, top : top + tall, left : left + wide]


def _weights(tall: int, wide: int) -> NDArray[np.float32]:
    """Return (rows, columns) weights of a tile, which fade towards its edges."""
    return np.outer(_taper(tall), _taper(wide)).astype(np.float32)


def _taper(length: int) -> NDArray[np.float64]:
    whole = max(224, length)
    from_middle = np.abs(np.arange(whole) - (whole - 1) / 2)
    weights: NDArray[np.float64] = 1 / (1 + np.exp((from_middle - whole / 2 + _FADED) / _TAPER))
    first = whole // 2 - length // 2
    return weights[first : first + length]


def _flows(image: _Padded, total: NDArray[np.float32]) -> Flows:
    """Return the flows of an image from the weighted sums over its tiles."""
    weight = np.zeros(total.shape[1:], np.float32)
    (tall, wide), share = image.tile, _weights(*image.tile)
    for top, left in image.starts:
        weight[top : top + tall, left : left + wide] += share
    (top, left), (rows, columns) = image.first, image.shape
    found = (total / weight)[:, top : top + rows, left : left + columns]
    flow = np.ascontiguousarray(np.moveaxis(found[:2] / _UNIT, 0, -1), np.float32)
    return Flows(flow, np.ascontiguousarray(found[2]))
