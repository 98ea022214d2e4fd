"""How well one label image agrees with another: objects, pixels and boundaries.

Every figure comes from counts that add up over fields (`Agreement`), so that the same code gives
those of one field and those of all fields together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import find_boundaries

from hpa_features.kernels.cpu.field.nearest import nearest
from hpa_features.kernels.cpu.field.owners import shared_runs
from hpa_features.segmentation.reconcile import in_raster_order
from hpa_features.segmentation.regions import areas, on_edge, pairs_of

PERCENTS = tuple(range(50, 100, 5))
"""Thresholds of intersection over union in percent: whole numbers, so that no rounding decides."""
_SLACK = 1 + 1e-9  # 0.96 µm of 0.32 µm are three pixels, whatever the last digit


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Boundary pixels of two masks, and how many of them have one of the other mask nearby.

    Attributes
    ----------
    predicted, reference
        Boundary pixels.
    predicted_near, reference_near
        Those within the tolerance of a boundary pixel of the other mask.
    """

    predicted: int = 0
    reference: int = 0
    predicted_near: int = 0
    reference_near: int = 0

    def __add__(self, other: Boundaries) -> Boundaries:
        """Return the counts of both."""
        return Boundaries(
            self.predicted + other.predicted,
            self.reference + other.reference,
            self.predicted_near + other.predicted_near,
            self.reference_near + other.reference_near,
        )

    @property
    def f1(self) -> float:
        """Harmonic mean of the two shares of near pixels; NaN where neither mask has any."""
        if not (self.predicted and self.reference):
            return 0.0 if self.predicted or self.reference else np.nan
        precision = self.predicted_near / self.predicted
        recall = self.reference_near / self.reference
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts that all scores are made of; those of several fields add up.

    Attributes
    ----------
    predicted, reference
        Number of objects.
    matched
        Matched pairs at each threshold of `PERCENTS`.
    best
        Sum, over the reference's objects, of the best intersection over union with a predicted one.
    common, joint
        Pixels of the intersections and unions of the aggregated Jaccard index.
    boundaries
        Boundary pixels; None without a tolerance.
    """

    predicted: int
    reference: int
    matched: tuple[int, ...]
    best: float
    common: int
    joint: int
    boundaries: Boundaries | None

    def __add__(self, other: Agreement) -> Agreement:
        """Return the counts of both; boundaries of those that have them."""
        boundaries = [each for each in (self.boundaries, other.boundaries) if each is not None]
        return Agreement(
            self.predicted + other.predicted,
            self.reference + other.reference,
            tuple(a + b for a, b in zip(self.matched, other.matched, strict=True)),
            self.best + other.best,
            self.common + other.common,
            self.joint + other.joint,
            sum(boundaries, Boundaries()) if boundaries else None,
        )

    def scores(self) -> Mapping[str, float]:
        """Return every score by its name, NaN where it is not defined.

        All are between 0 and 1, and 1 for equal masks. Without objects in either mask there is
        nothing to score: NaN. Where only one mask has objects, all are 0.

        AP50 … AP95
            Average precision TP / (TP + FP + FN) of objects matched at that intersection over
            union, as Cellpose and StarDist (there: accuracy) define it.
        AP
            Mean of those ten.
        F1
            2 TP / (2 TP + FP + FN) at 0.5.
        BestIoU
            Mean, over the reference's objects, of the best intersection over union.
        AJI
            Aggregated Jaccard index (Kumar et al. 2017, algorithm 1).
        BoundaryF1
            F1 of boundary pixels within the tolerance (Csurka et al. 2013, §3.2).
        """
        objects = self.predicted + self.reference
        precisions = [_ratio(each, objects - each) for each in self.matched]
        boundary = np.nan if self.boundaries is None or not objects else self.boundaries.f1
        best = _ratio(self.best, self.reference) if self.reference else 0.0
        return {
            **{f"AP{percent}": each for percent, each in zip(PERCENTS, precisions)},
            "AP": float(np.mean(precisions)),
            "F1": _ratio(2 * self.matched[0], objects),
            "BestIoU": best if objects else np.nan,
            "AJI": _ratio(self.common, self.joint),
            "BoundaryF1": boundary,
        }


_NOTHING = Agreement(0, 0, (0,) * len(PERCENTS), 0.0, 0, 0, None)


def pooled(each: Iterable[Agreement]) -> Agreement:
    """Return the counts of several fields together."""
    return sum(each, _NOTHING)


def mean_scores(each: Sequence[Agreement]) -> Mapping[str, float]:
    """Return each score's mean over the fields where it is defined, NaN without any."""
    names = _NOTHING.scores()
    table = np.array([[one.scores()[name] for name in names] for one in each])
    defined = ~np.isnan(table)
    sums, counts = np.where(defined, table, 0).sum(axis=0), defined.sum(axis=0)
    return {name: _ratio(float(a), int(n)) for name, a, n in zip(names, sums, counts, strict=True)}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else np.nan


