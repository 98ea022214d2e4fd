"""One cell as plain images: what the slow twins of the landmark-relative families start from.

For 8-bit planes at 0.32 µm, where the working grid is the native one.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi

STEP = 0.32


def crop_of(planes, background, cells, nuclei, label):
    """Return (cell mask, nucleus mask, {channel: values 0…65535}), padded by one pixel."""
    rows, columns = np.nonzero(cells == label)
    window = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    cell = np.pad(cells[window] == label, 1)
    nucleus = np.pad(nuclei[window] == label, 1) & cell
    values = {
        channel: np.where(
            cell,
            np.pad(np.maximum(plane[window].astype(float) - background, 0) * 257, 1),
            0,
        )
        for channel, plane in planes.items()
    }
    return cell, nucleus, values


def distances(cell, nucleus):
    """Return signed µm to the nuclear edge (negative inside) and µm to the cell edge."""
    inward = ndi.distance_transform_edt(nucleus) - 0.5
    outward = ndi.distance_transform_edt(~nucleus) - 0.5
    return np.where(nucleus, -inward, outward) * STEP, (
        ndi.distance_transform_edt(cell) - 0.5
    ) * STEP


def box_kernel(sigma):
    """Return the 1-D kernel of three extended boxes of variance σ²/3 (Gwosdek et al. 2011)."""
    variance = sigma**2 / 3
    radius = int(np.floor(0.5 * np.sqrt(12 * variance + 1) - 0.5))
    # The weight that gives [w, 1, …, 1, w] the wanted variance, solved for w.
    inner = sum(k * k for k in range(-radius, radius + 1))
    weight = (variance * (2 * radius + 1) - inner) / (2 * ((radius + 1) ** 2 - variance))
    box = np.array([weight, *[1.0] * (2 * radius + 1), weight])
    return np.convolve(np.convolve(box, box), box)


def smoothed(image, cell, sigma_um):
    """Return Σ(w·m·x) / Σ(w·m) over the cell's own pixels."""
    kernel = box_kernel(sigma_um / STEP)

    def blur(x):
        for axis in (0, 1):
            x = ndi.convolve1d(x, kernel, axis=axis, mode="constant")
        return x

    return np.where(cell, blur(image * cell) / np.where(cell, blur(cell.astype(float)), 1), 0)


def wedge_weights(cell, centre):
    """Return {wedge: weights} about `centre`: 1 inside, one half on a border, 0 elsewhere."""
    rows, columns = np.indices(cell.shape)
    y, x = rows - centre[0], columns - centre[1]
    turn = (np.arctan2(y, x) * 4 / np.pi) % 8
    border = np.abs(turn - np.round(turn)) < 1e-7
    own = cell & (x**2 + y**2 > 1e-7)
    weights = {}
    for wedge in range(8):
        whole = own & ~border & (np.floor(turn) == wedge)
        half = own & border & np.isin(np.round(turn) % 8, [wedge, (wedge + 1) % 8])
        weights[wedge] = whole + 0.5 * half
    return weights


def wedge_cv(image, inside, centre):
    """Return standard deviation / mean over the means of the wedges that have pixels."""
    sides = [w for w in wedge_weights(inside, centre).values() if w.sum() > 0]
    means = [(image * weights).sum() / weights.sum() for weights in sides]
    return np.std(means) / np.mean(means)


def log2_ratio(a, b):
    return np.log2((a + 0.01) / (b + 0.01))
