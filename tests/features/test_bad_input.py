"""Bad input: every family gives values by rule, whatever cells, pixels and fields look like.

Read from the registry, so that a new family is covered by itself. All families are measured in one
call; a failure names the column.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_fields import changed, drawn_field, drawn_masks, masks_of
from scipy import ndimage as ndi

from hpa_features.core.types import Channel, Field, Masks
from hpa_features.features.batch import Batch
from hpa_features.features.families import FAMILIES
from hpa_features.features.measure import measure
from hpa_features.features.spec import Family, Scope
from hpa_features.segmentation.reconcile import reconcile

FEATURES = [(family.column(f), f) for family in FAMILIES for f in family.features]
OF_THE_CELL = [at for at, (_, f) in enumerate(FEATURES) if f.scope is Scope.CELL]
PIXEL_SIZES = (0.08, 0.32, 0.48)
DEPTHS = (np.uint8, np.uint16)
some = settings(max_examples=60, suppress_health_check=list(HealthCheck))


def assert_by_rule(
    field: Field, masks: Masks, families: tuple[Family, ...] = FAMILIES
) -> np.ndarray:
    """Measure families; values are finite or undefined by rule, and inside their range."""
    values = measure(Batch((field,), (masks,)), families)
    features = [(family.column(f), f) for family in families for f in family.features]
    assert values.shape == (masks.count, len(features))
    bad = []
    for (column, feature), each in zip(features, values.T.astype(np.float64), strict=True):
        known = each[~np.isnan(each)]
        low, high = feature.range
        slack = 1e-5 * max([1.0, *(abs(end) for end in (low, high) if np.isfinite(end))])
        if np.isinf(known).any():
            bad.append(f"{column} is infinite")
        elif known.size and (known.min() < low - slack or known.max() > high + slack):
            bad.append(f"{column} {known.min():g}…{known.max():g} leaves {low:g}…{high:g}")
        if feature.nan_when == "never" and known.size < each.size:
            bad.append(f"{column} is undefined")
    assert bad == []
    return values


def with_planes(field: Field, **levels: float) -> Field:
    """Return the field with some channels even, at a share of their full scale."""
    planes = dict(field.planes)
    for name, level in levels.items():
        channel = Channel[name]
        planes[channel] = np.full_like(planes[channel], round(level * field.full_scale[channel]))
    return changed(field, planes=planes)


def two_nuclei() -> Masks:
    """Return the drawn cells, the first with two nuclei, the second with one and a speck."""
    masks = drawn_masks()
    nuclei = masks.nuclei.copy()
    nuclei[34:37][nuclei[34:37] == 1] = 0
    rows, columns = np.nonzero((masks.cells == 2) & (nuclei == 0))
    nuclei[rows[0], columns[0]] = 2
    return masks_of(masks.cells, nuclei)


def no_cytoplasm() -> Masks:
    """Return the drawn cells, each all nucleus."""
    cells = drawn_masks().cells
    return masks_of(cells, cells)


def one_cell_field() -> Masks:
    """Return one cell that fills the field and leaves no pixel for the background."""
    cells = np.ones((60, 50), np.int32)
    return masks_of(cells, cells * (drawn_masks((60, 50)).nuclei > 0))


def tiny() -> Masks:
    """Return cells of one, two and three pixels, with a nucleus of a pixel, of all, and none."""
    cells = np.zeros((12, 14), np.int32)
    cells[2, 2], cells[2, 5:7], cells[6, 2:5], cells[9:11, 9], cells[11, 13] = 1, 2, 3, 4, 5
    nuclei = np.where(np.isin(cells, (1, 4)), cells, 0)
    nuclei[6, 3] = 3
    return masks_of(cells, nuclei)


SHAPES = {f.__name__: f for f in (drawn_masks, two_nuclei, no_cytoplasm, one_cell_field, tiny)}
LIGHT = {
    "ordinary": {},
    "no ER signal": {"ER": 0.0},
    "no microtubule signal": {"MICROTUBULES": 0.0},
    "no DNA signal": {"DNA": 0.0},
    "blank protein": {"PROTEIN": 0.0},
    "saturated protein": {"PROTEIN": 1.0},
    "all black": dict.fromkeys(Channel.__members__, 0.0),
    "all saturated": dict.fromkeys(Channel.__members__, 1.0),
    "all even": dict.fromkeys(Channel.__members__, 0.4),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("light", LIGHT)
def test_hard_cells_under_hard_light(shape, light):
    for number, pixel_um in enumerate(PIXEL_SIZES):
        field, masks = drawn_field(
            number, masks=SHAPES[shape](), dtype=DEPTHS[number % 2], pixel_size_um=pixel_um
        )
        field = with_planes(field, **LIGHT[light])
        assert_by_rule(field, masks)
        assert_by_rule(changed(field, background=None), masks)


def test_cells_without_nucleus_have_no_value_of_a_nucleus():
    masks = drawn_masks()
    field, masks = drawn_field(2, masks=masks_of(masks.cells, np.zeros_like(masks.nuclei)))
    values = assert_by_rule(field, masks)
    shape = [at for at, (name, _) in enumerate(FEATURES) if name.startswith("Nuclei_Texture")]
    assert np.isnan(values[:, shape]).all()


def test_ten_thousand_cells():
    cells = np.kron(np.arange(1, 10_001).reshape(100, 100), np.ones((5, 5), np.int64))
    cells[::5] = 0
    nuclei = np.where((np.arange(500) % 5 == 2)[:, None] & (np.arange(500) % 5 > 2), cells, 0)
    masks = Masks(
        cells.astype(np.int32),
        nuclei.astype(np.int32),
        np.arange(1, 10_001),
        np.ones(10_000, np.int32),
    )
    # The library mahotas takes 25 ms a cell.
    own = tuple(family for family in FAMILIES if not family.by_name_only)
    assert_by_rule(*drawn_field(1, masks=masks), own)


def test_labels_with_gaps_give_the_rows_of_labels_without():
    masks = drawn_masks()
    field, _ = drawn_field(4, masks=masks)
    gaps = np.array([0, 7, 65_000, 300])
    cleaned = reconcile(gaps[masks.cells], gaps[masks.nuclei])
    plain = reconcile(masks.cells, masks.nuclei)
    assert cleaned.count == plain.count == 3
    np.testing.assert_array_equal(
        measure(Batch((field,), (cleaned,)), FAMILIES), measure(Batch((field,), (plain,)), FAMILIES)
    )


@st.composite
def random_fields(draw) -> tuple[Field, Masks]:
    """Draw labels (blobs, territories or scattered pixels), nuclei, depth, pixel size, light."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    count, kind = draw(st.integers(1, 6)), draw(st.sampled_from(("blobs", "territories", "pixels")))
    if kind == "blobs":
        rough = ndi.gaussian_filter(random.normal(size=shape), draw(st.sampled_from((1, 3))))
        cells = ndi.label(rough > np.quantile(rough, 0.6))[0]
    elif kind == "territories":
        seeds = np.ones(shape, bool)
        seeds[random.integers(0, shape[0], count), random.integers(0, shape[1], count)] = False
        where = ndi.distance_transform_edt(seeds, return_distances=False, return_indices=True)
        cells = (where[0] * shape[1] + where[1]) * (random.random(shape) < 0.97)
    else:
        cells = random.integers(0, count + 1, shape)
    cells = np.unique(np.append(cells.ravel(), 0), return_inverse=True)[1][:-1].reshape(shape)
    in_nucleus = ndi.uniform_filter(random.random(shape), draw(st.sampled_from((1, 5)))) > 0.55
    masks = masks_of(cells, np.where(in_nucleus, cells, 0))
    field, masks = drawn_field(
        int(random.integers(1000)),
        masks=masks,
        dtype=draw(st.sampled_from(DEPTHS)),
        pixel_size_um=draw(st.sampled_from(PIXEL_SIZES)),
    )
    light = draw(st.sampled_from(tuple(LIGHT)))
    return with_planes(field, **LIGHT[light]), masks


