"""The input of a network, pixel by pixel from the definition.

A new pixel covers `factor` × `factor` pixels of the field. It is the mean over that area, or, where
it is smaller than a pixel of the field, the linear interpolation at its middle. The field goes on
with zeros.
"""

from __future__ import annotations

import numpy as np


def square(plane, top, left, factor, edge):
    """Return the (edge, edge) square of a plane of floats that begins at `top`, `left`."""
    rows = [_shares(top + k * factor, factor, plane.shape[0]) for k in range(edge)]
    columns = [_shares(left + k * factor, factor, plane.shape[1]) for k in range(edge)]
    return np.array([[_mean(plane, down, across) for across in columns] for down in rows])


def _mean(plane, down, across):
    return sum(plane[r, c] * a * b for r, a in down.items() for c, b in across.items())


def _shares(begin, factor, size):
    """Return {pixel: share} of the pixels of an axis that a new pixel is made of."""
    if factor >= 1:
        overlaps = {
            at: (min(at + 1, begin + factor) - max(at, begin)) / factor for at in range(size)
        }
        return {at: share for at, share in overlaps.items() if share > 0}
    middle = begin + factor / 2
    if not 0 <= middle <= size:
        return {}
    shares = {at: max(0.0, 1 - abs(middle - (at + 0.5))) for at in range(size)}
    if middle < 0.5:
        return {0: 1.0}
    if middle > size - 0.5:
        return {size - 1: 1.0}
    return {at: share for at, share in shares.items() if share > 0}


def corner(low, high, edge_px):
    """Return the whole pixel where a square of `edge_px` begins, its middle near (low + high)/2."""
    return int(np.floor((low + high) / 2 - edge_px / 2 + 0.5))


def normalized(image, how, scope, mean=(), sd=()):
    """Return (channels, rows, columns) normalized; without contrast all become 0."""
    if how == "none":
        return image
    if how == "fixed":
        return np.stack([(x - m) / s for x, m, s in zip(image, mean, sd)])
    if scope == "all":
        return _alike(image, how)
    return np.stack([_alike(x, how) for x in image])


def _alike(x, how):
    if x.max() == x.min():
        return np.zeros_like(x)
    if how == "min-max":
        return (x - x.min()) / (x.max() - x.min())
    return (x - x.mean()) / np.sqrt(((x - x.mean()) ** 2).mean())
