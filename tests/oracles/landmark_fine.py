"""Slow twins of LandmarkFine, from the definitions."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi
from scipy.spatial import Delaunay


def centre(image, strength, angle, zone, reach):
    """Return row, column and convergence of the best local maximum of `image` in `zone`."""
    shown = np.where(zone, image, -1)
    highest = zone & (image > 0) & (ndi.maximum_filter(shown, 3) <= image * (1 + 1e-9))
    rows, columns = np.nonzero(strength)
    best = (0, None, None)
    for r, c in np.argwhere(highest):
        y, x = rows - r, columns - c
        length = np.hypot(y, x)
        near = (length > 0) & (length <= reach)
        weights = strength[rows, columns][near] / length[near]
        turn = angle[rows, columns][near] - np.arctan2(x, y)[near]
        convergence = (weights * np.cos(2 * turn)).sum() / weights.sum()
        score = image[r, c] * (1 + convergence)
        if score > best[0]:
            best = (score, (r, c), convergence)
    return best[1:]


def hollow(image, cell, floor, radius):
    """Return the ring score of every pixel by interpolation at eight places."""
    scores = np.zeros(cell.shape)
    turn = 2 * np.pi * np.arange(8) / 8
    rise, run = np.round(radius * np.cos(turn), 9), np.round(radius * np.sin(turn), 9)
    outside = (~cell).astype(float)
    for r, c in np.argwhere(cell):
        places = [r + rise, c + run]
        if ndi.map_coordinates(outside, places, order=1, cval=1).max() > 1e-12:
            continue
        low = np.sort(ndi.map_coordinates(image, places, order=1))[1]
        if low > image[r, c]:
            scores[r, c] = (low - image[r, c]) / (low + floor)
    return scores


def peaks(score, least):
    """Return the weight of each local maximum above `least`; equal neighbours share one."""
    weights = np.zeros(score.shape)
    for r, c in np.argwhere(score > least):
        near = score[r - 1 : r + 2, c - 1 : c + 2]
        if near.max() <= score[r, c] * (1 + 1e-9):
            weights[r, c] = 1 / (near >= score[r, c] * (1 - 1e-9)).sum()
    return weights


def body(height, image, base, inside, reach):
    """Return the mask grown from the peak of `height` down to half of it above `base`."""
    peak = np.unravel_index(np.where(inside, height, -np.inf).argmax(), inside.shape)
    rows, columns = np.indices(inside.shape)
    near = (rows - peak[0]) ** 2 + (columns - peak[1]) ** 2 <= reach**2
    labels, _ = ndi.label(inside & near & (image >= (image[peak] + base) / 2))
    return labels == labels[peak]


def roundness(mask):
    """Return area² / 2π over the second moment of square pixels."""
    at = np.argwhere(mask)
    moment = ((at - at.mean(0)) ** 2).sum() + len(at) / 6
    return min(len(at) ** 2 / (2 * np.pi * moment), 1)


def axis(weights):
    """Return the weighted centroid, both variances and the unit vector of the longer axis."""
    at = np.argwhere(weights > 0)
    w = weights[weights > 0]
    middle = (at * w[:, None]).sum(0) / w.sum()
    spread = np.cov(at.T, aweights=w, bias=True)
    values, vectors = np.linalg.eigh(spread)
    return middle, values[1], values[0], vectors[:, 1]


def dent(nucleus, body):
    """Return the share of the nuclear hull within 45° of `body` that is not nucleus."""
    steps = np.indices((2, 2)).reshape(2, -1).T
    corners = (np.argwhere(nucleus)[:, None] + steps).reshape(-1, 2)
    pixels = np.argwhere(np.ones_like(nucleus))
    hull = (Delaunay(corners).find_simplex(pixels + 0.5) >= 0).reshape(nucleus.shape)
    middle = np.argwhere(nucleus).mean(axis=0)
    y, x = np.argwhere(body).mean(axis=0) - middle
    rows, columns = (at.reshape(nucleus.shape) for at in (pixels - middle).T)
    turn = np.arctan2(rows, columns) - np.arctan2(y, x)
    facing = hull & (np.cos(turn) >= np.sqrt(0.5))
    return (facing & ~nucleus).sum() / facing.sum()