@some
@given(random_fields(), st.booleans())
def test_random_labels_give_values_by_rule(made, measured):
    field, masks = made
    assert_by_rule(changed(field, background=None) if measured else field, masks)


@some
@given(
    corner=st.tuples(st.integers(0, 120), st.integers(0, 130)),
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    seed=st.integers(0, 99),
    dtype=st.sampled_from(DEPTHS),
    pixel_um=st.sampled_from(PIXEL_SIZES),
)
def test_random_crops_give_values_by_rule(corner, size, seed, dtype, pixel_um):
    field, masks = drawn_field(seed, dtype=dtype, pixel_size_um=pixel_um)
    window = tuple(slice(at, at + length) for at, length in zip(corner, size, strict=True))
    cells = masks.cells[window]
    kept = np.unique(np.append(cells, 0))
    cut = masks_of(
        np.searchsorted(kept, cells), np.searchsorted(kept, masks.nuclei[window] * (cells > 0))
    )
    planes = {channel: plane[window] for channel, plane in field.planes.items()}
    assert_by_rule(changed(field, planes=planes), cut)


@some
@given(random_fields(), st.integers(0, 2**16))
def test_a_cell_of_any_field_is_the_same_alone_moved_and_relabelled(made, seed):
    field, masks = made
    if not masks.count:
        return
    random = np.random.default_rng(seed)
    values = measure(Batch((field,), (masks,)), FAMILIES)[:, OF_THE_CELL]
    order = random.permutation(masks.count).astype(np.int32)
    new = np.append(np.int32(0), order + 1).astype(np.int32)
    label = int(random.integers(1, masks.count + 1))
    alone = masks.cells == label
    space = random.integers(0, 9, (2, 2))

    def measured(cells, nuclei):
        planes = {channel: np.pad(plane, space) for channel, plane in field.planes.items()}
        moved = masks_of(np.pad(cells, space), np.pad(nuclei, space))
        return measure(Batch((changed(field, planes=planes),), (moved,)), FAMILIES)[:, OF_THE_CELL]

    np.testing.assert_array_equal(measured(new[masks.cells], new[masks.nuclei])[order], values)
    single = measured(alone.astype(np.int32), (alone & (masks.nuclei == label)).astype(np.int32))
    np.testing.assert_array_equal(single[0], values[label - 1])
