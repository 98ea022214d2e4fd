"""The segmenter with a network whose flows are known, in place of Cellpose's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cone_fields import CELL_UM, NUCLEUS_UM, ClimbingNetwork, cone_field
from drawn_fields import overlap

from hpa_features.core.settings import CellposeSettings, SegmenterName, SegmentSettings
from hpa_features.core.types import Channel
from hpa_features.segmentation import segmenter_of
from hpa_features.segmentation.cellpose import segmenter as module
from hpa_features.segmentation.cellpose.segmenter import Cellpose

SETTINGS = CellposeSettings(nucleus_path="n", cell_path="c", line="3")
# Nuclei must cover more than a tenth of the field: what the brightest hundredth of its pixels has
# becomes white.
SPREAD = [(21 + 41 * row, 21 + 41 * column) for row in range(4) for column in range(4)]
TOUCHING = [(18 + 32 * r, 14 + 33 * c + 12 * (r % 2)) for r in range(5) for c in range(5)]


def prepared(**changes):
    """Return the segmenter with networks that climb."""
    settings = replace(SETTINGS, **changes)
    if settings.line == "4":
        networks = {
            "n": ClimbingNetwork(3, 30.0, 256, 256),
            "c": ClimbingNetwork(3, 30.0, 256, 256),
        }
    else:
        networks = {"n": ClimbingNetwork(2, 17.0), "c": ClimbingNetwork(2, 30.0)}
    return Cellpose(settings, networks)


@pytest.mark.parametrize("line", ["3", "4"])
@pytest.mark.parametrize("places", [SPREAD, TOUCHING], ids=["spread", "touching"])
@pytest.mark.parametrize(("um", "full"), [(0.32, 255), (0.32, 65535), (0.08, 65535), (0.5, 255)])
def test_cells_and_nuclei_are_found_at_any_pixel_size(places, um, full, line):
    near = [place for place in places if um > 0.1 or max(place) < 70]
    drawn = cone_field(near, um=um, full=full, edge_um=164 if um > 0.1 else 82)
    [masks] = prepared(line=line).segment([drawn.field])
    assert masks.count == len(near)
    assert masks.nucleus_counts.tolist() == [1] * len(near)
    assert min(overlap(masks.cells, drawn.cells)) > 0.8
    assert min(overlap(masks.nuclei, drawn.nuclei)) > 0.8
    assert ((masks.nuclei == 0) | (masks.nuclei == masks.cells)).all()
    assert np.array_equal(masks.object_numbers, np.arange(1, masks.count + 1))


def test_a_batch_is_its_fields_one_by_one():
    fields = [
        cone_field(places, edge_um=edge, um=um).field
        for places, edge, um in [(SPREAD, 164, 0.32), ([(20, 20)], 42, 0.16), ([], 60, 0.32)]
    ]
    together = prepared().segment(fields)
    for field, masks in zip(fields, together, strict=True):
        [alone] = prepared().segment([field])
        assert np.array_equal(masks.cells, alone.cells)
        assert np.array_equal(masks.nuclei, alone.nuclei)
    assert [masks.count for masks in together] == [16, 1, 0]
    assert prepared().segment([]) == []


def test_each_stain_is_given_alone_with_the_labels_of_the_nuclei():
    drawn = cone_field(SPREAD)
    chosen = prepared()
    chosen.segment([drawn.field])
    nuclei, cells = chosen._networks["n"].seen, chosen._networks["c"].seen
    assert len(nuclei) == 1
    assert not nuclei[0][1].any()
    assert len(cells) == 2
    for image in cells:
        levels = np.unique(image[1].round(2))
        assert levels.max() == pytest.approx(1, abs=0.1)
        assert len(levels) > 16  # nuclei are numbered, not only marked


def test_the_later_line_is_given_three_stains_at_once():
    chosen = prepared(line="4")
    chosen.segment([cone_field(SPREAD).field])
    [image] = chosen._networks["c"].seen
    assert image.shape == (3, 256, 256)
    assert all(plane.max() == pytest.approx(1, abs=0.1) for plane in image)


def test_diameters_set_the_scale_of_the_networks():
    drawn = cone_field(SPREAD)
    usual, wide = prepared(), prepared(nucleus_diameter_um=30.0, cell_diameter_um=20.0)
    usual.segment([drawn.field])
    wide.segment([drawn.field])
    extent = [
        [np.ptp(np.flatnonzero(s._networks[path].seen[0][0].any(axis=1))) for path in "nc"]
        for s in (usual, wide)
    ]
    assert extent[1][0] == pytest.approx(extent[0][0] / 2, abs=3)
    # The wide image has more than one tile; the first tile is full.
    assert extent[0][1] < 150 < extent[1][1]
    shape_um = 512 * 0.32
    assert usual._networks["n"].seen[0].shape[1] >= shape_um / NUCLEUS_UM * 17
    assert usual._networks["c"].seen[0].shape[1] >= shape_um / CELL_UM * 30


def test_without_er_cells_come_from_microtubules():
    channels = [Channel.DNA, Channel.MICROTUBULES, Channel.PROTEIN]
    drawn = cone_field(SPREAD, channels=channels)
    chosen = prepared()
    [masks] = chosen.segment([drawn.field])
    assert masks.count == 16
    assert len(chosen._networks["c"].seen) == 1


@pytest.mark.parametrize("level", [0, 65535, 1000])
def test_a_blank_dna_channel_has_no_nuclei_and_cells_without_one_are_kept(level):
    field = cone_field(SPREAD).field
    blank = {**field.planes, Channel.DNA: np.full(field.shape, level, np.uint16)}
    chosen = prepared()
    [masks] = chosen.segment([replace(field, planes=blank)])
    assert not chosen._networks["n"].seen
    assert not masks.nuclei.any()
    assert masks.count == 16
    assert masks.nucleus_counts.tolist() == [0] * 16


def test_a_saturated_field_has_no_cells():
    field = cone_field(SPREAD).field
    planes = {each: np.full(field.shape, 65535, np.uint16) for each in field.planes}
    [masks] = prepared().segment([replace(field, planes=planes)])
    assert masks.count == 0
    assert not masks.cells.any()


def test_nuclei_without_stain_around_them_are_cells_of_their_own():
    field = cone_field(SPREAD).field
    planes = {
        each: plane if each is Channel.DNA else np.zeros_like(plane)
        for each, plane in field.planes.items()
    }
    [masks] = prepared().segment([replace(field, planes=planes)])
    assert masks.count == 16
    assert np.array_equal(masks.cells, masks.nuclei)
    assert masks.notes == {module.ALONE: 16}


def test_a_region_of_most_of_the_field_is_dropped_and_counted():
    drawn = cone_field([(16, 16)], edge_um=32.0)
    field = drawn.field
    wide = {**field.planes, Channel.DNA: field.planes[Channel.ER]}
    [masks] = prepared(nucleus_diameter_um=40.0).segment([replace(field, planes=wide)])
    assert masks.count == 0
    assert masks.notes[module.LARGE] >= 1


def test_tiny_and_narrow_fields_have_masks_of_their_shape():
    field = cone_field([(40, 40)], edge_um=80).field
    for rows, columns in ((1, 1), (3, 200), (200, 2)):
        planes = {each: plane[:rows, :columns] for each, plane in field.planes.items()}
        [masks] = prepared().segment([replace(field, planes=planes)])
        assert masks.cells.shape == (rows, columns)


def test_the_digest_is_of_weights_and_line_and_not_of_paths_or_device():
    def digest(**changes):
        settings = replace(SETTINGS, nucleus_sha256="a", cell_sha256="b", **changes)
        return segmenter_of(
            SegmentSettings(segmenter=SegmenterName.CELLPOSE, cellpose=settings)
        ).digest

    assert len(digest()) == 64
    assert digest() == digest(cell_path="elsewhere", device="gpu") == digest(cell_model="x")
    others = [SETTINGS, replace(SETTINGS, nucleus_sha256="a"), replace(SETTINGS, line="4")]
    assert len({digest(line="4"), digest(), *(Cellpose(each).digest for each in others)}) == 5


def test_given_masks_are_not_taken():
    assert prepared().takes_given is False
    assert prepared().batch_pixels == 1
