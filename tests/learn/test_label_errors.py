"""Labels in doubt, by the definition and on labels that were turned over on purpose."""

from __future__ import annotations

import numpy as np

from hpa_features.learn.label_errors import label_errors


def by_definition(given, likely):
    """Northcutt 2021: the confident class of each row, where it has one, against the given."""
    means = {
        True: np.mean([p for g, p in zip(given, likely) if g]),
        False: np.mean([1 - p for g, p in zip(given, likely) if not g]),
    }
    doubted = set()
    for row, (g, p) in enumerate(zip(given, likely)):
        of_class = {True: p, False: 1 - p}
        confident = [each for each in (True, False) if of_class[each] >= means[each]]
        if confident and max(confident, key=lambda each: of_class[each]) != g:
            doubted.add(row)
    return doubted


def turned(seed, rows=400, share=0.3, wrong=12):
    """True labels, given labels of which `wrong` are turned over, and probabilities that know."""
    rng = np.random.default_rng(seed)
    true = rng.random(rows) < share
    likely = np.clip(np.where(true, 0.85, 0.08) + 0.05 * rng.normal(size=rows), 0.01, 0.99)
    flipped = rng.choice(rows, wrong, replace=False)
    given = true.copy()
    given[flipped] ^= True
    return given, likely, set(flipped.tolist())


def test_doubts_are_those_of_the_definition():
    for seed in range(5):
        given, likely, _ = turned(seed)
        found = label_errors(given[:, None], likely[:, None], [0])
        assert {each.row for each in found} == by_definition(given.tolist(), likely.tolist())


def test_labels_turned_over_come_first():
    given, likely, flipped = turned(3)
    found = label_errors(given[:, None], likely[:, None], [0])
    surely = {each.row for each in found if each.doubt > 0.5}
    assert surely <= flipped
    assert len(surely) >= 10
    doubts = [each.doubt for each in found]
    assert doubts == sorted(doubts, reverse=True)


def test_doubt_is_about_what_is_given():
    given, likely, _ = turned(1)
    for each in label_errors(given[:, None], likely[:, None], [0]):
        assert each.given == given[each.row]
        assert each.doubt == (1 - likely[each.row] if each.given else likely[each.row])


def test_labels_of_one_class_and_labels_left_out_are_not_doubted():
    given, likely, _ = turned(2)
    truth = np.column_stack([given, np.ones_like(given), given])
    found = label_errors(truth, np.column_stack([likely] * 3), [0, 1])
    assert {each.label for each in found} == {0}
