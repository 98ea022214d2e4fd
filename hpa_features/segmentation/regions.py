"""Labelled regions: values by region, where two regions meet, which of them are one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from skimage.measure import label
from skimage.morphology import disk

_NEIGHBOURS = (
    (np.s_[:, :-1], np.s_[:, 1:]),
    (np.s_[:-1, :], np.s_[1:, :]),
    (np.s_[:-1, :-1], np.s_[1:, 1:]),
    (np.s_[:-1, 1:], np.s_[1:, :-1]),
)


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
    here: NDArray[np.intp]
    there: NDArray[np.intp]


def contacts(labels: NDArray[np.int32]) -> list[Contact]:
    """Return every pair of regions that share an edge or a corner, ordered by label."""
    index = np.arange(labels.size).reshape(labels.shape)
    firsts, seconds = [], []
    for here, there in _NEIGHBOURS:
        meet = (labels[here] != labels[there]) & (labels[here] > 0) & (labels[there] > 0)
        firsts.append(index[here][meet])
        seconds.append(index[there][meet])
    first, second = np.concatenate(firsts), np.concatenate(seconds)
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
    values: NDArray[np.floating], labels: NDArray[np.int32], q: float
) -> NDArray[np.float64]:
    """Return the `q`-quantile of `values` in each label 0…n; 0 where a label has no pixel."""
    flat = labels.ravel()
    order = np.argsort(flat, kind="stable")
    sizes = np.bincount(flat)
    parts = np.split(values.ravel()[order], np.cumsum(sizes)[:-1])
    return np.array([np.quantile(part, q) if len(part) else 0.0 for part in parts])


def areas(labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return pixels of each label 0…count."""
    return np.bincount(labels.ravel(), minlength=count + 1)


def on_edge(labels: NDArray[np.int32], count: int) -> NDArray[np.bool_]:
    """Return for each label 0…count whether it touches the edge of the array."""
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return np.bincount(rim, minlength=count + 1) > 0


def opened(mask: NDArray[np.bool_], radius: float) -> NDArray[np.bool_]:
    """Return `mask` without what a disc of `radius` pixels can't enter; the edge is no border."""
    steps = round(radius)
    if not steps:
        return mask
    padded = np.pad(mask, steps, mode="edge")
    wide: NDArray[np.bool_] = ndi.binary_opening(padded, disk(steps))
    return wide[steps:-steps, steps:-steps]


def close_bays(labels: NDArray[np.int32], radius: float) -> NDArray[np.int32]:
    """Return `labels` with what a disc of `radius` pixels can't enter; gaps between two stay."""
    steps = round(radius)
    if not steps or not labels.any():
        return labels
    padded = np.pad(labels > 0, steps, mode="edge")
    closed = ndi.binary_closing(padded, disk(steps))[steps:-steps, steps:-steps]
    size = 2 * steps + 1
    highest = ndi.maximum_filter(labels, size=size)
    lowest = ndi.minimum_filter(np.where(labels > 0, labels, labels.max()), size=size)
    return np.where(closed & (labels == 0) & (lowest == highest), highest, labels)


def without_small(mask: NDArray[np.bool_], smallest: float) -> NDArray[np.bool_]:
    """Return `mask` without its connected parts of fewer than `smallest` pixels."""
    parts = label(mask, connectivity=1)
    large = areas(parts, int(parts.max(initial=0))) >= smallest
    large[0] = False
    kept: NDArray[np.bool_] = large[parts]
    return kept


def renumber(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return labels 1…n without gaps, in the order of the old ones."""
    present = np.bincount(labels.ravel()) > 0
    present[0] = False
    table = np.where(present, np.cumsum(present), 0).astype(np.int32)
    return table[labels]
