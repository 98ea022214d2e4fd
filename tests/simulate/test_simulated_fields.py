"""Fields are as true as they say: masks, landmarks, and the protein where its label is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from hpa_features.core.types import CHANNELS, Channel
from hpa_features.simulate.field import FieldPlan, simulate_field
from hpa_features.simulate.lines import CELL_LINES
from hpa_features.simulate.patterns import PATTERNS
from hpa_features.simulate.protein import draw_protein
from hpa_features.simulate.scene import scene

LINES = {line.name: line for line in CELL_LINES}


def plan(locations=("Cytosol",), **changes):
    protein = replace(
        draw_protein("P", 1, locations),
        brightness=0.4,
        diffuse=0.03,
        variation=0.1,
        shown=1.0,
        grain=0.1,
    )
    facts = {
        "id": "f",
        "protein": protein,
        "line": LINES["broad"],
        "shape": (256, 256),
        "pixel_size_um": 0.32,
        "bit_depth": 8,
    }
    return FieldPlan(**facts | changes)


@pytest.fixture(scope="module", params=LINES)
def made(request):
    return simulate_field(plan(line=LINES[request.param]))


def test_masks_hold_what_they_promise(made):
    masks = made.masks
    assert masks.count > 2
    assert masks.cells.dtype == masks.nuclei.dtype == np.int32
    values, first = np.unique(masks.cells, return_index=True)
    assert values.tolist() == list(range(masks.count + 1))
    assert (np.diff(first[1:]) > 0).all()  # raster order
    inside = masks.nuclei > 0
    assert (masks.nuclei[inside] == masks.cells[inside]).all()
    for number in range(1, masks.count + 1):
        assert ndimage.label(masks.cells == number)[1] == 1
        pieces = ndimage.label(masks.nuclei == number)[1]
        assert pieces == masks.nucleus_counts[number - 1]


def test_nuclei_lie_well_inside_their_cells(made):
    masks = made.masks
    rim = masks.cells != ndimage.grey_erosion(masks.cells, size=3, mode="nearest")
    assert not (rim & (masks.nuclei > 0)).any()


def test_landmarks_shine_where_they_should(made):
    planes, masks = made.field.planes, made.masks
    nucleus = ndimage.binary_erosion(masks.nuclei > 0, iterations=3)
    near = ndimage.binary_dilation(masks.nuclei > 0, iterations=3)
    cytoplasm = (masks.cells > 0) & ~near
    far = ndimage.distance_transform_edt(masks.cells == 0) > 8

    def mean(channel, where):
        return planes[channel][where].mean()

    assert mean(Channel.DNA, nucleus) > 8 * mean(Channel.DNA, cytoplasm)
    assert mean(Channel.MICROTUBULES, cytoplasm) > 3 * mean(Channel.MICROTUBULES, nucleus)
    assert mean(Channel.ER, cytoplasm) > 2 * mean(Channel.ER, nucleus)
    if far.any():
        for channel in (Channel.MICROTUBULES, Channel.ER):
            assert mean(channel, cytoplasm) > 5 * mean(channel, far)


def test_few_landmark_pixels_are_saturated_but_the_range_is_used(made):
    for channel in (Channel.DNA, Channel.MICROTUBULES, Channel.ER):
        plane = made.field.planes[channel]
        assert (plane == 255).mean() < 0.005
        assert np.quantile(plane, 0.999) > 80


@pytest.mark.parametrize("line", CELL_LINES, ids=lambda line: line.name)
def test_cells_and_nuclei_have_the_sizes_of_their_line(line):
    view = scene(line, (1600, 1600), 0.16, 0, "sizes")
    labels = view.anatomy.labels
    frame = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    whole = np.setdiff1d(np.unique(labels), frame)
    nuclei = np.bincount(labels[view.anatomy.nuclei], minlength=labels.max() + 1)[whole]
    cells = np.bincount(labels.ravel())[whole]
    assert len(whole) > 15
    assert np.isclose(np.median(nuclei) * 0.16**2, line.nuclear_area, rtol=0.2)
    # Neighbours take a part of many a cell.
    assert 0.5 < np.median(cells) * 0.16**2 / line.cell_area < 1.1


def test_the_dna_stain_spares_nucleoli():
    view = scene(LINES["broad"], (512, 512), 0.16, 0, "holes")
    holes = view.nucleoli > 0.95
    rest = (view.anatomy.nuclear_edge < -1) & (view.nucleoli == 0)
    assert holes.sum() > 500
    assert view.dna[holes].mean() < 0.5 * view.dna[rest].mean()
    assert not (view.nucleoli[~view.anatomy.nuclei] > 0).any()


def regions():
    """The density of each location and what a test needs to find it, on the render grid."""
    view = scene(LINES["broad"], (768, 768), 0.16, 2, "regions")
    made = {
        name: density(view, np.random.default_rng(5), np.random.default_rng(6))
        for name, density in PATTERNS.items()
    }
    return view, made


@pytest.fixture(scope="module")
def densities():
    return regions()


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("Nucleoplasm", 0.95),
        ("Nuclear membrane", 0.5),
        ("Nucleoli", 0.95),
        ("Nuclear speckles", 0.95),
        ("Nuclear bodies", 0.95),
    ],
)
def test_nuclear_proteins_lie_in_nuclei(densities, name, least):
    view, made = densities
    assert made[name][view.anatomy.nuclei].sum() > least * made[name].sum()


@pytest.mark.parametrize(
    "name", ["Golgi apparatus", "Microtubules", "Mitochondria", "Endoplasmic reticulum", "Cytosol"]
)
def test_cytoplasmic_proteins_lie_outside_nuclei(densities, name):
    view, made = densities
    nuclear = view.anatomy.nuclear_edge < -0.5
    cytoplasm = (view.anatomy.nuclear_edge > 0.5) & (view.anatomy.labels > 0)
    assert made[name][cytoplasm].mean() > 1.5 * made[name][nuclear].mean()


def test_each_pattern_has_its_own_place(densities):
    view, made = densities
    anatomy = view.anatomy
    inside = anatomy.labels > 0
    nuclear = anatomy.nuclear_edge < -1.5
    holes = view.nucleoli > 0.9

    def mean(name, where):
        return made[name][where].mean()

    assert mean("Nucleoli", holes) > 3 * mean("Nucleoli", nuclear & (view.nucleoli == 0))
    assert mean("Nucleoplasm", holes) < mean("Nucleoplasm", nuclear & (view.nucleoli == 0))
    assert mean("Nuclear speckles", holes) < 0.7 * mean("Nuclear speckles", nuclear)
    assert mean("Nuclear membrane", np.abs(anatomy.nuclear_edge) < 0.2) > 3 * mean(
        "Nuclear membrane", nuclear
    )
    edge = inside & (anatomy.cell_edge < 0.3)
    assert mean("Plasma membrane", edge) > 2 * mean("Plasma membrane", anatomy.cell_edge > 4)
    near, far = inside & (anatomy.nuclear_edge < 5), anatomy.nuclear_edge > 10
    assert mean("Golgi apparatus", near & ~anatomy.nuclei) > 5 * mean(
        "Golgi apparatus", inside & far
    )


def test_landmark_proteins_follow_their_landmark(densities):
    view, made = densities
    where = (view.anatomy.nuclear_edge > 0.5) & (view.anatomy.labels > 0)

    def r(first, second):
        return np.corrcoef(first[where], second[where])[0, 1]

    assert r(made["Endoplasmic reticulum"], view.er) > 0.8
    assert r(made["Microtubules"], view.microtubules * view.anatomy.thickness) > 0.8
    assert r(made["Mitochondria"], view.microtubules) < 0.4
    assert r(made["Cytosol"], view.er) < 0.5


def test_nuclear_bodies_are_few_and_mitochondria_rough(densities):
    view, made = densities
    one = view.anatomy.labels == np.bincount(view.anatomy.labels[view.anatomy.nuclei]).argmax()
    count = ndimage.label((made["Nuclear bodies"] > 0.5) & one)[1]
    assert 1 <= count <= 25
    where = (view.anatomy.nuclear_edge > 1) & (view.anatomy.labels > 0)

    def spread(name):
        return made[name][where].std() / made[name][where].mean()

    assert spread("Mitochondria") > 2 * spread("Cytosol")


def test_the_same_plan_gives_the_same_pixels_and_masks():
    first, second = simulate_field(plan()), simulate_field(plan())
    for channel in CHANNELS:
        assert (first.field.planes[channel] == second.field.planes[channel]).all()
    assert (first.masks.cells == second.masks.cells).all()


def test_landmarks_know_nothing_of_the_protein():
    one = simulate_field(plan(("Nucleoplasm",)))
    other = simulate_field(plan(("Mitochondria", "Cytosol")))
    for channel in (Channel.DNA, Channel.MICROTUBULES, Channel.ER):
        assert (one.field.planes[channel] == other.field.planes[channel]).all()
    assert (one.masks.cells == other.masks.cells).all()
    assert (one.field.planes[Channel.PROTEIN] != other.field.planes[Channel.PROTEIN]).any()


def test_sixteen_bits_show_the_same_field_more_finely():
    small, large = simulate_field(plan()), simulate_field(plan(bit_depth=16))
    for channel in CHANNELS:
        eight, sixteen = small.field.planes[channel], large.field.planes[channel]
        assert eight.dtype == np.uint8
        assert sixteen.dtype == np.uint16
        assert large.field.full_scale[channel] == 65535
        assert np.abs(sixteen / 257.0 - eight).max() <= 0.51
    assert len(np.unique(large.field.planes[Channel.ER])) > 2000


@pytest.mark.parametrize("pixel_um", [0.08, 0.16, 0.25, 0.48])
def test_any_pixel_size_shows_nuclei_of_one_size(pixel_um):
    size = round(110 / pixel_um)
    made = simulate_field(plan(shape=(size, size), pixel_size_um=pixel_um))
    assert made.field.shape == (size, size)
    touching = np.unique(
        np.concatenate([made.masks.cells[[0, -1]].ravel(), made.masks.cells[:, [0, -1]].ravel()])
    )
    areas = np.bincount(made.masks.nuclei.ravel(), minlength=made.masks.count + 1) * pixel_um**2
    whole = np.setdiff1d(np.arange(1, made.masks.count + 1), touching)
    assert 0.6 < np.median(areas[whole]) / 205 < 1.5


def test_a_field_may_be_oblong():
    made = simulate_field(plan(shape=(100, 240)))
    assert made.field.shape == made.masks.cells.shape == (100, 240)


def test_cells_that_show_the_protein_less_are_weaker():
    bright = plan(("Cytosol",))
    dim = replace(bright, protein=replace(bright.protein, shown=0.0))
    means = [simulate_field(each).field.planes[Channel.PROTEIN].mean() for each in (bright, dim)]
    assert means[1] < 0.5 * means[0]
