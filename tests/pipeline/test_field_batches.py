"""Batches of fields: what is in progress, what fails alone, and how two steps overlap."""

from __future__ import annotations

from threading import Event

import numpy as np
import pytest

from hpa_features.core.errors import FieldError, UsageError
from hpa_features.core.types import Channel, Field, FieldSource
from hpa_features.pipeline.field_batches import Ahead, map_batches

PATIENCE_S = 60
PART = tuple(FieldSource(f"f{number}", {}) for number in range(6))
WAYS = {"in turn": 0, "one reader": 1, "three readers": 3}


class Told:
    """A monitor that keeps what is in progress after each message, and counts what is done."""

    def __init__(self):
        self.items, self.count = [()], 0

    def begin(self, *items):
        self.items.append(items)

    def done(self, count=1):
        self.items.append(())
        self.count += count


def read(source):
    if source.id == "f1":
        raise FieldError("broken", stage="read")
    plane = np.zeros((2, 5), np.uint8)
    return Field(source.id, {Channel.DNA: plane}, {Channel.DNA: 255}, pixel_size_um=0.3)


def prepare(fields):
    return [each.id for each in fields]


def finish(ids):
    return [each.upper() for each in ids]


def mapped(readers, *, prepare=prepare, finish=finish, full=20, told=None):
    """Map batches of two fields, in two steps where there are readers."""
    ahead = Ahead(prepare, finish, readers) if readers else None
    return map_batches(
        PART,
        read,
        lambda fields: finish(prepare(fields)),
        told or Told(),
        full=full,
        ahead=ahead,
    )


@pytest.mark.parametrize("readers", WAYS.values(), ids=WAYS)
def test_every_field_has_a_result_in_order_or_fails_with_its_stage(readers):
    told = Told()
    done, failed = mapped(readers, told=told)
    assert list(done.items()) == [(f"f{k}", f"F{k}") for k in (0, 2, 3, 4, 5)]
    assert [(each.id, each.failure.stage) for each in failed] == [("f1", "read")]
    assert told.count == len(PART)
    assert told.items[-1] == ()
    assert {each for items in told.items for each in items} == {each.id for each in PART}


def test_a_field_is_in_progress_from_when_it_is_read_until_its_batch_is_done():
    told = Told()
    mapped(0, told=told)
    assert told.items[1:] == [
        ("f0",),
        *[("f0", "f1"), (), ("f0",)],  # f1 failed
        *[("f0", "f2"), ()],
        *[("f3",), ("f3", "f4"), ()],
        *[("f5",), ()],
    ]


def test_the_next_batch_is_prepared_while_one_is_finished():
    prepared = {each.id: Event() for each in PART}

    def preparing(fields):
        for each in fields:
            prepared[each.id].set()
        return prepare(fields)

    def finishing(ids):
        after = {"f2": "f3", "f4": "f5"}.get(ids[-1])
        assert after is None or prepared[after].wait(PATIENCE_S)
        return finish(ids)

    done, _ = mapped(2, prepare=preparing, finish=finishing)
    assert len(done) == 5


@pytest.mark.parametrize("step", ["prepare", "finish"])
@pytest.mark.parametrize("readers", WAYS.values(), ids=WAYS)
def test_of_a_batch_that_fails_only_the_bad_field_does(step, readers):
    def failing(how):
        def fails(batch):
            if any(getattr(each, "id", each) == "f3" for each in batch):
                raise ValueError("no such value")
            return how(batch)

        return fails

    steps = {"prepare": prepare, "finish": finish}
    done, failed = mapped(readers, full=10**6, **steps | {step: failing(steps[step])})
    assert list(done) == ["f0", "f2", "f4", "f5"]
    assert [each.id for each in failed] == ["f1", "f3"]
    assert "no such value" in failed[1].failure.error


@pytest.mark.parametrize("step", ["prepare", "finish"])
@pytest.mark.parametrize("readers", WAYS.values(), ids=WAYS)
def test_what_concerns_all_fields_ends_the_run(step, readers):
    def refused(_):
        raise UsageError("the GPU is gone")

    with pytest.raises(UsageError, match="gone"):
        mapped(readers, **{step: refused})


def test_memory_that_is_short_for_a_step_ahead_may_do_without_it():
    tried = []

    def short_at_first(fields):
        tried.append(len(fields))
        if tried.count(len(fields)) == 1:
            raise MemoryError
        return prepare(fields)

    done, failed = mapped(1, prepare=short_at_first, full=10**6)
    assert tried == [5, 5]
    assert (len(done), len(failed)) == (5, 1)
