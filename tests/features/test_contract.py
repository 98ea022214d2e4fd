"""What every family promises, checked for all of them from the registry alone."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_fields import (
    changed,
    drawn_field,
    drawn_masks,
    masks_of,
    touching_masks,
    transformed,
)

from hpa_features.core.types import Channel, Masks
from hpa_features.features.batch import Batch
from hpa_features.features.families import FAMILIES
from hpa_features.features.measure import measure
from hpa_features.features.spec import Scope

each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
AS_GIVEN = {"rtol": 2e-4, "atol": 2e-5, "equal_nan": True}


def reads_neighbours(family):
    return any(feature.scope is Scope.FIELD for feature in family.features)


def ordinary(family, seed, **more):
    """Return a drawn field; its cells touch where the family asks what lies beside them."""
    if reads_neighbours(family):
        more.setdefault("masks", touching_masks())
    return drawn_field(seed, **more)


def columns_with(family, invariance):
    return [at for at, f in enumerate(family.features) if invariance in f.invariances]


def test_columns_have_one_name_each_in_the_pattern_that_others_read():
    names = [family.column(feature) for family in FAMILIES for feature in family.features]
    assert len(names) == len(set(names))
    pattern = re.compile(r"(Cells|Nuclei|Cytoplasm)(_[A-Za-z0-9]+)+")
    assert [name for name in names if not pattern.fullmatch(name)] == []


@each_family
def test_every_feature_says_what_it_is(family):
    for feature in family.features:
        name = family.column(feature)
        assert feature.meaning.endswith("."), name
        assert "{" not in feature.meaning + feature.nan_when, name
        assert feature.unit, name
        assert feature.source, name
        assert feature.range[0] < feature.range[1], name


@each_family
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_values_are_finite_where_defined_and_inside_their_range(family, dtype):
    field, masks = ordinary(family, 1, dtype=dtype)
    values = measure(Batch((field,), (masks,)), [family])
    assert values.shape == (3, len(family.features))
    assert not np.isinf(values).any()
    for at, feature in enumerate(family.features):
        known = values[:, at][~np.isnan(values[:, at])]
        low, high = feature.range
        slack = 1e-5 * max(1.0, *(abs(x) for x in (low, high) if np.isfinite(x)), 1.0)
        assert np.all(known >= low - slack), family.column(feature)
        assert np.all(known <= high + slack), family.column(feature)


@each_family
def test_most_columns_are_defined_for_an_ordinary_cell(family):
    field, masks = ordinary(family, 2)
    values = measure(Batch((field,), (masks,)), [family])[:2]
    undefined = [
        family.column(family.features[at]) for at in np.flatnonzero(np.isnan(values).all(0))
    ]
    assert len(undefined) <= 0.1 * len(family.features), undefined


@each_family
def test_a_cell_alone_gives_the_row_that_it_gives_beside_others(family):
    field, masks = ordinary(family, 3)
    own = [at for at, f in enumerate(family.features) if f.scope is Scope.CELL]
    together = measure(Batch((field,), (masks,)), [family])
    for label in range(1, masks.count + 1):
        cells = (masks.cells == label).astype(np.int32)
        alone = masks_of(cells, cells * (masks.nuclei == label))
        row = measure(Batch((field,), (alone,)), [family])
        np.testing.assert_array_equal(row[0, own], together[label - 1, own])


@each_family
def test_relabelling_and_moving_cells_changes_no_row(family):
    field, masks = ordinary(family, 4)
    values = measure(Batch((field,), (masks,)), [family])
    new = np.array([0, 2, 3, 1], np.int32)
    relabelled = Masks(
        new[masks.cells], new[masks.nuclei], masks.object_numbers, masks.nucleus_counts[[2, 0, 1]]
    )
    # Where the field ends is a fact about neighbours: further off, their density falls.
    margin = ((0, 0), (0, 0)) if reads_neighbours(family) else ((5, 0), (3, 0))
    moved = transformed(field, relabelled, lambda a: np.pad(a, margin))
    rows = measure(Batch((moved[0],), (moved[1],)), [family])
    np.testing.assert_array_equal(rows[new[1:] - 1], values)


@each_family
def test_a_batch_of_two_gives_the_rows_of_each(family):
    one, two = ordinary(family, 5), ordinary(family, 6, dtype=np.uint16, pixel_size_um=0.2)
    apart = [measure(Batch((f,), (m,)), [family]) for f, m in (one, two)]
    both = measure(Batch((one[0], two[0]), (one[1], two[1])), [family])
    np.testing.assert_array_equal(both, np.concatenate(apart))


@each_family
@pytest.mark.parametrize("change", [np.rot90, np.fliplr], ids=["turn", "mirror"])
def test_what_is_said_to_survive_turning_and_mirrors_does(family, change):
    field, masks = ordinary(family, 7, dtype=np.uint16)
    columns = columns_with(family, "turn" if change is np.rot90 else "mirror")
    values = measure(Batch((field,), (masks,)), [family])[:, columns]
    turned, moved = transformed(field, masks, change)
    again = measure(Batch((turned,), (moved,)), [family])[:, columns]
    np.testing.assert_allclose(again, values, **AS_GIVEN)


@each_family
def test_what_is_said_to_survive_a_brighter_lamp_does(family):
    field, masks = ordinary(family, 8, dtype=np.uint16, background=0)
    halved = {c: (plane // 4) * 2 for c, plane in field.planes.items()}
    full = {c: (plane // 4) * 4 for c, plane in field.planes.items()}
    columns = columns_with(family, "gain")
    dim = measure(Batch((changed(field, planes=halved),), (masks,)), [family])[:, columns]
    bright = measure(Batch((changed(field, planes=full),), (masks,)), [family])[:, columns]
    np.testing.assert_allclose(dim, bright, rtol=2e-3, atol=1e-3, equal_nan=True)


@each_family
def test_what_is_said_to_survive_an_offset_does(family):
    field, masks = ordinary(family, 9)
    columns = columns_with(family, "offset")
    lifted = {c: np.minimum(plane, 235) + np.uint8(20) for c, plane in field.planes.items()}
    low = {c: np.minimum(plane, 235) for c, plane in field.planes.items()}
    kept = changed(field, planes=low)
    # The background is given, so the offset stays in the signal.
    again = measure(Batch((changed(field, planes=lifted),), (masks,)), [family])[:, columns]
    np.testing.assert_allclose(
        again, measure(Batch((kept,), (masks,)), [family])[:, columns], **AS_GIVEN
    )


@each_family
def test_an_offset_of_the_whole_field_goes_with_its_background(family):
    field, masks = drawn_field(9)
    low = {c: np.minimum(plane, 235) for c, plane in field.planes.items()}
    lifted = {c: plane + np.uint8(20) for c, plane in low.items()}
    # SignalShare is of signal and background together.
    columns = [at for at, f in enumerate(family.features) if f.name != "SignalShare"]
    rows = [
        measure(Batch((changed(field, planes=p, background=None),), (masks,)), [family])[:, columns]
        for p in (low, lifted)
    ]
    np.testing.assert_array_equal(*rows)


@each_family
def test_a_missing_channel_empties_its_columns_only(family):
    field, masks = ordinary(family, 10)
    planes = {c: p for c, p in field.planes.items() if c is not Channel.ER}
    whole = measure(Batch((field,), (masks,)), [family])
    without = measure(Batch((changed(field, planes=planes),), (masks,)), [family])
    own = [at for at, f in enumerate(family.features) if Channel.ER not in f.channels]
    other = [at for at, f in enumerate(family.features) if Channel.ER in f.channels]
    np.testing.assert_array_equal(without[:, own], whole[:, own])
    assert np.isnan(without[:, other]).all()


HARD = ("three pixels", "one-pixel nucleus", "no nucleus", "blank", "saturated", "at the border")


def hard_case(kind: str, seed: int):
    masks = drawn_masks()
    cells, nuclei = masks.cells.copy(), masks.nuclei.copy()
    if kind == "three pixels":
        cells[:], nuclei[:] = 0, 0
        cells[10, 10:13] = 1
        nuclei[10, 11] = 1
    elif kind == "one-pixel nucleus":
        nuclei[:] = 0
        nuclei[28, 30] = 1
    elif kind == "no nucleus":
        nuclei[:] = 0
    elif kind == "at the border":
        cells, nuclei = cells[20:90, 20:110], nuclei[20:90, 20:110]
        cells = np.searchsorted(np.unique(cells), cells)
        nuclei = np.where(nuclei > 0, cells, 0)
    field, masks = drawn_field(seed, masks=masks_of(cells, nuclei))
    if kind in {"blank", "saturated"}:
        level = 0 if kind == "blank" else 255
        protein = np.full_like(field.planes[Channel.PROTEIN], level)
        field = changed(field, planes={**field.planes, Channel.PROTEIN: protein})
    return field, masks


@each_family
@pytest.mark.parametrize("kind", HARD)
def test_hard_cells_give_values_by_rule(family, kind):
    field, masks = hard_case(kind, 11)
    values = measure(Batch((field,), (masks,)), [family])
    assert values.shape == (masks.count, len(family.features))
    assert not np.isinf(values).any()


@each_family
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**16), rows=st.integers(1, 24), columns=st.integers(1, 24))
def test_random_masks_never_raise_and_never_give_infinity(family, seed, rows, columns):
    random = np.random.default_rng(seed)
    cells = np.sort(random.integers(0, 3, (rows, columns)), axis=1)
    cells = np.searchsorted(np.unique(np.append(cells, 0)), cells)
    nuclei = np.where(random.random((rows, columns)) < 0.4, cells, 0)
    field, masks = drawn_field(seed, masks=masks_of(cells, nuclei))
    for pixel_size_um in (0.08, 0.32, 0.48):
        scaled = changed(field, pixel_size_um=pixel_size_um)
        assert not np.isinf(measure(Batch((scaled,), (masks,)), [family])).any()