@dataclass(frozen=True, slots=True)
class _Overlaps:
    """Pairs of objects that share pixels, by their places in the two masks.

    Attributes
    ----------
    predicted, reference
        (n,) places of the two objects of each pair, from 1.
    pixels, union
        (n,) pixels that they share, and that they cover together.
    sizes
        Pixels of each predicted and of each reference object, that of place 0 not counted.
    """

    predicted: NDArray[np.int64]
    reference: NDArray[np.int64]
    pixels: NDArray[np.int64]
    union: NDArray[np.int64]
    sizes: tuple[NDArray[np.int64], NDArray[np.int64]]

    @classmethod
    def of(cls, predicted: NDArray[np.int32], reference: NDArray[np.int32]) -> _Overlaps:
        """Return the pairs of two masks whose objects are numbered 1…n."""
        sizes = (
            areas(predicted, int(predicted.max(initial=0))),
            areas(reference, int(reference.max(initial=0))),
        )
        start, stop = shared_runs(predicted, reference)
        shared = pairs_of(predicted.ravel()[start], reference.ravel()[start], stop - start)
        one, other, pixels = (each[shared[1] > 0] for each in shared)
        return cls(one, other, pixels, sizes[0][one] + sizes[1][other] - pixels, sizes)

    def at_least(self, percent: int) -> NDArray[np.bool_]:
        """Return which pairs have an intersection over union of at least `percent`."""
        reached: NDArray[np.bool_] = 100 * self.pixels >= percent * self.union
        return reached

    def matched(self, percent: int) -> int:
        """Return the most pairs that can be matched, each object once, at 50 percent or more.

        Above one half an object reaches the threshold with one other at most. At one half exactly
        it can with two: then they are its two halves, and lie in no other object. So the pairs
        form separate stars, each of which gives one match, and a star has one object more than
        pairs.
        """
        pairs = self.at_least(percent)
        objects = len(np.unique(self.predicted[pairs])) + len(np.unique(self.reference[pairs]))
        return int(objects - np.count_nonzero(pairs))

    def best(self) -> NDArray[np.intp]:
        """Return, for each reference object with a pair, that of the best intersection over union.

        On ties the one that shares most pixels, then the predicted object that comes first.
        """
        ratio = self.pixels / self.union
        order = np.lexsort((self.predicted, -self.pixels, -ratio, self.reference))
        _, first = np.unique(self.reference[order], return_index=True)
        chosen: NDArray[np.intp] = order[first]
        return chosen


def agreement(
    predicted: NDArray[np.integer],
    reference: NDArray[np.integer],
    tolerance_px: float | None = None,
) -> Agreement:
    """Return how well `predicted` agrees with `reference`.

    Parameters
    ----------
    predicted, reference
        (rows, columns) labels of any values, 0 is outside. A label is one object, also where its
        pixels are not connected.
    tolerance_px
        Distance in pixels at which boundary pixels count as the same; None: no boundaries.

    Notes
    -----
    Boundary pixels are those of an object with one of another object or of the outside next to
    them (4-connected); an edge of the image is not a boundary. AP and F1 are the same the other way
    round; BestIoU and the aggregated Jaccard index are not.
    """
    (_, one), (_, other) = in_raster_order(predicted), in_raster_order(reference)
    pairs = _Overlaps.of(one, other)
    best = pairs.best()
    alone = [np.ones(len(each), np.bool_) for each in pairs.sizes]
    alone[0][pairs.predicted[best]] = alone[1][pairs.reference[best]] = False
    rest = sum(int(each[1:][free[1:]].sum()) for each, free in zip(pairs.sizes, alone))
    return Agreement(
        predicted=len(pairs.sizes[0]) - 1,
        reference=len(pairs.sizes[1]) - 1,
        matched=tuple(pairs.matched(percent) for percent in PERCENTS),
        best=float((pairs.pixels[best] / pairs.union[best]).sum()),
        common=int(pairs.pixels[best].sum()),
        joint=int(pairs.union[best].sum()) + rest,
        boundaries=None if tolerance_px is None else _boundaries(one, other, tolerance_px),
    )


def without_border(
    predicted: NDArray[np.integer], reference: NDArray[np.integer]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return both masks without border objects, numbered in raster order.

    Those that touch the edge of the image, and those that match one of them in the other mask
    (intersection over union of at least one half): an object whose outline ends one pixel before
    the edge is not an error where its counterpart is not counted.
    """
    (_, one), (_, other) = in_raster_order(predicted), in_raster_order(reference)
    pairs = _Overlaps.of(one, other)
    match = pairs.at_least(PERCENTS[0])
    at_edge = [on_edge(each, len(sizes) - 1) for each, sizes in zip((one, other), pairs.sizes)]
    out = [each.copy() for each in at_edge]
    np.logical_or.at(out[0], pairs.predicted[match], at_edge[1][pairs.reference[match]])
    np.logical_or.at(out[1], pairs.reference[match], at_edge[0][pairs.predicted[match]])
    return np.where(out[0][one], 0, one), np.where(out[1][other], 0, other)


def _boundaries(
    predicted: NDArray[np.int32], reference: NDArray[np.int32], tolerance: float
) -> Boundaries:
    one, other = (
        find_boundaries(each, connectivity=1, mode="inner") for each in (predicted, reference)
    )
    return Boundaries(
        predicted=int(np.count_nonzero(one)),
        reference=int(np.count_nonzero(other)),
        predicted_near=_near(one, other, tolerance),
        reference_near=_near(other, one, tolerance),
    )


def _near(pixels: NDArray[Any], others: NDArray[Any], tolerance: float) -> int:
    """Return how many of `pixels` have one of `others` within `tolerance`."""
    distance, _ = nearest(others.astype(np.int32))
    return int(np.count_nonzero(distance[pixels] <= tolerance * _SLACK))
