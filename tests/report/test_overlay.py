from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_fields import DrawnCell, Ellipse, draw, one_nucleus
from PIL import Image

from hpa_features.core.types import Channel
from hpa_features.report.legend import LEGEND_PX
from hpa_features.report.overlay import CELL, GAP_PX, NO_NUCLEUS, NUCLEUS, overlay, write_picture
from hpa_features.segmentation.reconcile import reconcile


def drawn_masks(cells):
    drawn = draw(cells, size=200)
    return drawn.field, reconcile(drawn.cells, drawn.nuclei)


def count(picture, colour):
    return int((picture == np.array(colour, np.uint8)).all(axis=-1).sum())


def test_one_whole_cell_has_a_closed_outline_and_a_nucleus():
    field, masks = drawn_masks([one_nucleus(32, 32)])
    picture = overlay(field, masks)
    assert picture.shape == (5 * 200 + LEGEND_PX, 2 * 5 * 200 + GAP_PX, 3)
    assert picture.dtype == np.uint8
    assert count(picture, NUCLEUS) > 0
    assert count(picture, CELL) > 0
    assert count(picture, NO_NUCLEUS) == 0


def test_a_border_cell_is_dashed():
    whole, cut = drawn_masks([one_nucleus(32, 32)]), drawn_masks([one_nucleus(32, 2)])
    solid, dashed = (count(overlay(*each)[:1000, :1000], CELL) for each in (whole, cut))
    assert 100 < dashed < 0.6 * solid


def test_a_cell_without_nucleus_has_its_own_colour():
    field, masks = drawn_masks([DrawnCell(Ellipse(32, 32, 15, 12), ())])
    assert count(overlay(field, masks), NO_NUCLEUS) > 100


@pytest.mark.parametrize("size", [1, 5])
def test_tiny_and_empty_fields_can_be_drawn(size):
    drawn = draw([], size=size)
    masks = reconcile(drawn.cells, drawn.nuclei)
    assert overlay(drawn.field, masks).ndim == 3


def right_panel(picture):
    return picture[:-LEGEND_PX, (picture.shape[1] + GAP_PX) // 2 :]


def test_the_second_panel_has_the_protein_in_green_and_the_same_outlines():
    field, masks = drawn_masks([one_nucleus(32, 32)])
    green = np.zeros(field.shape, np.uint8)
    green[110:112, 100:102] = 200  # two dots of a protein that is nowhere else
    picture = overlay(replace(field, planes={**field.planes, Channel.PROTEIN: green}), masks)
    left, right = picture[:-LEGEND_PX, : right_panel(picture).shape[1]], right_panel(picture)
    assert (right[552:558, 502:508] == (0, 255, 0)).all()
    assert not (left[552:558, 502:508] == (0, 255, 0)).all(axis=-1).any()
    for colour in (CELL, NUCLEUS):
        there = (right == np.array(colour, np.uint8)).all(axis=-1)
        assert there.sum() > 100
        assert (left[there] == colour).all()


def test_a_field_without_protein_has_one_panel():
    field, masks = drawn_masks([one_nucleus(32, 32)])
    planes = {c: p for c, p in field.planes.items() if c is not Channel.PROTEIN}
    assert overlay(replace(field, planes=planes), masks).shape[1] == 1000


def test_the_known_location_and_the_scale_are_in_the_legend():
    field, masks = drawn_masks([one_nucleus(32, 32)])
    plain = overlay(field, masks)
    named = overlay(field, masks, "Nucleoli")
    assert np.array_equal(plain[:-LEGEND_PX], named[:-LEGEND_PX])
    assert count(named[-LEGEND_PX:], CELL) > count(plain[-LEGEND_PX:], CELL)
    bar = (plain[-LEGEND_PX:, -1000:] == 255).all(axis=2).sum(axis=1).max()
    assert bar == pytest.approx(20 * 5 / field.pixel_size_um, abs=2)


def test_er_may_be_absent():
    drawn = draw([one_nucleus(32, 32)], size=200, er=False)
    assert overlay(drawn.field, reconcile(drawn.cells, drawn.nuclei)).any()


def test_a_large_field_is_shown_smaller():
    drawn = draw([one_nucleus(100, 100)], size=3200, um=0.08)
    picture = overlay(drawn.field, reconcile(drawn.cells, drawn.nuclei))
    assert picture.shape[1] == 2 * 1067 + GAP_PX


def test_the_picture_does_not_change_what_it_shows():
    field, masks = drawn_masks([one_nucleus(32, 32)])
    before = {c: p.copy() for c, p in field.planes.items()}
    overlay(field, masks)
    assert all(np.array_equal(before[c], p) for c, p in field.planes.items())


def test_written_pictures_are_whole_and_leave_nothing_beside(tmp_path):
    field, masks = drawn_masks([one_nucleus(32, 32)])
    picture = overlay(field, masks)
    path = tmp_path / "new" / "field.png"
    write_picture(picture, path)
    write_picture(picture, path)
    assert [each.name for each in path.parent.iterdir()] == ["field.png"]
    with Image.open(path) as image:
        assert np.array_equal(np.asarray(image), picture)
