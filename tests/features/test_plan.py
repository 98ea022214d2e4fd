"""From columns to calls: what formulas ask for is made once, in few calls, and freed after use."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from types import SimpleNamespace

import numpy as np
import pytest

from hpa_features.core.types import Channel
from hpa_features.features.families import FAMILIES
from hpa_features.features.measure import plan_of
from hpa_features.features.nodes import Map, Measurement
from hpa_features.features.plan import Measured, columns_of, make_numbers, make_plan, once
from hpa_features.features.vocabulary.images import LIGHT, RAW, Smooth
from hpa_features.features.vocabulary.levels import FEWEST, levels
from hpa_features.features.vocabulary.parts import CELL, Bands
from hpa_features.features.vocabulary.sums import Means, Peaks, Sums


class Drawn(Map):
    """An image that is a number."""

    value: float
    kernel = "drawn"


class Total(Measurement):
    """The sum of an image and of other totals, for each of two cells."""

    image: Map
    others: tuple[Measurement, ...] = ()
    kernel = "totals"


class Kernels:
    """Kernels of the two kinds of node above, which note what they are called with."""

    def __init__(self):
        self.calls = []
        self.transfers = []

    def drawn(self, values):
        self.calls.append(("drawn", values))
        return values

    def totals(self, images, others):
        self.calls.append(("totals", images))
        return [image + sum(other) for image, other in zip(images, others, strict=True)]

    def to_host(self, arrays):
        self.transfers.append(arrays)
        return [np.full(2, float(each)) for each in arrays]


def run(*columns):
    """Return the plan of these columns, the kernels that carried it out, and the table."""
    kernels = Kernels()
    plan = make_plan(columns)
    numbers = make_numbers(SimpleNamespace(kernels=kernels), plan)
    return plan, kernels, columns_of(numbers, plan, 2)


ONE, TWO = Total(Drawn(1.0)), Total(Drawn(2.0))


def test_equal_nodes_are_made_once_and_those_of_a_kind_in_one_call():
    _, kernels, table = run(
        ("a", lambda m: m(ONE) + m(TWO)),
        ("b", lambda m: m(Total(Drawn(1.0)))),
        ("c", lambda m: m(TWO) * 10),
    )
    assert kernels.calls == [("drawn", [1.0, 2.0]), ("totals", [1.0, 2.0])]
    assert kernels.transfers == [[1.0, 2.0]]
    np.testing.assert_array_equal(table, [[3, 1, 20]] * 2)


def test_a_kind_is_called_again_only_for_what_is_made_of_itself():
    both = Total(Drawn(4.0), (ONE, TWO))
    plan, kernels, table = run(("a", lambda m: m(both)), ("b", lambda m: m(TWO)))
    assert [kind.__name__ for kind, _ in plan.calls] == ["Drawn", "Total", "Total"]
    assert kernels.transfers == [[7.0, 2.0]]  # ONE is read by no formula, so it stays
    np.testing.assert_array_equal(table, [[7, 2]] * 2)


def test_what_nobody_reads_any_more_is_freed_after_its_last_use():
    both = Total(Drawn(4.0), (ONE, TWO))
    plan = make_plan([("a", lambda m: m(both)), ("b", lambda m: m(TWO))])
    freed = [set(nodes) for nodes in plan.last]
    assert freed == [set(), {Drawn(1.0), Drawn(2.0)}, {Drawn(4.0), ONE}]


def test_all_families_free_every_map_once_and_after_its_last_use():
    plan = plan_of(FAMILIES, tuple(Channel))
    alive = set()
    for (_, nodes), freed in zip(plan.calls, plan.last, strict=True):
        alive.update(nodes)
        for node in nodes:
            assert alive.issuperset(node.sources())
        assert alive.issuperset(freed)
        alive.difference_update(freed)
    assert alive == set(plan.wanted)


def test_a_formula_that_asks_by_values_is_named():
    def value(m):
        first = m(ONE)
        return m(TWO) if first.any() else first

    with pytest.raises(LookupError, match="cannot depend on values") as caught:
        run(("Cells_Made_Up", value))
    assert caught.value.__notes__ == ["in the formula of Cells_Made_Up"]


@pytest.mark.parametrize(
    ("value", "shape"),
    [(lambda m: m(ONE)[:, None], r"\(0, 1\)"), (lambda m: m(ONE).sum(), r"\(\)")],
    ids=["too many axes", "one number in all"],
)
def test_a_formula_that_does_not_give_one_number_a_cell_is_named(value, shape):
    with pytest.raises(TypeError, match=f"Cells_Made_Up gives an array of shape {shape}"):
        make_plan([("Cells_Made_Up", value)])


def test_what_a_formula_raises_carries_its_column():
    with pytest.raises(ZeroDivisionError) as caught:
        make_plan([("Cells_Made_Up", lambda m: m(ONE) + 1 // 0)])
    assert caught.value.__notes__ == ["in the formula of Cells_Made_Up"]


def test_a_formula_that_columns_share_is_computed_once_a_batch():
    runs = []

    @once
    def shared(m, scale, *, shift=0.0):
        runs.append((scale, shift))
        return m(ONE) * scale + shift

    columns = [("a", lambda m: shared(m, 2.0)), ("b", lambda m: shared(m, 2.0) + 1)]
    columns += [("c", lambda m: shared(m, 2.0, shift=5.0))]
    _, _, table = run(*columns)
    # On zero cells and on real ones.
    assert runs == [(2.0, 0.0), (2.0, 5.0)] * 2
    np.testing.assert_array_equal(table, [[2, 3, 7]] * 2)


def test_a_column_without_formula_is_nan_and_asks_for_nothing():
    plan, _, table = run(("a", None), ("b", lambda m: m(ONE)))
    assert plan.wanted == (ONE,)
    np.testing.assert_array_equal(table, [[np.nan, 1]] * 2)


def test_columns_of_a_missing_channel_have_no_formula_and_nothing_of_it_is_made():
    plan = plan_of(FAMILIES, tuple(c for c in Channel if c is not Channel.ER))
    features = [feature for family in FAMILIES for feature in family.features]
    for feature, (_, value) in zip(features, plan.columns, strict=True):
        assert (value is None) == (Channel.ER in feature.channels)
    made = {node for _, nodes in plan.calls for node in nodes}
    assert RAW[Channel.ER] not in made
    assert RAW[Channel.DNA] in made
    assert [node for node in made if getattr(node, "channel", None) is Channel.ER] == []


def test_nodes_are_equal_by_kind_and_fields_and_cannot_change():
    node = Smooth(Channel.ER, 320)
    assert node == Smooth(Channel.ER, 320)
    assert hash(node) == hash(Smooth(Channel.ER, 320))
    assert len({node, Smooth(Channel.ER, 640), Smooth(Channel.DNA, 320), RAW[Channel.ER]}) == 4
    with pytest.raises(FrozenInstanceError):
        node.nm = 640
    # A node of another kind with equal fields is another node.
    assert Means(LIGHT, CELL) != Peaks(LIGHT, CELL)


def test_nodes_read_their_sources_from_their_fields():
    assert Drawn(1.0).sources() == ()
    assert Total(Drawn(4.0), (ONE, TWO)).sources() == (Drawn(4.0), ONE, TWO)


def test_levels_are_nan_in_small_bands_and_in_cells_without_signal():
    bands = Bands(LIGHT, (0.0, 1.0, 2.0), CELL)
    sums = np.array(
        [
            [[FEWEST, 100.0, 2000.0], [FEWEST - 1, 80.0, 1600.0]],
            [[FEWEST, 0.0, 0.0], [FEWEST, 0.0, 0.0]],
            [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
        ]
    )
    means = np.array([[10.0, 20.0], [10.0, 0.0], [0.0, np.nan]])
    m = Measured({Sums(LIGHT, bands): sums, Means(LIGHT, CELL): means})
    found = levels(m, Channel.PROTEIN, bands)
    np.testing.assert_array_equal(found.mean, [[1, np.nan], [np.nan] * 2, [np.nan] * 2])
    np.testing.assert_array_equal(found.sd, [[0, np.nan], [np.nan] * 2, [np.nan] * 2])


def formula(column):
    plan = plan_of(FAMILIES, tuple(Channel))
    return dict(plan.columns)[column]


@pytest.mark.parametrize(
    "column",
    [
        "Cells_Intensity_CV_Protein",
        "Cells_Intensity_EdgeRatio_Protein",
        "Nuclei_Intensity_CellShare_Protein",
        "Nuclei_Intensity_MeanRatio_Protein",
    ],
)
def test_ratios_to_no_signal_are_nan_and_not_infinite(column):
    value = formula(column)
    asked = Measured()
    value(asked)
    dark = {node: np.zeros((3, *node.shape())) for node in asked.asked}
    lit = {node: np.ones((3, *node.shape())) for node in asked.asked}
    assert np.isnan(value(Measured(dark))).all()
    assert np.isfinite(value(Measured(lit))).all()
