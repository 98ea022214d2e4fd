"""Locations differ in nothing but their biology: everything else is drawn without knowing them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from hpa_features.core.locations import LOCATIONS
from hpa_features.core.simulate_settings import SimulateSettings
from hpa_features.core.types import Channel
from hpa_features.simulate.biology import SEEN_IN_LANDMARKS
from hpa_features.simulate.cells import Phase
from hpa_features.simulate.field import simulate_field
from hpa_features.simulate.protein import draw_protein
from hpa_features.simulate.scene import scene
from hpa_features.simulate.study import study

LANDMARKS = (Channel.DNA, Channel.MICROTUBULES, Channel.ER)
HIDDEN = [name for name in LOCATIONS if name not in SEEN_IN_LANDMARKS]


def plan_of(index, name, **changes):
    """Return the plan of one field as if its protein were at `name`."""
    settings = SimulateSettings(fields=40, size=160, locations=("all",), group_size=1, **changes)
    plan = study(settings).plan(index)
    return replace(plan, protein=draw_protein(plan.protein.name, plan.protein.seed, (name,)))


@pytest.fixture(scope="module", params=[3, 11])
def fields(request):
    return {name: simulate_field(plan_of(request.param, name, bleed=0.1)) for name in HIDDEN}


def test_landmarks_and_masks_are_the_same_whatever_the_location(fields):
    first = fields[HIDDEN[0]]
    for made in fields.values():
        for channel in LANDMARKS:
            assert (made.field.planes[channel] == first.field.planes[channel]).all()
        assert (made.masks.cells == first.masks.cells).all()
        assert (made.masks.nuclei == first.masks.nuclei).all()


def test_only_the_protein_differs(fields):
    planes = [made.field.planes[Channel.PROTEIN].tobytes() for made in fields.values()]
    assert len(set(planes)) == len(planes)


def test_outside_cells_every_location_looks_the_same(fields):
    away = ndimage.distance_transform_edt(fields[HIDDEN[0]].masks.cells == 0)
    far = away * 0.32 > 3  # the haze of a cell is blurred over 2.5 µm
    means = [made.field.planes[Channel.PROTEIN][far].mean() for made in fields.values()]
    assert np.ptp(means) < 1  # of 255


def test_brightness_noise_and_levels_are_drawn_without_the_location():
    plans = [plan_of(5, name) for name in LOCATIONS]
    for plan in plans:
        same = replace(plan.protein, shares=plans[0].protein.shares)
        assert replace(plan, protein=same) == plans[0]
        assert list(plan.protein.shares.values()) == [1.0]


@pytest.mark.parametrize("pixel_um", [0.08, 0.16, 0.32, 0.48])
def test_every_native_and_kaggle_pixel_size_holds_all_28(pixel_um):
    plan = replace(plan_of(3, "Cytosol"), shape=(round(40 / pixel_um),) * 2, pixel_size_um=pixel_um)
    made = simulate_field(replace(plan, protein=draw_protein("P", 1, LOCATIONS)))
    assert made.masks.count > 0
    assert made.field.planes[Channel.PROTEIN].max() > 20


def test_dividing_cells_come_by_lot_in_fields_of_any_label():
    divided = 0
    for index in range(30):
        plan = plan_of(index, "Peroxisomes")
        view = scene(plan.line, (500, 500), 0.32, 0, plan.id, culture=plan.culture)
        seen = np.unique(view.anatomy.labels)
        divided += any(view.anatomy.cells[label - 1].division for label in seen if label)
    assert 5 < divided < 30


def test_fields_that_need_no_special_cell_are_as_any_other():
    """A spindle is made sure of only where it is the label; elsewhere it comes by lot."""
    spindle = simulate_field(plan_of(3, "Mitotic spindle"))
    other = simulate_field(plan_of(3, "Cytosol"))
    assert any((spindle.field.planes[c] != other.field.planes[c]).any() for c in LANDMARKS)
    assert spindle.field.full_scale == other.field.full_scale


def cells_of(index, *needs):
    """Return the cells of one field of 100 µm in which many divide."""
    plan = plan_of(index, "Cytosol")
    culture = replace(plan.culture, metaphase=0.15, joined=0.15)
    view = scene(plan.line, (313, 313), 0.32, 0, plan.id, culture=culture, needs=needs)
    return view.anatomy.cells


def outline(cell):
    return cell.centre, cell.mtoc, cell.cell_radii.tobytes(), cell.nuclear_radii.tobytes()


def divided(cells):
    """Return which divide, where: how is drawn for one after the other."""
    return {(c.division.phase, c.division.at) for c in cells if c.division is not None}


@pytest.mark.parametrize("index", [0, 3, 6, 9])
@pytest.mark.parametrize(
    ("name", "phase"),
    [("Mitotic spindle", Phase.METAPHASE), ("Cytokinetic bridge", Phase.BRIDGE)],
)
def test_a_label_of_division_makes_sure_of_one_cell_and_leaves_the_others(name, phase, index):
    plain, needed = cells_of(index), cells_of(index, name)
    resting = {outline(cell) for cell in needed if cell.division is None}
    assert resting <= {outline(cell) for cell in plain}
    assert len(resting) >= sum(cell.division is None for cell in plain) - 1
    more = divided(needed) - divided(plain)
    assert [each for each, _ in more] in ([], [phase])  # none where one came by lot


@pytest.mark.parametrize("index", [0, 3, 6, 9])
def test_aggresomes_dent_cells_that_are_otherwise_those_of_any_label(index):
    plain, needed = cells_of(index), cells_of(index, "Aggresome")
    assert any(cell.inclusion for cell in needed)
    assert divided(needed) == divided(plain)
    for cell, same in zip(needed, plain, strict=True):
        if cell.division is None:
            assert cell.centre == same.centre
            assert cell.inclusion or outline(cell) == outline(same)


def test_cell_junctions_change_nothing_where_cells_touch_anyway():
    touching, other = (simulate_field(plan_of(3, name)) for name in ("Cell junctions", "Cytosol"))
    for channel in LANDMARKS:
        assert (touching.field.planes[channel] == other.field.planes[channel]).all()
