"""A perceptual hash the slow way: means of tiles, the cosine sum written out, a median."""

from __future__ import annotations

import math
from statistics import median


def tile_mean(plane, edge, row, column):
    """Mean of the pixels whose centres lie in one of edge × edge tiles."""

    def inside(place, size, tile):
        return tile * size / edge < place + 0.5 <= (tile + 1) * size / edge

    rows = [r for r in range(len(plane)) if inside(r, len(plane), row)]
    columns = [c for c in range(len(plane[0])) if inside(c, len(plane[0]), column)]
    return sum(plane[r][c] for r in rows for c in columns) / (len(rows) * len(columns))


def perceptual_hash(plane, edge=32, low=8):
    """Return the bits as an integer, the first bit highest."""
    tiles = [[tile_mean(plane, edge, r, c) for c in range(edge)] for r in range(edge)]

    def cosine(frequency, place):
        return math.cos(math.pi * frequency * (2 * place + 1) / (2 * edge))

    coefficients = [
        sum(tiles[r][c] * cosine(u, r) * cosine(v, c) for r in range(edge) for c in range(edge))
        for u in range(low)
        for v in range(low)
    ]
    middle = median(coefficients)
    return int("".join("1" if each > middle else "0" for each in coefficients), 2)
