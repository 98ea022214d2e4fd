"""Examples of a label: the right rows of each kind, each row once, one of a group a kind."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hpa_features.learn.exemplars import Shows, examples_of

ROW = st.tuples(st.booleans(), st.floats(0, 1), st.integers(0, 5))


def test_each_kind_is_found():
    truth = np.array([1, 1, 1, 0, 0, 0, 0], dtype=bool)
    probability = np.array([0.9, 0.8, 0.1, 0.7, 0.45, 0.2, 0.01])
    found = examples_of(truth, probability >= 0.5, probability, 0.5, tuple("abcdefg"))
    assert [(each.row, each.shows) for each in found] == [
        (0, Shows.HIGHEST),
        (1, Shows.HIGHEST),
        (2, Shows.MISSED),
        (3, Shows.INVENTED),
        (4, Shows.NEAR),
        (6, Shows.LOWEST),
    ]


@given(st.lists(ROW, min_size=1, max_size=30), st.floats(0, 1))
def test_rows_are_of_their_kind_and_shown_once(rows, threshold):
    truth = np.array([row[0] for row in rows])
    probability = np.array([row[1] for row in rows])
    groups = [str(row[2]) for row in rows]
    decision = probability >= threshold
    found = examples_of(truth, decision, probability, threshold, groups)
    assert len({each.row for each in found}) == len(found) <= 8
    for each in found:
        kind = (bool(truth[each.row]), bool(decision[each.row]))
        wanted = {
            Shows.HIGHEST: (True, True),
            Shows.MISSED: (True, False),
            Shows.INVENTED: (False, True),
            Shows.LOWEST: (False, False),
        }
        assert wanted.get(each.shows, kind) == kind
    for shows in Shows:
        of_kind = [groups[each.row] for each in found if each.shows is shows]
        assert len(set(of_kind)) == len(of_kind)
    best = [each.row for each in found if each.shows is Shows.HIGHEST]
    right = truth & decision
    assert bool(best) == right.any()
    if best:
        assert probability[best[0]] == probability[right].max()
