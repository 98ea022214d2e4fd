"""Rows that show the same thing: found in tables, and joined with the groups that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.folds import Rows


def joined_groups(groups: Rows, pairs: NDArray[np.int64]) -> Rows:
    """Return groups that also hold together the rows of each pair, and what these bring along.

    Connected components of the graph whose nodes are the given groups and whose edges are pairs.

    Parameters
    ----------
    groups
        (rows,) 0…n−1: known groups.
    pairs
        (pairs, 2) row numbers.

    Returns
    -------
    NDArray[np.intp]
        (rows,) numbered from 0 as they appear.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = int(groups.max(initial=-1)) + 1
    ends = groups[pairs].reshape(-1, 2).T
    graph = coo_array((np.ones(len(pairs), np.bool_), (ends[0], ends[1])), shape=(size, size))
    joined = connected_components(graph, directed=False)[1][groups]
    return numbered(joined)


def numbered(values: NDArray[Any]) -> Rows:
    """Return equal values as equal numbers, from 0 in the order in which they first appear."""
    _, first, which = np.unique(values, return_index=True, return_inverse=True)
    place = np.empty(len(first), np.intp)
    place[np.argsort(first)] = np.arange(len(first))
    return place[which.reshape(-1)]


def identical_rows(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return (pairs, 2) int64: each row and the next one with the same values, NaN equal to NaN."""
    plain = np.where(np.isnan(values), np.float32("nan"), values + np.float32(0))  # −0 is 0
    rows = np.ascontiguousarray(plain).view(
        np.dtype((np.void, plain.dtype.itemsize * plain.shape[1]))
    )
    which = numbered(rows.reshape(-1))
    order = np.argsort(which, kind="stable")
    again = np.flatnonzero(np.diff(which[order]) == 0)
    return np.column_stack((order[again], order[again + 1])).astype(np.int64)
