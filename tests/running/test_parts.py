from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hpa_features.running.parts import FEWEST, LARGEST, cut, part_name


@given(count=st.integers(0, 500), jobs=st.integers(1, 64))
def test_parts_are_the_fields_in_order_and_never_large(count, jobs):
    parts = cut(range(count), jobs)
    assert [item for part in parts for item in part] == list(range(count))
    assert all(1 <= len(part) <= LARGEST for part in parts)


@given(jobs=st.integers(1, 64), extra=st.integers(0, 200))
def test_every_job_has_a_part_when_there_is_a_field_for_it(jobs, extra):
    assert len(cut(range(jobs + extra), jobs)) >= jobs


@given(jobs=st.integers(1, 16), extra=st.integers(0, 500))
def test_parts_are_not_small_when_there_are_many_fields_for_each_job(jobs, extra):
    sizes = [len(part) for part in cut(range(FEWEST * jobs + extra), jobs)]
    assert min(sizes) >= FEWEST
    assert max(sizes) - min(sizes) <= 1


def test_names_depend_on_the_ids_and_their_order_alone():
    assert part_name(["a", "b"]) == part_name(("a", "b"))
    assert part_name(["a", "b"]) != part_name(["b", "a"])
    assert part_name(["a", "b"]) != part_name(["ab"])
