"""Scores of label images, from their definitions, one object after another."""

from __future__ import annotations

from itertools import product

import numpy as np


def objects(labels):
    """Return each object as the set of its pixels, in raster order of their first."""
    found = {}
    for place, value in np.ndenumerate(labels):
        if value:
            found.setdefault(int(value), set()).add(place)
    return list(found.values())


def iou(one, other):
    return len(one & other) / len(one | other)


def most_matches(predicted, reference, threshold):
    """Return the most pairs, each object once (all ways are tried: few pairs reach one half)."""
    pairs = [
        (p, r)
        for p, r in product(range(len(predicted)), range(len(reference)))
        if iou(predicted[p], reference[r]) >= threshold
    ]

    def most(at, used_p, used_r):
        if at == len(pairs):
            return 0
        p, r = pairs[at]
        without = most(at + 1, used_p, used_r)
        if p in used_p or r in used_r:
            return without
        return max(without, 1 + most(at + 1, used_p | {p}, used_r | {r}))

    return most(0, frozenset(), frozenset())


def average_precision(predicted, reference, threshold):
    """Return TP / (TP + FP + FN)."""
    one, other = objects(predicted), objects(reference)
    true = most_matches(one, other, threshold)
    return true / (len(one) + len(other) - true)


def aggregated_jaccard(predicted, reference):
    """Return Kumar's index: unions also take in the predicted objects that nobody chose."""
    one, other = objects(predicted), objects(reference)
    common = joint = 0
    used = set()
    for each in other:
        candidates = [at for at in range(len(one)) if one[at] & each]
        if not candidates:
            joint += len(each)
            continue
        best = max(candidates, key=lambda at: (iou(one[at], each), len(one[at] & each), -at))
        common += len(one[best] & each)
        joint += len(one[best] | each)
        used.add(best)
    joint += sum(len(each) for at, each in enumerate(one) if at not in used)
    return common / joint


def boundary(labels):
    """Return the pixels of objects that have another label above, below, left or right."""
    rows, columns = labels.shape
    found = []
    for (r, c), value in np.ndenumerate(labels):
        around = [(r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)]
        inside = [(a, b) for a, b in around if 0 <= a < rows and 0 <= b < columns]
        if value and any(labels[place] != value for place in inside):
            found.append((r, c))
    return found


def boundary_f1(predicted, reference, tolerance):
    """Return F1 of boundary pixels that have one of the other mask within the tolerance."""
    one, other = boundary(predicted), boundary(reference)

    def share(pixels, others):
        near = [any(np.hypot(a - c, b - d) <= tolerance for c, d in others) for a, b in pixels]
        return np.mean(near)

    precision, recall = share(one, other), share(other, one)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
