"""Kernels that are stated in a line, against that line in NumPy or SciPy, cell by cell."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from given_nodes import given, made_of
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st
from scipy import ndimage, optimize, stats

from hpa_features.features.families.correlation.unmixing import Unmixed
from hpa_features.features.vocabulary.axes import Axes
from hpa_features.features.vocabulary.covariances import Covariances
from hpa_features.features.vocabulary.directions import Agreement, Towards
from hpa_features.features.vocabulary.distances import TO_EDGE, TO_NUCLEUS, Falloff, Gap
from hpa_features.features.vocabulary.images import Minus, Rounded, Times
from hpa_features.features.vocabulary.local import Stretched
from hpa_features.features.vocabulary.parts import CELL, Above, Bands, Within
from hpa_features.features.vocabulary.points import Facing, Known, Offset
from hpa_features.features.vocabulary.ranks import Brightest, DenseRanks, Ranks, RankShare
from hpa_features.features.vocabulary.spots import LocalMaxima
from hpa_features.features.vocabulary.sums import Means, Moments, Peaks, Sums, WeightedMeans
from hpa_features.kernels.cpu.unmixing import nonnegative

some = settings(max_examples=12)
seeds = st.integers(0, 2**32 - 1)


def drawn(seed):
    """Return three cells of random shape: images with ties, a mask that one cell may lack."""
    random = np.random.default_rng(seed)
    shape = random.integers(3, 12, (3, 2))
    regions = []
    for rows, columns in shape:
        region = np.zeros((rows, columns), np.uint8)
        region[1:-1, 1:-1] = random.choice([0, 1, 2], (rows - 2, columns - 2), p=[0.2, 0.5, 0.3])
        regions.append(region.ravel())
    region = np.concatenate(regions)
    cell = np.repeat(np.arange(3), shape.prod(1))
    inside = (region > 0) & (random.random(region.size) < 0.7) & (cell != random.integers(0, 5))
    gray = random.integers(0, random.choice([3, 40, 65535]), region.size).astype(np.uint16)
    real = random.normal(size=region.size)
    step_um = random.uniform(0.2, 0.5, 3)
    place = [np.indices(tuple(each)).reshape(2, -1) for each in shape]
    point = random.uniform(0, 5, (3, 2))
    point[random.integers(0, 3)] = np.nan

    def make(*nodes):
        return made_of(region, shape, step_um, *nodes)

    return SimpleNamespace(
        random=random,
        shape=shape,
        region=region,
        cell=cell,
        inside=inside,
        gray=gray,
        real=real,
        step_um=step_um,
        place=np.concatenate(place, axis=1),
        point=point,
        make=make,
    )


def each_cell(d, value, mask=None):
    """Return `value` of each cell's places, of those in `mask` where it is given."""
    own = np.ones(d.cell.size, bool) if mask is None else mask
    return [value(np.flatnonzero(own & (d.cell == number))) for number in range(3)]


@some
@examples(seeds)
def test_parts_are_where_their_image_lies_between_limits(seed):
    d = drawn(seed)
    real, part, gray = given(d.real), given(d.inside), given(d.gray)
    edges = (-1.0, 0.0, 0.25, 1.5)
    limit = d.random.uniform(0, 40, 3)
    between, open_end, numbers, bright = d.make(
        Within(real, -0.5, 0.7, part),
        Within(real, 0.0, np.inf, part),
        Bands(real, edges, part),
        Above(gray, given(limit), part),
    )
    np.testing.assert_array_equal(between, d.inside & (d.real >= -0.5) & (d.real < 0.7))
    np.testing.assert_array_equal(open_end, d.inside & (d.real >= 0))
    band = np.searchsorted(edges, d.real, side="right") - 1
    known = d.inside & (band >= 0) & (band < 3)
    np.testing.assert_array_equal(numbers, np.where(known, band, -1))
    np.testing.assert_array_equal(bright, d.inside & (d.gray > limit[d.cell]))


@some
@examples(seeds)
def test_sums_are_those_of_each_cell(seed):
    d = drawn(seed)
    real, part, gray = given(d.real), given(d.inside), given(d.gray)
    weight = np.abs(d.random.normal(size=d.real.size))
    bands = Bands(real, (-1.0, 0.0, 1.0), part)
    sums, means, weighted, peaks, moments, numbers = d.make(
        Sums(gray, bands),
        Means(real, part),
        WeightedMeans(real, part, given(weight)),
        Peaks(real, part),
        Moments(real, part),
        bands,
    )
    exact = d.gray.astype(object)  # Python's integers do not overflow
    for band in (0, 1):
        expected = each_cell(
            d, lambda at: [at.size, exact[at].sum(), (exact[at] ** 2).sum()], numbers == band
        )
        np.testing.assert_array_equal(sums[:, band], np.array(expected, float))
    for number, at in enumerate(each_cell(d, lambda at: at, d.inside)):
        if at.size == 0:
            assert means[number, 0] == weighted[number, 0] == peaks[number] == 0
            assert np.isnan([means[number, 1], weighted[number, 1]]).all()
            assert not moments[number].any()
            continue
        own, by = d.real[at], weight[at]
        np.testing.assert_allclose(means[number], [at.size, own.mean()], atol=1e-12)
        expected = [by.sum(), np.average(own, weights=by)]
        np.testing.assert_allclose(weighted[number], expected, atol=1e-12)
        assert peaks[number] == max(own.max(), 0.0)
        central = [stats.moment(own, order) for order in (2, 3, 4)]
        np.testing.assert_allclose(moments[number], [at.size, own.mean(), *central], atol=1e-12)


