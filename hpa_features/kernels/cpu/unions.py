"""Disjoint sets, each a tree in which members name their parent."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def root_of(parents: NDArray[np.int64], member: int) -> int:
    """Return the root of a member's set, a member that is its own parent; shorten the way to it."""
    while parents[member] != member:
        parents[member] = parents[parents[member]]
        member = parents[member]
    return member
