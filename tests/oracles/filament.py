"""Slow twins of Filament: Hessians and directions pixel by pixel, parts by scipy."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi


def ridges(image, cell, mean, sigma):
    """Return strength and angle to the rows' axis from the eigenvectors of each Hessian."""
    strength, angle = np.zeros(cell.shape), np.zeros(cell.shape)
    for r, c in zip(*np.nonzero(cell), strict=True):
        window = np.s_[r - 1 : r + 2, c - 1 : c + 2]
        near = np.where(cell[window], image[window], image[r, c])
        down = near[0, 1] - 2 * near[1, 1] + near[2, 1]
        across = near[1, 0] - 2 * near[1, 1] + near[1, 2]
        mixed = (near[0, 0] + near[2, 2] - near[0, 2] - near[2, 0]) / 4
        values, vectors = np.linalg.eigh(np.array([[down, mixed], [mixed, across]]))
        height = sigma**2 * (-values[0] - abs(values[1]))
        if height > 1e-9 * (image[r, c] + 0.01 * mean):
            strength[r, c] = height / (image[r, c] + 0.01 * mean)
            angle[r, c] = np.arctan2(vectors[1, 1], vectors[0, 1])
    return strength, angle


def crests(strength, angle, least):
    """Return the pixels above `least` that are no weaker than one pixel to either side."""
    found = np.zeros(strength.shape, bool)
    for r, c in zip(*np.nonzero(strength > least), strict=True):
        y, x = -np.sin(angle[r, c]), np.cos(angle[r, c])
        aside = ndi.map_coordinates(strength, [[r + y, r - y], [c + x, c - x]], order=1)
        found[r, c] = strength[r, c] >= aside.max() * (1 - 1e-9)
    return found


def crossings(crest, plain, radius):
    """Return {(row, column): runs of plain pixels on the circle}."""
    turn = 2 * np.pi * np.arange(16) / 16
    rise = np.round(radius * np.cos(turn)).astype(int)
    run = np.round(radius * np.sin(turn)).astype(int)
    padded = np.pad(plain, 5)
    counts = {}
    for r, c in zip(*np.nonzero(crest), strict=True):
        on = padded[r + 5 + rise, c + 5 + run]
        counts[r, c] = 1 if on.all() else int((on & ~np.roll(on, 1)).sum())
    return counts


def parts(plain, strength, angle):
    """Return [(mass, length in pixels, straightness)] of connected pixels."""
    labels, count = ndi.label(plain, np.ones((3, 3)))
    found = []
    for part in range(1, count + 1):
        at = np.argwhere(labels == part)
        spread = np.linalg.eigvalsh(np.atleast_2d(np.cov(at.T, bias=True)))[-1]
        weights = strength[labels == part]
        turn = (weights * np.exp(2j * angle[labels == part])).sum()
        found.append((weights.sum(), np.sqrt(12 * spread + 1), abs(turn) / weights.sum()))
    return found


def entropy(strength, angle, bins=12):
    """Return the entropy of directions shared linearly between neighbours, 0…1."""
    share = np.zeros(bins)
    for weight, turn in zip(strength.ravel(), (angle.ravel() / np.pi * bins) % bins, strict=True):
        low = int(turn)
        share[low % bins] += weight * (low + 1 - turn)
        share[(low + 1) % bins] += weight * (turn - low)
    share = share[share > 0] / share.sum()
    return -(share * np.log(share)).sum() / np.log(bins)