@some
@examples(seeds)
def test_ranks_equal_scipys(seed):
    d = drawn(seed)
    gray, part = given(d.gray), given(d.inside)
    average, share, dense = d.make(
        Ranks(gray, part), RankShare(gray, part, -1.0), DenseRanks(gray, part)
    )
    for at in each_cell(d, lambda at: at, d.inside):
        ranks = stats.rankdata(d.gray[at]) if at.size else np.zeros(0)
        np.testing.assert_array_equal(average[at], ranks)
        np.testing.assert_allclose(share[at], (ranks - 0.5) / max(at.size, 1), atol=1e-12)
        expected = stats.rankdata(d.gray[at], "dense") - 1 if at.size else np.zeros(0)
        np.testing.assert_array_equal(dense[at], expected)
    assert not average[~d.inside].any()
    assert not dense[~d.inside].any()
    assert (share[~d.inside] == -1).all()


@some
@examples(seeds, st.floats(0.01, 1.0))
def test_the_brightest_share_holds_its_share_whatever_the_ties(seed, share):
    d = drawn(seed)
    [weights] = d.make(Brightest(given(d.gray), given(d.inside), share))
    assert not weights[~d.inside].any()
    for at in each_cell(d, lambda at: at, d.inside):
        assert weights[at].sum() == pytest.approx(share * at.size)
        order = np.argsort(-d.gray[at].astype(int), kind="stable")
        assert (np.diff(weights[at][order]) <= 0).all()
        for value in np.unique(d.gray[at]):
            assert np.ptp(weights[at][d.gray[at] == value]) == 0


@some
@examples(seeds)
def test_covariances_equal_numpys(seed):
    d = drawn(seed)
    images = (given(d.gray), given(d.real), given(d.inside))
    own = given(d.region > 0)
    [table] = d.make(Covariances(images, own))
    for number, at in enumerate(each_cell(d, lambda at: at, d.region > 0)):
        if at.size == 0:
            assert not table[number].any()
            continue
        values = np.stack([d.gray[at], d.real[at], d.inside[at]]).astype(float)
        expected = [at.size, *values.mean(1), *np.cov(values, bias=True).ravel()]
        np.testing.assert_allclose(table[number], expected, rtol=1e-9, atol=1e-6)


@some
@examples(seeds)
def test_nonnegative_weights_equal_scipys(seed):
    random = np.random.default_rng(seed)
    layouts = random.normal(size=(30, random.integers(1, 7)))
    wanted = random.normal(size=30)
    expected, _ = optimize.nnls(layouts, wanted)
    found = nonnegative(layouts.T @ layouts, layouts.T @ wanted)
    np.testing.assert_allclose(found, expected, atol=1e-8)


@some
@examples(seeds)
def test_an_image_mixed_of_others_is_unmixed_into_its_parts(seed):
    d = drawn(seed)
    layouts = d.random.uniform(0.1, 1.0, (2, d.cell.size))
    share = d.random.uniform(0.0, 1.0, 2)
    images = (given(share @ layouts), *(given(each) for each in layouts))
    [found] = d.make(Unmixed(Covariances(images, CELL)))
    for number, at in enumerate(each_cell(d, lambda at: at, d.region > 0)):
        if at.size > 3:
            part = share * layouts[:, at].mean(1)
            np.testing.assert_allclose(found[number, :2], part / part.sum(), atol=1e-4)
            assert found[number, 2] < 1e-4


