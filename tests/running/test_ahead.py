"""The next item is made while this one is used."""

from __future__ import annotations

from threading import Event

import pytest

from hpa_features.running.ahead import one_ahead

PATIENCE_S = 60


def test_items_come_in_order_and_each_is_made_while_the_one_before_is_used():
    made = [Event() for _ in range(3)]

    def items():
        for number in range(3):
            made[number].set()
            yield number

    given = []
    with one_ahead(items()) as coming:
        for number in coming:
            assert made[min(number + 1, 2)].wait(PATIENCE_S)
            given.append(number)
    assert given == [0, 1, 2]


def test_only_one_is_made_ahead():
    begun = [0]

    def items():
        for number in range(9):
            begun[0] = number
            yield number

    with one_ahead(items()) as coming:
        assert next(coming) == 0
    assert begun[0] <= 1


def test_what_making_an_item_raises_is_raised_in_its_place():
    def items():
        yield 1
        raise KeyError("two")

    given = []
    with pytest.raises(KeyError, match="two"), one_ahead(items()) as coming:
        given.extend(iter(lambda: next(coming), None))
    assert given in ([], [1])


def test_the_item_in_progress_is_finished_when_the_caller_leaves():
    finished = []

    def items():
        for number in range(3):
            finished.append(number)
            yield number

    def leave_early():
        with one_ahead(items()) as coming:
            next(coming)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        leave_early()
    before = list(finished)
    assert before in ([0], [0, 1])
    assert list(items()) == [0, 1, 2]  # the thread is gone: nothing else runs
