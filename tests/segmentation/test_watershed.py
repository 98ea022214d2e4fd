from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_fields import Drawn, DrawnCell, Ellipse, draw, field_of, one_nucleus, overlap
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage as ndi

from hpa_features.core.types import CHANNELS, Channel, Field, Masks
from hpa_features.segmentation.watershed import segment_watershed
from hpa_features.segmentation.whole_field import segment_whole_field

GRID_OF_CELLS = tuple(one_nucleus(r, c) for r in (20, 60) for c in (20, 60))


def found(field: Field) -> Masks:
    masks = segment_watershed(field)
    check_promises(masks, field)
    return masks


def check_promises(masks: Masks, field: Field) -> None:
    """What `Masks` promises for every field."""
    assert masks.cells.shape == masks.nuclei.shape == field.shape
    assert masks.cells.dtype == masks.nuclei.dtype == np.int32
    labels, first = np.unique(masks.cells, return_index=True)
    first = first[labels > 0]
    assert labels[labels > 0].tolist() == list(range(1, masks.count + 1))
    assert (np.diff(first) > 0).all(), "labels follow raster order"
    nuclear = masks.nuclei > 0
    assert (masks.nuclei[nuclear] == masks.cells[nuclear]).all()
    with_nucleus = np.bincount(masks.nuclei.ravel(), minlength=masks.count + 1)[1:] > 0
    assert ((masks.nucleus_counts > 0) == with_nucleus).all()
    assert masks.object_numbers.tolist() == list(range(1, masks.count + 1))


@pytest.mark.parametrize(("um", "size"), [(0.08, 1024), (0.16, 512), (0.32, 256), (0.48, 171)])
def test_finds_the_cells_that_were_drawn_at_every_pixel_size(um, size):
    drawn = draw(GRID_OF_CELLS, um=um, size=size)
    masks = found(drawn.field)
    assert masks.count == 4
    assert min(overlap(masks.cells, drawn.cells)) > 0.9
    assert min(overlap(masks.nuclei, drawn.nuclei)) > 0.9
    assert masks.nucleus_counts.tolist() == [1, 1, 1, 1]


def test_cells_do_not_leak_into_the_background():
    drawn = draw(GRID_OF_CELLS)
    far = ndi.distance_transform_edt(drawn.cells == 0) * drawn.field.pixel_size_um > 1
    assert not found(drawn.field).cells[far].any()


@pytest.mark.parametrize("turns", range(4))
def test_without_nuclei_cells_are_where_the_stain_is_whichever_way_the_field_is_turned(turns):
    drawn = draw((one_nucleus(25, 25),))
    planes = {
        channel: np.rot90(plane * (channel is not Channel.DNA), turns).copy()
        for channel, plane in drawn.field.planes.items()
    }
    masks = found(replace(drawn.field, planes=planes))
    assert masks.nucleus_counts.tolist() == [0]
    assert overlap(masks.cells, np.rot90(drawn.cells, turns))[0] > 0.85


def test_touching_nuclei_of_two_cells_are_two():
    pair = (
        DrawnCell(Ellipse(40, 32, 16, 8.5), (Ellipse(40, 33.5, 7, 6.5),)),
        DrawnCell(Ellipse(40, 48, 16, 8.5), (Ellipse(40, 46.6, 7, 6.5),)),
    )
    drawn = draw(pair)
    masks = found(drawn.field)
    assert masks.count == 2
    assert min(overlap(masks.cells, drawn.cells)) > 0.85


def test_a_multinucleate_cell_stays_whole():
    cell = DrawnCell(
        Ellipse(40, 40, 17, 22), (Ellipse(40, 33.5, 7, 6.5), Ellipse(40, 46.2, 7, 6.5))
    )
    drawn = draw([cell])
    masks = found(drawn.field)
    assert masks.count == 1
    assert masks.nucleus_counts.tolist() == [2]
    assert overlap(masks.nuclei, drawn.nuclei)[0] > 0.85


def test_nuclei_apart_in_even_cytoplasm_share_their_cell():
    cell = DrawnCell(Ellipse(40, 40, 17, 22), (Ellipse(40, 32, 7, 6), Ellipse(40, 46, 7, 6)))
    masks = found(draw([cell]).field)
    assert masks.count == 1
    assert masks.nucleus_counts.tolist() == [2]


def test_a_micronucleus_makes_no_cell():
    cell = DrawnCell(Ellipse(40, 40, 17, 20), (Ellipse(40, 38, 7, 6), Ellipse(40, 47, 2.8, 2.8)))
    masks = found(draw([cell, one_nucleus(20, 65)]).field)
    assert masks.count == 2


def test_an_elongated_nucleus_is_one():
    cell = DrawnCell(Ellipse(40, 40, 14, 25), (Ellipse(40, 40, 4.5, 14),))
    masks = found(draw([cell]).field)
    assert masks.nucleus_counts.tolist() == [1]


