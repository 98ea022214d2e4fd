"""Overview of a report: figures and curves of a model's out-of-fold predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hpa_features.io.bundle import Bundle
from hpa_features.learn.confusion import confused, together
from hpa_features.learn.intervals import wilson
from hpa_features.learn.reliability import bins_of
from hpa_features.learn.scores import Scores, score
from hpa_features.report.overview import Bin, LabelFigures, Overview, Pairs

if TYPE_CHECKING:
    from hpa_features.io.oof import OutOfFold

# Points of a drawn curve: closer ones would lie in the same pixel.
_MOST_POINTS = 80


def overview_of(bundle: Bundle, draws: int, seed: int) -> Overview:
    """Return what the overview shows; `draws` and `seed` are of the bootstrap."""
    oof = bundle.oof
    scores = score(
        oof.labels,
        oof.truth,
        oof.decision,
        oof.nested,
        oof.groups,
        ranking=oof.ranking,
        draws=draws,
        seed=seed,
    )
    missed = (oof.truth & ~oof.decision).sum(axis=0)
    return Overview(
        kind=str(bundle.facts["report"]["kind"]),
        macro_f1=scores.macro_f1,
        low=scores.interval[0],
        high=scores.interval[1],
        mean_ap=scores.map,
        rows=scores.rows,
        groups=scores.groups,
        features=len(bundle.facts["features"]),
        labels=tuple(_figures(bundle, scores, at) for at in range(len(oof.labels))),
        missed=_pairs(oof, confused(oof.truth, oof.decision), missed),
        together=_pairs(oof, together(oof.truth), oof.truth.sum(axis=0)),
    )


def _figures(bundle: Bundle, scores: Scores, at: int) -> LabelFigures:
    oof, facts = bundle.oof, bundle.facts["labels"][at]
    found = scores.labels[oof.labels[at]]
    groups = np.asarray(oof.groups, dtype=object)
    return LabelFigures(
        name=oof.labels[at],
        supported=bool(facts["supported"]),
        rows=found.support,
        groups=len(set(groups[oof.truth[:, at]])),
        f1=found.f1,
        low=found.interval[0],
        high=found.interval[1],
        precision=found.precision,
        recall=found.recall,
        ap=found.ap,
        brier=found.brier,
        ece=found.calibration_error,
        threshold=float(facts["threshold"]),
        curve=_curve(oof.truth[:, at], oof.ranking[:, at]),
        bins=_bins(oof.truth[:, at], oof.nested[:, at]),
    )


def _curve(
    truth: NDArray[np.bool_], ranking: NDArray[np.float64]
) -> tuple[tuple[float, float], ...]:
    """Return (recall, precision) by falling rank, thinned where a picture shows no difference."""
    from sklearn.metrics import precision_recall_curve

    if not truth.any():
        return ()
    precision, recall, _ = precision_recall_curve(truth, ranking, drop_intermediate=True)
    at = np.unique(np.linspace(0, len(recall) - 1, _MOST_POINTS).round().astype(int))
    return tuple((float(recall[point]), float(precision[point])) for point in at[::-1])


def _bins(truth: NDArray[np.bool_], probability: NDArray[np.float64]) -> tuple[Bin, ...]:
    which = bins_of(probability)
    rows = np.bincount(which)
    hits = np.bincount(which, weights=truth.astype(np.float64))
    means = np.bincount(which, weights=probability)
    full = np.flatnonzero(rows)
    trials = rows[full].astype(np.float64)
    spans = wilson(hits[full].astype(np.float64), trials)
    return tuple(
        Bin(
            probability=float(means[at] / rows[at]),
            share=float(hits[at] / rows[at]),
            low=float(span[0]),
            high=float(span[1]),
            rows=int(rows[at]),
        )
        for at, span in zip(full.tolist(), spans)
    )


def _pairs(oof: OutOfFold, counts: NDArray[np.int64], totals: NDArray[np.intp]) -> Pairs:
    return Pairs(
        labels=oof.labels,
        counts=tuple(tuple(int(each) for each in row) for row in counts),
        totals=tuple(int(each) for each in totals),
    )
