"""Labelled regions: values by region, where two regions meet, which of them are one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

from hpa_features.kernels.cpu.field.morphology import highest_in_disc
from hpa_features.kernels.cpu.field.quantiles import quantiles
from hpa_features.kernels.cpu.field.regions import bordering, counts, only_labels, touching


class Union:
    """Disjoint sets of the labels 0…count."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count + 1))

    def find(self, label: int) -> int:
        """Return the lowest label of the set that holds `label`."""
        while self._parent[label] != label:
            label = self._parent[label]
        return label

    def join(self, a: int, b: int) -> int:
        """Put the sets of `a` and `b` together and return their lowest label."""
        low, high = sorted((self.find(a), self.find(b)))
        self._parent[high] = low
        return low

    def table(self) -> NDArray[np.int32]:
        """Return an array that maps each label to the lowest of its set."""
        return np.array([self.find(label) for label in range(len(self._parent))], dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Contact:
    """Where two regions touch.

    Attributes
    ----------
    a, b
        Labels, a < b.
    here, there
        (n,) flat indices of touching pixels, `here` in one region and `there` in the other.
    """

    a: int
    b: int
    here: NDArray[np.int32]
    there: NDArray[np.int32]


def contacts(labels: NDArray[np.int32]) -> list[Contact]:
    """Return every pair of regions that share an edge or a corner, ordered by label."""
    first, second = touching(labels)
    if not len(first):
        return []
    flat = labels.ravel()
    low = np.minimum(flat[first], flat[second])
    high = np.maximum(flat[first], flat[second])
    order = np.lexsort((high, low))
    low, high = low[order], high[order]
    starts = np.flatnonzero((np.diff(low, prepend=-1) != 0) | (np.diff(high, prepend=-1) != 0))
    stops = np.append(starts[1:], len(low))
    return [
        Contact(int(low[i]), int(high[i]), first[order[i:j]], second[order[i:j]])
        for i, j in zip(starts, stops)
    ]


def quantile_by_label(
    values: NDArray[np.float32],
    labels: NDArray[np.int32],
    q: float,
    count: int | None = None,
) -> NDArray[np.float64]:
    """Return the `q`-quantile of `values` in each label 0…count; `count` is the highest if None.

    0 for label 0 and where a label has no pixel.
    """
    highest = int(labels.max(initial=0)) if count is None else count
    return quantiles(values, labels, q, highest)


def areas(labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return pixels of each label 0…count."""
    return counts(labels, count)


def pairs_of(
    first: NDArray[np.integer], second: NDArray[np.integer], pixels: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return which labels ≥ 0 of two images share pixels, ordered by label, and how many.

    Parameters
    ----------
    first, second
        (n,) label of each run of pixels in the two images.
    pixels
        (n,) pixels of each run.
    """
    beyond = int(second.max(initial=0)) + 1
    found, which = np.unique(first.astype(np.int64) * beyond + second, return_inverse=True)
    one, other = np.divmod(found, beyond)
    return one, other, np.bincount(which, pixels).astype(np.int64)


def on_edge(labels: NDArray[np.int32], count: int) -> NDArray[np.bool_]:
    """Return for each label 0…count whether it touches the edge of the array."""
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return np.bincount(rim, minlength=count + 1) > 0


def opened(mask: NDArray[np.bool_], radius: float) -> NDArray[np.bool_]:
    """Return `mask` without what a disc of `radius` pixels cannot enter, free at the edge."""
    steps = round(radius)
    if not steps:
        return mask
    entered = ~_dilated(np.pad(~mask, steps, mode="edge"), steps)
    return _dilated(np.pad(entered, steps), steps)


def close_bays(labels: NDArray[np.int32], radius: float) -> NDArray[np.int32]:
    """Return `labels` with what a disc of `radius` pixels can't enter; gaps between two stay."""
    steps = round(radius)
    if not steps or not labels.any():
        return labels
    near = _dilated(np.pad(labels > 0, 2 * steps, mode="edge"), steps)
    bays = ~_dilated(~near, steps) & (labels == 0)
    return only_labels(bays, labels, steps)


def _dilated(wide: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    """Return which pixels have one of `wide` in a disc around them, without its margin."""
    return highest_in_disc(wide.view(np.uint8), steps).view(np.bool_)


def filled(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return `mask` with its holes: pixels that are not joined to the edge of the array."""
    outside = label(~mask, connectivity=1)
    hole = ~on_edge(outside, int(outside.max(initial=0)))
    hole[0] = True
    inside: NDArray[np.bool_] = hole[outside]
    return inside


def holes_of(labels: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return (rows, columns) connected parts 1…n outside `labels`, and the label around each.

    The second is (n + 1,) the one label next to a part, 0 where there is none or more than one,
    and for part 0.
    """
    holes = label(labels == 0, connectivity=1).astype(np.int32)
    lowest, highest = bordering(holes, labels, int(holes.max(initial=0)))
    return holes, np.where(lowest == highest, highest, 0)


def without_small(mask: NDArray[np.bool_], smallest: float, cut: float = 1.0) -> NDArray[np.bool_]:
    """Return `mask` without its connected parts of fewer than `smallest` pixels.

    Parts that the edge of the array cuts need only `cut` times as many.
    """
    parts = label(mask, connectivity=1)
    count = int(parts.max(initial=0))
    least = np.where(on_edge(parts, count), cut * smallest, smallest)
    large = areas(parts, count) >= least
    large[0] = False
    kept: NDArray[np.bool_] = large[parts]
    return kept


def renumber(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return labels 1…n without gaps, in the order of the old ones."""
    present = areas(labels, int(labels.max(initial=0))) > 0
    present[0] = False
    table = np.where(present, np.cumsum(present), 0).astype(np.int32)
    return table[labels]
