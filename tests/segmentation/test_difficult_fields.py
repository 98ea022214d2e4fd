"""Fields that are hard on the watershed: thin margins, cut nuclei, blur, saturation, giants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_fields import DrawnCell, Ellipse, draw, one_nucleus, overlap
from scipy import ndimage as ndi

from hpa_features.core.types import Channel
from hpa_features.segmentation.watershed import segment_watershed

FOUR = [one_nucleus(row, column) for row in (20, 60) for column in (20, 60)]


def changed(field, change, *channels):
    """Return the field with other light in some channels, all if none are named."""
    planes = {
        channel: np.clip(np.rint(change(plane.astype(float))), 0, 255).astype(np.uint8)
        if channel in channels or not channels
        else plane
        for channel, plane in field.planes.items()
    }
    return replace(field, planes=planes)


@pytest.mark.parametrize("channel", [Channel.MICROTUBULES, Channel.ER])
def test_a_thin_lamella_that_only_one_stain_reaches_belongs_to_its_cell(channel):
    body = DrawnCell(Ellipse(40, 40, 15, 12, 160), (Ellipse(40, 40, 7, 6),))
    drawn = draw([body], noise=1.0)
    shape, um = drawn.field.shape, drawn.field.pixel_size_um
    lamella = Ellipse(40, 40, 24, 20).inside(shape, um) & (drawn.cells == 0)
    # A sixth of the stain next to the nucleus: less than a tenth in the mean of both stains.
    field = changed(drawn.field, lambda plane: plane + 0.165 * 160 * lamella, channel)
    truth = (lamella | (drawn.cells > 0)).astype(np.int32)
    masks = segment_watershed(field)
    assert masks.count == 1
    assert overlap(masks.cells, truth)[0] > 0.9


def test_a_cell_of_whose_nucleus_the_edge_shows_a_sliver_is_a_cell():
    # 2 µm of a nucleus of 14 by 12 µm: 15 µm², next to a whole cell that would take its cytoplasm.
    cut = DrawnCell(Ellipse(-2, 40, 22, 12), (Ellipse(-5, 40, 7, 6),))
    drawn = draw([one_nucleus(36, 40), cut], gap_um=0.3)
    shown = np.count_nonzero(drawn.nuclei == 2) * drawn.field.pixel_size_um**2
    assert 10 < shown < 20
    masks = segment_watershed(drawn.field)
    assert masks.count == 2
    assert min(overlap(masks.cells, drawn.cells)) > 0.75
    # As small a spot of DNA away from the edge is debris.
    spot = DrawnCell(Ellipse(40, 40, 15, 12), (Ellipse(40, 40, 2.2, 2.2),))
    assert segment_watershed(draw([spot]).field).nucleus_counts.tolist() == [0]


@pytest.mark.parametrize("sigma_um", [1.0, 2.0])
def test_a_blurred_field_has_the_same_cells(sigma_um):
    drawn = draw(FOUR)
    sigma = sigma_um / drawn.field.pixel_size_um
    masks = segment_watershed(changed(drawn.field, lambda plane: ndi.gaussian_filter(plane, sigma)))
    assert masks.count == 4
    assert masks.nucleus_counts.tolist() == [1, 1, 1, 1]
    assert min(overlap(masks.cells, drawn.cells)) > 0.6


@pytest.mark.parametrize("gain", [1 / 8, 2, 4])
def test_a_dim_or_saturated_field_has_the_same_cells(gain):
    drawn = draw(FOUR, noise=1.0)
    masks = segment_watershed(changed(drawn.field, lambda plane: gain * plane))
    assert masks.count == 4
    assert min(overlap(masks.cells, drawn.cells)) > 0.8


def test_a_field_that_is_saturated_everywhere_has_no_cells():
    field = changed(draw(FOUR).field, lambda plane: plane + 255)
    assert segment_watershed(field).count == 0


def test_a_blank_nucleus_channel_gives_cells_without_nucleus():
    drawn = draw(FOUR)
    masks = segment_watershed(changed(drawn.field, lambda plane: 0 * plane, Channel.DNA))
    assert masks.nucleus_counts.tolist() == [0, 0, 0, 0]
    assert min(overlap(masks.cells, drawn.cells)) > 0.8


def test_one_giant_nucleus_is_one_cell():
    giant = DrawnCell(Ellipse(40, 40, 36, 34), (Ellipse(40, 40, 25, 22),))
    drawn = draw([giant])
    masks = segment_watershed(drawn.field)
    assert masks.nucleus_counts.tolist() == [1]
    assert overlap(masks.nuclei, drawn.nuclei)[0] > 0.9
