"""The cut above which a probability means yes, chosen for F1.

Lipton, Elkan & Naryanaswamy 2014 ("Optimal thresholding of classifiers to maximize F1 measure",
ECML PKDD): with calibrated probabilities the best cut is half the F1 that the best cut reaches.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Labels that cannot be learned are always or never predicted.
ALWAYS, NEVER = 0.0, 1.0
_WORTH_FLOODING = 0.2


def best_f1(truth: NDArray[np.bool_], probability: Floats, weights: Floats | None = None) -> float:
    """Return the greatest F1 over all cuts; rows of equal probability stand together.

    Parameters
    ----------
    truth, probability
        (rows,), at least one row positive.
    weights
        (rows,) what each row counts, above 0; None: 1.
    """
    order = np.argsort(-probability, kind="stable")
    ranked = probability[order]
    counts = np.ones(len(truth)) if weights is None else weights[order]
    last_of_tie = np.append(ranked[1:] != ranked[:-1], True)
    hits = np.cumsum(counts * truth[order])
    taken = np.cumsum(counts)[last_of_tie]
    return float(np.max(2 * hits[last_of_tie] / (taken + hits[-1])))


def half_best_f1(
    truth: NDArray[np.bool_], probability: Floats, weights: Floats | None = None
) -> float:
    """Return the cut F*/2 of one label's calibrated out-of-fold probabilities (rule ``auto``)."""
    return best_f1(truth, probability, weights) / 2


def prevalence_cut(prevalence: float) -> float:
    """Return the threshold of a label that is decided by its share π alone.

    `ALWAYS` where predicting every row reaches F1 = 2π/(1 + π) ≥ 0.2, else `NEVER`, which no
    clipped probability reaches.
    """
    return ALWAYS if 2 * prevalence / (1 + prevalence) >= _WORTH_FLOODING else NEVER
