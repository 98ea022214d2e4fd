"""Slow twins of Neighbors and Contact, from the definitions, for one field of square pixels."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi
from scipy.spatial.distance import cdist


def edge_kinds(cells, um):
    """Return the masks of free and of touching edge pixels, the field's border left out."""
    around = np.pad(cells, 1, mode="edge")  # beyond the border lies more of the same
    beside = [around[1:-1, :-2], around[1:-1, 2:], around[:-2, 1:-1], around[2:, 1:-1]]
    edge = (cells > 0) & np.any([other != cells for other in beside], axis=0)
    touching = np.zeros_like(edge)
    for label in np.unique(cells[cells > 0]):
        others = (cells > 0) & (cells != label)
        if others.any():
            away = ndi.distance_transform_edt(~others)
            touching |= edge & (cells == label) & ((away - 1) * um <= 0.5 + 1e-9)
    return edge & ~touching, edge & touching


def gap(one, other, um):
    """Return µm between two masks: the least distance of pixel centres, less one pixel."""
    return max(cdist(np.argwhere(one), np.argwhere(other)).min() - 1, 0) * um


def middle(mask):
    return np.argwhere(mask).mean(axis=0)


def angle(centre, one, other):
    one, other = one - centre, other - centre
    return np.degrees(abs(np.angle(complex(*one) / complex(*other))))


def disc_area(centre, shape, um, radius):
    """Return µm² of the disc inside the field, counted on a grid of 0.1 µm."""
    rows, columns = ((np.arange(round(n * um / 0.1)) + 0.5) * 0.1 for n in shape)
    y, x = (np.asarray(centre) + 0.5) * um
    return 0.01 * ((rows[:, None] - y) ** 2 + (columns - x) ** 2 <= radius**2).sum()


def nuclei(masks, um):
    """Return (cell, mask) of every nucleus of at least 10 µm²."""
    found = []
    for label in range(1, masks.count + 1):
        parts, count = ndi.label(masks.nuclei == label, np.ones((3, 3)))
        found += [(label, parts == k) for k in range(1, count + 1)]
    return [(label, part) for label, part in found if part.sum() * um**2 >= 10]


def bridge(protein, tubules, cells, nuclear, pair, um):
    """Return the levels of one pair ((cell, nucleus), (cell, nucleus)) by name."""
    (a, one), (b, other) = pair
    first, second = middle(one), middle(other)
    half = np.hypot(*(second - first)) / 2
    rows, columns = np.indices(cells.shape)
    y, x = rows - (first + second)[0] / 2, columns - (first + second)[1] / 2
    down, across = (second - first) / (2 * half)
    ahead, aside = (y * down + x * across) * um, np.abs(x * down - y * across) * um
    own = (np.abs(ahead) <= half * um) & ~nuclear & np.isin(cells, [0, a, b])
    core = own & (aside <= 0.6)
    flank = own & (aside >= 1.2) & (aside <= 2.4)
    ahead = ahead - (ahead[core].min() + ahead[core].max()) / 2
    both = np.isin(cells, [a, b])
    out = {}
    for name, plane in (("Protein_Microtubules", protein), ("Microtubules", tubules)):
        image = plane / plane[both].mean()
        out[f"BridgeLevel_{name}"] = np.log2((image[core].mean() + 0.01) / 1.01)
        contrast = np.log2((image[core].mean() + 0.01) / (image[flank].mean() + 0.01))
        out[f"BridgeContrast_{name}"] = contrast
        near = image[core & (np.abs(ahead) <= 1)].mean()
        out[f"BridgeMiddle_{name}"] = np.log2((near + 0.01) / 1.01)
    light = protein / protein[both].mean()
    stretch = np.round(ahead / 0.6).astype(int)
    peak = max(light[core & (stretch == k)].mean() for k in np.unique(stretch[core]))
    out["BridgePeak_Protein_Microtubules"] = np.log2((peak + 0.01) / 1.01)
    out["BridgeBoth_Protein_Microtubules"] = min(v for k, v in out.items() if "Contrast" in k)
    wide = own & (aside <= 2.4)
    spread = (tubules[wide] * aside[wide] ** 2).sum() / tubules[wide].sum()
    out["BundleThinness_Microtubules"] = 1 - spread / (aside[wide] ** 2).mean()
    return out
