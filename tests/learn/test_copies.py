"""Groups joined by pairs, against following every link by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hpa_features.learn.copies import identical_rows, joined_groups, numbered


def reachable(groups, pairs, start):
    """Rows that links of pairs and of groups lead to, step by step."""
    seen, todo = {start}, [start]
    while todo:
        row = todo.pop()
        linked = {other for other in range(len(groups)) if groups[other] == groups[row]}
        linked |= {j for i, j in pairs if i == row} | {i for i, j in pairs if j == row}
        todo += linked - seen
        seen |= linked
    return seen


@st.composite
def grouped_rows(draw):
    rows = draw(st.integers(1, 15))
    groups = draw(st.lists(st.integers(0, 8), min_size=rows, max_size=rows))
    row = st.integers(0, rows - 1)
    pairs = draw(st.lists(st.tuples(row, row), max_size=12))
    return numbered(np.array(groups)), np.array(pairs, np.int64).reshape(-1, 2)


@given(grouped_rows())
@settings(max_examples=100)
def test_groups_are_what_links_reach(example):
    groups, pairs = example
    joined = joined_groups(groups, pairs)
    for row in range(len(groups)):
        mine = set(np.flatnonzero(joined == joined[row]).tolist())
        assert mine == reachable(groups.tolist(), pairs.tolist(), row)
    # Numbered from 0 as they appear.
    first = [int(np.flatnonzero(joined == number)[0]) for number in range(joined.max() + 1)]
    assert first == sorted(first)


@given(grouped_rows(), st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_the_order_of_pairs_and_ends_does_not_matter(example, random):
    groups, pairs = example
    turned = [pair if random.random() < 0.5 else pair[::-1] for pair in pairs.tolist()]
    random.shuffle(turned)
    other = np.array(turned, np.int64).reshape(-1, 2)
    np.testing.assert_array_equal(joined_groups(groups, pairs), joined_groups(groups, other))


def test_without_pairs_groups_stay():
    groups = np.array([0, 1, 0, 2])
    np.testing.assert_array_equal(joined_groups(groups, np.empty((0, 2), np.int64)), groups)


def test_identical_rows_are_paired_with_the_next():
    nan = np.float32("nan")
    values = np.array([[1, 2], [0, nan], [1, 2], [3, 2], [-0.0, nan], [1, 2]], np.float32)
    assert identical_rows(values).tolist() == [[0, 2], [2, 5], [1, 4]]


def test_published_groups_of_near_duplicates_come_out_of_their_pairs(shared_data):
    """Pairs with hash distances, published for Kaggle 2021, against a search by hand."""
    import csv
    import gzip

    path = shared_data / "tables/hpa2021/duplicates_2021_samusram.csv.gz"
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))
    ids = sorted({row[side] for row in rows for side in ("Train", "Extra")})
    at = {each: row for row, each in enumerate(ids)}
    pairs = np.array([(at[row["Train"]], at[row["Extra"]]) for row in rows])
    assert max(int(row[f"Sim{colour}"]) for row in rows for colour in "RGB") == 12
    joined = joined_groups(np.arange(len(ids)), pairs)
    links: dict[int, set[int]] = {}
    for i, j in pairs.tolist():
        links.setdefault(i, set()).add(j)
        links.setdefault(j, set()).add(i)
    for row in range(len(ids)):
        assert {joined[other] for other in links[row]} == {joined[row]}
    left, count = set(range(len(ids))), 0
    while left:
        todo = [left.pop()]
        count += 1
        while todo:
            nearby = links[todo.pop()] & left
            left -= nearby
            todo += nearby
    assert count == joined.max() + 1