def test_condensed_and_dim_nuclei_are_both_found():
    cells = (
        DrawnCell(Ellipse(20, 20, 11, 11), (Ellipse(20, 20, 6, 2.5, 240),)),
        one_nucleus(20, 60, level=25),
        one_nucleus(60, 20, level=60),
        one_nucleus(60, 60, level=100),
    )
    drawn = draw(cells)
    masks = found(drawn.field)
    assert masks.nucleus_counts.tolist() == [1, 1, 1, 1]
    assert min(overlap(masks.nuclei, drawn.nuclei)) > 0.8


def test_border_cells_and_cells_without_nucleus_are_kept():
    cells = (
        one_nucleus(2, 40),
        DrawnCell(Ellipse(60, 20, 14, 11), ()),
        one_nucleus(60, 60),
    )
    masks = found(draw(cells).field)
    assert masks.count == 3
    assert sorted(masks.nucleus_counts.tolist()) == [0, 1, 1]


def test_er_may_be_absent():
    drawn = draw(GRID_OF_CELLS, er=False)
    assert min(overlap(found(drawn.field).cells, drawn.cells)) > 0.9


def test_debris_without_nucleus_is_no_cell():
    cells = (*GRID_OF_CELLS, DrawnCell(Ellipse(40, 40, 3, 3), ()))
    assert found(draw(cells).field).count == 4


@pytest.mark.parametrize("value", [0, 7, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 2), (64, 64)])
def test_a_flat_field_has_no_cells(value, shape):
    planes = {channel: np.full(shape, value, np.uint8) for channel in CHANNELS}
    assert found(field_of(planes)).count == 0


def test_noise_alone_has_no_cells():
    random = np.random.default_rng(1)
    for level in (0.3, 3, 20):
        planes = {
            channel: np.clip(random.normal(20, level, (256, 256)), 0, 255).astype(np.uint8)
            for channel in CHANNELS
        }
        assert found(field_of(planes)).count == 0


def test_sixteen_bits_give_the_same_cells():
    drawn = draw(GRID_OF_CELLS)
    wide = {c: (p.astype(np.uint16) * 257) for c, p in drawn.field.planes.items()}
    again = replace(drawn.field, planes=wide, full_scale=dict.fromkeys(wide, 65_535))
    assert np.array_equal(found(again).cells, found(drawn.field).cells)


def test_the_same_field_gives_the_same_masks():
    drawn = draw(GRID_OF_CELLS)
    once, twice = found(drawn.field), found(drawn.field)
    assert np.array_equal(once.cells, twice.cells)
    assert np.array_equal(once.nuclei, twice.nuclei)


def turned(drawn: Drawn, times: int) -> Field:
    planes = {c: np.ascontiguousarray(np.rot90(p, times)) for c, p in drawn.field.planes.items()}
    return replace(drawn.field, planes=planes)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_turning_the_field_turns_the_cells(times):
    drawn = draw((*GRID_OF_CELLS, one_nucleus(40, 40)))
    straight = found(drawn.field).cells
    back = np.rot90(found(turned(drawn, times)).cells, -times)
    assert min(overlap(back, straight)) > 0.97


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_every_field_keeps_the_promises(rows, columns, seed):
    random = np.random.default_rng(seed)
    blobs = random.integers(0, 256, (4, rows, columns), dtype=np.uint8)
    field = field_of(dict(zip(CHANNELS, blobs, strict=True)), um=1.0)
    check_promises(segment_watershed(field), field)


def test_whole_field_is_one_cell_with_all_nuclei():
    drawn = draw(GRID_OF_CELLS)
    masks = segment_whole_field(drawn.field)
    check_promises(masks, drawn.field)
    assert (masks.cells == 1).all()
    assert masks.nucleus_counts.tolist() == [4]


def test_whole_field_without_nuclei_says_so():
    planes = {channel: np.zeros((8, 8), np.uint8) for channel in Channel}
    masks = segment_whole_field(field_of(planes))
    assert masks.nucleus_counts.tolist() == [0]


def test_real_fields_agree_with_a_trained_network(shared_data):
    found_as_well, wanted = 0, 0
    for path in sorted((shared_data / "hpa_fields" / "derived512").glob("*_predictedmask.png")):
        stem = path.name.removesuffix("_predictedmask.png")
        planes = {
            c: np.asarray(Image.open(path.with_name(f"{stem}_{c.colour}.png"))) for c in CHANNELS
        }
        truth = np.unique(np.asarray(Image.open(path)), return_inverse=True)[1].reshape(512, 512)
        best = overlap(found(field_of(planes)).cells, truth)
        found_as_well += sum(ratio > 0.5 for ratio in best)
        wanted += len(best)
    assert wanted == 101
    assert found_as_well >= 0.9 * wanted
