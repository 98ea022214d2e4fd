from __future__ import annotations

import numpy as np
import pytest
from drawn_fields import DrawnCell, Ellipse, draw, one_nucleus
from PIL import Image

from hpa_features.report.overlay import (
    CELL,
    LEGEND_PX,
    NO_NUCLEUS,
    NUCLEUS,
    OTHER,
    beside,
    overlay,
    write_picture,
)
from hpa_features.segmentation.reconcile import reconcile


def drawn_masks(cells):
    drawn = draw(cells, size=200)
    return drawn.field, reconcile(drawn.cells, drawn.nuclei)


def count(picture, colour):
    return int((picture == np.array(colour, np.uint8)).all(axis=-1).sum())


def test_one_whole_cell_has_a_closed_outline_and_a_nucleus():
    field, masks = drawn_masks([one_nucleus(32, 32)])
    picture = overlay(field, masks)
    assert picture.shape == (8 * 200 + LEGEND_PX, 8 * 200, 3)
    assert picture.dtype == np.uint8
    assert count(picture, NUCLEUS) > 0
    assert count(picture, CELL) > 0
    assert count(picture, NO_NUCLEUS) == 0


def test_a_border_cell_is_dashed():
    whole, cut = drawn_masks([one_nucleus(32, 32)]), drawn_masks([one_nucleus(32, 2)])
    solid, dashed = (count(overlay(*each)[:1500], CELL) for each in (whole, cut))
    assert 100 < dashed < 0.6 * solid


def test_a_cell_without_nucleus_has_its_own_colour():
    field, masks = drawn_masks([DrawnCell(Ellipse(32, 32, 15, 12), ())])
    assert count(overlay(field, masks), NO_NUCLEUS) > 100


@pytest.mark.parametrize("size", [1, 5])
def test_tiny_and_empty_fields_can_be_drawn(size):
    drawn = draw([], size=size)
    masks = reconcile(drawn.cells, drawn.nuclei)
    assert overlay(drawn.field, masks).ndim == 3


def test_er_may_be_absent():
    drawn = draw([one_nucleus(32, 32)], size=200, er=False)
    assert overlay(drawn.field, reconcile(drawn.cells, drawn.nuclei)).any()


def test_a_large_field_is_shown_smaller():
    drawn = draw([one_nucleus(100, 100)], size=3200, um=0.08)
    picture = overlay(drawn.field, reconcile(drawn.cells, drawn.nuclei))
    assert picture.shape[1] == 1600


def test_the_picture_does_not_change_what_it_shows():
    field, masks = drawn_masks([one_nucleus(32, 32)])
    before = {c: p.copy() for c, p in field.planes.items()}
    overlay(field, masks)
    assert all(np.array_equal(before[c], p) for c, p in field.planes.items())


def test_beside_shows_the_second_mask_to_the_right():
    field, masks = drawn_masks([one_nucleus(32, 32)])
    picture = beside(field, masks, masks.cells.astype(np.uint16) * 9, "other")
    middle = picture.shape[1] // 2
    assert count(picture[:, :middle], OTHER) == 0
    assert count(picture[:, middle:], OTHER) > 0


def test_beside_refuses_a_mask_of_another_size():
    field, masks = drawn_masks([one_nucleus(32, 32)])
    with pytest.raises(ValueError, match=r"\(3, 3\)"):
        beside(field, masks, np.zeros((3, 3), np.int32), "other")


def test_written_pictures_are_whole_and_leave_nothing_beside(tmp_path):
    field, masks = drawn_masks([one_nucleus(32, 32)])
    picture = overlay(field, masks)
    path = tmp_path / "new" / "field.png"
    write_picture(picture, path)
    write_picture(picture, path)
    assert [each.name for each in path.parent.iterdir()] == ["field.png"]
    with Image.open(path) as image:
        assert np.array_equal(np.asarray(image), picture)