@some
@examples(seeds)
def test_points_and_directions_are_those_of_plain_geometry(seed):
    d = drawn(seed)
    other = d.random.uniform(0, 5, (3, 2))
    point, towards = given(d.point), Towards(given(d.point))
    away, known, facing, (cosine, sine), same = d.make(
        Offset(point),
        Known(point),
        Facing(point, given(other)),
        towards,
        Agreement(towards, towards),
    )
    row, column = d.place - d.point[d.cell].T
    exists = ~np.isnan(row)
    np.testing.assert_array_equal(known, ~np.isnan(d.point[:, 0]))
    expected = np.where(exists, np.hypot(row, column) * d.step_um[d.cell], np.inf)
    np.testing.assert_allclose(away, expected)
    angle = np.arctan2(column, row)
    down, right = (other - d.point)[d.cell].T
    expected = np.cos(angle - np.arctan2(right, down))
    np.testing.assert_allclose(facing, np.where(exists, expected, 0), atol=1e-9)
    np.testing.assert_allclose(cosine, np.where(exists, np.cos(2 * angle), 0), atol=1e-9)
    np.testing.assert_allclose(sine, np.where(exists, np.sin(2 * angle), 0), atol=1e-9)
    np.testing.assert_allclose(same, exists, atol=1e-9)


@some
@examples(seeds)
def test_distances_equal_scipys(seed):
    d = drawn(seed)
    gaps, to_edge, to_nucleus = d.make(Gap(given(d.inside)), TO_EDGE, TO_NUCLEUS)
    for number, at in enumerate(each_cell(d, lambda at: at)):
        shape, step = d.shape[number], d.step_um[number]

        def um(target, shape=shape, step=step):
            return ndimage.distance_transform_edt(~target.reshape(shape)).ravel() * step

        mask, region = d.inside[at], d.region[at]
        expected = um(mask) if mask.any() else np.full(at.size, np.inf)
        np.testing.assert_allclose(gaps[at], expected)
        expected = np.where(region > 0, um(region == 0) - step / 2, 0)
        np.testing.assert_allclose(to_edge[at], expected, atol=1e-12)
        if not (region == 2).any():
            assert not to_nucleus[at].any()
            continue
        signed = np.where(region == 2, step / 2 - um(region != 2), um(region == 2) - step / 2)
        np.testing.assert_allclose(to_nucleus[at], np.where(region > 0, signed, 0), atol=1e-12)


@some
@examples(seeds)
def test_arithmetic_of_images_is_numpys(seed):
    d = drawn(seed)
    gray, real, scaled = given(d.gray), given(d.real), given(d.gray * 0.37)
    difference, product, rounded, stretched, falloff = d.make(
        Minus(gray, real),
        Times(gray, real),
        Rounded(scaled),
        Stretched(real, 2.0),
        Falloff(real, 0.7),
    )
    np.testing.assert_array_equal(difference, d.gray - d.real)
    np.testing.assert_array_equal(product, d.gray * d.real)
    np.testing.assert_array_equal(rounded, np.floor(d.gray * 0.37 + 0.5))
    np.testing.assert_array_equal(stretched, np.rint(np.clip(d.real / 2.0, 0, 1) * 65535))
    np.testing.assert_allclose(falloff, np.exp(-np.abs(d.real) / 0.7))


@some
@examples(seeds)
def test_axes_are_those_of_the_weighted_covariance(seed):
    d = drawn(seed)
    [axes] = d.make(Axes(given(d.gray), given(d.inside)))
    for number, at in enumerate(each_cell(d, lambda at: at, d.inside)):
        weight = d.gray[at].astype(float)
        if weight.sum() == 0:
            assert np.isnan(axes[number]).all()
            continue
        middle = np.average(d.place[:, at], axis=1, weights=weight)
        apart = d.place[:, at] - middle[:, None]
        table = (weight * apart) @ apart.T / weight.sum()
        small, large = np.linalg.eigvalsh(table)
        np.testing.assert_allclose(axes[number, :4], [*middle, large, small], atol=1e-9)
        size = large - small
        if size > 1e-6 * max(large, 1e-6):
            turn = [(table[0, 0] - table[1, 1]) / size, 2 * table[0, 1] / size]
            np.testing.assert_allclose(axes[number, 4:], turn, atol=1e-6)


@some
@examples(seeds)
def test_local_maxima_exceed_all_neighbours_in_the_cell(seed):
    d = drawn(seed)
    [found] = d.make(LocalMaxima(given(d.real), 0.1))
    for number, at in enumerate(each_cell(d, lambda at: at)):
        own = np.where(d.region[at] > 0, d.real[at], -np.inf).reshape(d.shape[number])
        highest = ndimage.maximum_filter(own, 3, mode="constant", cval=-np.inf)
        expected = (own == highest) & (own > 0.1)
        np.testing.assert_array_equal(found[at], expected.ravel())


def test_equal_neighbours_share_one_local_maximum():
    shape = np.array([[4, 5]])
    region = np.pad(np.ones((2, 3), np.uint8), 1).ravel()
    image = np.pad([[1.0, 5.0, 5.0], [2.0, 3.0, 0.0]], 1)
    [found] = made_of(region, shape, np.ones(1), LocalMaxima(given(image.ravel()), 0.1))
    assert found.reshape(4, 5)[1].tolist() == [0, 0, 0.5, 0.5, 0]
    assert found.sum() == 1
