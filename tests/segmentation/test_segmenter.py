"""The contract of every segmenter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_fields import draw, one_nucleus

from hpa_features.core.errors import FieldError
from hpa_features.core.settings import SegmenterName, SegmentSettings
from hpa_features.core.types import GivenMasks
from hpa_features.segmentation import prepared_segmenter, segmenter, segmenter_of

RESOLVED = list(segmenter.SEGMENTERS)  # Cellpose has settings, and tests of its own


@pytest.fixture(scope="module")
def fields():
    """Three fields of other sizes and cells, each with masks of its own."""
    places = ([(20, 20)], [(20, 20), (60, 60)], [(20, 60), (60, 20), (60, 60)])
    drawn = [
        draw([one_nucleus(*each) for each in cells], size=256 + 16 * n)
        for n, cells in enumerate(places)
    ]
    return [replace(each.field, given=GivenMasks(each.cells * 5, each.nuclei)) for each in drawn]


def same(one, other):
    return np.array_equal(one.cells, other.cells) and np.array_equal(one.nuclei, other.nuclei)


@pytest.mark.parametrize("name", RESOLVED)
def test_a_batch_is_its_fields_one_by_one_in_order(name, fields):
    chosen = prepared_segmenter(SegmentSettings(segmenter=name))
    together = chosen.segment(fields)
    alone = [chosen.segment([field])[0] for field in fields]
    assert len(together) == len(fields)
    assert all(map(same, together, alone))
    counts = [1, 1, 1] if name is SegmenterName.WHOLE_FIELD else [1, 2, 3]
    assert [masks.count for masks in together] == counts
    backwards = chosen.segment(fields[::-1])
    assert all(map(same, together, backwards[::-1]))
    assert chosen.segment([]) == []


@pytest.mark.parametrize("name", RESOLVED)
def test_given_masks_change_the_cells_only_where_they_are_taken(name, fields):
    chosen = segmenter_of(SegmentSettings(segmenter=name))
    field = replace(fields[0], given=GivenMasks(np.full(fields[0].shape, 7, np.int32), None))
    [masks] = chosen.segment([field])
    taken = masks.object_numbers.tolist() == [7]
    assert taken is chosen.takes_given


def test_a_field_without_given_masks_is_refused_or_done_by_watershed(fields):
    field = replace(fields[1], given=None)
    with pytest.raises(FieldError, match="no given masks") as caught:
        segmenter_of(SegmentSettings(segmenter="precomputed")).segment([field])
    assert caught.value.stage == "masks"
    assert "--masks" in caught.value.hint
    [found] = segmenter_of(SegmentSettings(segmenter="watershed")).segment([field])
    either = segmenter_of(SegmentSettings(segmenter="precomputed-or-watershed"))
    given, not_given = either.segment([fields[0], field])
    assert same(not_given, found)
    assert not_given.notes == {segmenter.NOT_GIVEN: 1}
    assert given.object_numbers.tolist() == [5]
    assert segmenter.NOT_GIVEN not in given.notes


def test_digests_differ_between_segmenters_and_versions(monkeypatch):
    def digests():
        return {segmenter_of(SegmentSettings(segmenter=name)).digest for name in RESOLVED}

    before = digests()
    assert len(before) == len(RESOLVED)
    assert all(len(each) == 64 for each in before)
    assert digests() == before
    monkeypatch.setattr(segmenter, "VERSION", segmenter.VERSION + 1)
    assert not before & digests()


def test_a_segmenter_is_prepared_once_a_process_and_settings(monkeypatch):
    class Heavy:
        takes_given, digest, prepared = False, "heavy", 0

        def prepare(self):
            self.prepared += 1

        def segment(self, fields):
            return [None for _ in fields]

    heavy = Heavy()
    monkeypatch.setattr(segmenter, "SEGMENTERS", {SegmenterName.WATERSHED: heavy})
    prepared_segmenter.cache_clear()
    wanted = SegmentSettings(segmenter=SegmenterName.WATERSHED)
    assert [prepared_segmenter(replace(wanted)) for _ in range(4)] == [heavy] * 4
    assert heavy.prepared == 1
    prepared_segmenter(replace(wanted, retry_failed=True))
    assert heavy.prepared == 2
    prepared_segmenter.cache_clear()
