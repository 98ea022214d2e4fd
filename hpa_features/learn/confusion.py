"""Which labels stand for which: pairs of labels in the same row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.bool_]


def confused(truth: Bits, decision: Bits) -> NDArray[np.int64]:
    """Return (labels, labels) rows where the first label was missed and the second invented.

    A row may have several labels, so it counts once for every such pair.

    Parameters
    ----------
    truth, decision
        (rows, labels) bool.
    """
    missed, invented = truth & ~decision, decision & ~truth
    return missed.T.astype(np.int64) @ invented.astype(np.int64)


def together(truth: Bits) -> NDArray[np.int64]:
    """Return (labels, labels) rows that have both labels; the diagonal counts each label."""
    counts = truth.astype(np.int64)
    return counts.T @ counts
