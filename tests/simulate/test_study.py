from __future__ import annotations

import numpy as np
import pytest

from hpa_features.core.errors import UsageError
from hpa_features.core.locations import LOCATIONS
from hpa_features.core.simulate_settings import SimulateSettings
from hpa_features.core.types import CHANNELS
from hpa_features.simulate.culture import GROWING, INTERPHASE
from hpa_features.simulate.field import simulate_field
from hpa_features.simulate.patterns import PATTERNS
from hpa_features.simulate.seeds import stream
from hpa_features.simulate.study import DEFAULT_LOCATIONS, study


def test_every_pattern_is_one_of_the_28_in_their_order():
    assert set(PATTERNS) <= set(LOCATIONS)
    assert list(PATTERNS) == sorted(PATTERNS, key=LOCATIONS.index)
    assert set(DEFAULT_LOCATIONS) <= set(PATTERNS)


def test_a_field_is_the_same_in_a_larger_study_and_in_any_order():
    few, many = (study(SimulateSettings(fields=n, size=64)) for n in (4, 400))
    late = simulate_field(many.plan(300))
    one, other = simulate_field(few.plan(2)), simulate_field(many.plan(2))
    assert few.labels(2) == many.labels(2)
    for channel in CHANNELS:
        assert (one.field.planes[channel] == other.field.planes[channel]).all()
    again = simulate_field(many.plan(300))
    assert (late.masks.cells == again.masks.cells).all()


def test_another_seed_gives_other_fields():
    one, other = (study(SimulateSettings(fields=1, size=64, seed=seed)).plan(0) for seed in (0, 1))
    assert one.id != other.id
    planes = [simulate_field(each).field.planes for each in (one, other)]
    assert all((planes[0][channel] != planes[1][channel]).any() for channel in CHANNELS)


def test_fields_of_a_group_share_the_protein_and_nothing_else():
    plans = study(SimulateSettings(fields=8, group_size=4))
    first = plans.plan(0)
    assert all(plans.plan(index).protein == first.protein for index in range(4))
    assert plans.plan(4).protein != first.protein
    assert len({plans.plan(index).id for index in range(8)}) == 8
    assert len({plans.line(index).name for index in range(8)}) > 1


def test_each_location_is_about_as_frequent():
    plans = study(SimulateSettings(fields=240))
    counts = np.zeros(len(LOCATIONS))
    for index in range(240):
        assert 1 <= len(plans.labels(index)) <= 3
        counts[list(plans.labels(index))] += 1
    shown = counts[[LOCATIONS.index(name) for name in plans.locations]]
    assert shown.min() >= 28  # seven groups
    assert counts.sum() == shown.sum()


def test_brightness_and_line_tell_nothing_about_labels():
    plans = study(SimulateSettings(fields=3000, group_size=1))
    truth = np.zeros((3000, len(LOCATIONS)))
    facts = np.empty((3000, 6))
    for index in range(3000):
        plan = plans.plan(index)
        protein = plan.protein
        truth[index, list(plans.labels(index))] = 1
        facts[index] = (
            protein.brightness,
            protein.diffuse,
            protein.variation,
            protein.shown,
            protein.grain,
            plan.line.cell_area,
        )
    truth = truth[:, truth.any(axis=0)]
    together = np.corrcoef(np.hstack([truth, facts]).T)[: truth.shape[1], truth.shape[1] :]
    # 48 correlations of 3000 rows; chance alone stays below 4/√3000 = 0.073.
    assert np.abs(together).max() < 0.073


def test_locations_may_be_named_or_numbered():
    plans = study(SimulateSettings(fields=6, locations=("cytosol", "0", "ER")))
    assert plans.locations == ("Nucleoplasm", "Endoplasmic reticulum", "Cytosol")


def test_all_28_may_be_asked_for_one_a_field():
    plans = study(SimulateSettings(fields=28, locations=("all",), group_size=1, most_locations=1))
    assert plans.locations == LOCATIONS
    assert sorted(plans.labels(index) for index in range(28)) == [(n,) for n in range(28)]


def test_old_studies_keep_their_cells_and_new_ones_have_more_lines():
    old, new = (
        study(SimulateSettings(fields=200, locations=names)) for names in ((), ("Peroxisomes",))
    )
    assert old.culture is INTERPHASE
    assert new.culture is GROWING
    lines = [{each.line(index).name for index in range(200)} for each in (old, new)]
    assert len(lines[0]) == 5
    assert len(lines[1]) == 8


def test_one_location_is_enough():
    plans = study(SimulateSettings(fields=6, locations=("Nucleoli",)))
    assert {plans.labels(index) for index in range(6)} == {(2,)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"locations": ("Peroxisom",)}, "Peroxisom"),
        ({"locations": ("Vesicles",)}, "Vesicles"),
        ({"bleed": 1.5}, "--bleed"),
        ({"most_locations": 4}, "--most-locations"),
        ({"fields": 0}, "--fields"),
        ({"size": 8}, "--size"),
        ({"group_size": 0}, "--group-size"),
        ({"pixel_size_um": 0.0}, "--pixel-size-um"),
        ({"bit_depth": 12}, "--bit-depth"),
    ],
)
def test_impossible_settings_are_refused_by_name(change, said):
    with pytest.raises(UsageError, match=said):
        study(SimulateSettings(**change))


def test_streams_of_other_words_are_independent():
    first, second, again = (stream(0, "a", 1), stream(0, "a", 2), stream(0, "a", 1))
    x, y = first.standard_normal(2000), second.standard_normal(2000)
    assert (x == again.standard_normal(2000)).all()
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.1
    assert (stream(1, "a", 1).standard_normal(5) != x[:5]).all()
