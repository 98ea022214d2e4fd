"""Audit from fields and tables to findings; the command line over it is in tests/cli."""

from __future__ import annotations

import csv
import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from image_files import png, write
from listener import Listener
from made_fields import drawn_field

from hpa_features.core.progress import SILENT
from hpa_features.core.settings import AuditSettings, InputSettings
from hpa_features.core.tables import Column, FeatureTable
from hpa_features.pipeline.audit import audit
from hpa_features.pipeline.audit_copies import Copies, _spans, find_copies
from hpa_features.pipeline.audit_fields import Side
from hpa_features.pipeline.audit_groups import differing, group_rows
from hpa_features.pipeline.audit_rows import side_by_side
from hpa_features.running.pool import HERE

KNOWN_SIZE = AuditSettings(input=InputSettings(pixel_size_um=0.32))


def side(*ids, names=("a", "b"), **metadata):
    columns = tuple(Column(name, "block") for name in names)
    values = np.arange(len(ids) * len(names), dtype=np.float32).reshape(len(ids), -1)
    table = FeatureTable(ids, columns, values, metadata)
    return Side(table, {}, (None,) * len(ids))


def joined(rows, *pairs, **how):
    found = Copies(np.array(pairs, np.int64).reshape(-1, 2), {}, np.zeros(len(pairs)))
    return group_rows(rows, found, AuditSettings(**how), SILENT)


def test_near_duplicates_join_known_groups_which_keep_the_first_name():
    rows = side_by_side(side("p", "q", "r", "s", Gene=("G1", "G2", "", "G1")), None)
    grouped = joined(rows, (1, 2), (2, 3))
    assert grouped.names == ("G1", "G1", "G1", "G1")
    assert grouped.source == "Gene"
    assert joined(rows, (1, 2)).names == ("G1", "G2", "G2", "G1")
    assert joined(rows, (1, 2), group="none").names == ("p", "q", "q", "s")


def test_groups_reach_across_both_sets():
    first = side("p", "q", Antibody=("A", "B"))
    second = side("x", "y", names=("b", "a"), Antibody=("B", ""))
    rows = side_by_side(first, second)
    assert rows.second.tolist() == [False, False, True, True]
    assert rows.table.names == ("a", "b")
    assert rows.table.values[2].tolist() == [1, 0]  # the other set's columns in our order
    grouped = joined(rows, (0, 3))
    assert grouped.names == ("A", "B", "B", "A")


def test_rows_that_are_equal_in_every_column_are_copies_where_there_are_no_hashes():
    table = side("p", "q", "r").table
    same = Side(FeatureTable(table.ids, table.columns, table.values[[0, 1, 0]]), {}, (None,) * 3)
    found = find_copies(side_by_side(same, None), AuditSettings(), SILENT, HERE)
    assert found.pairs.tolist() == [[0, 2]]
    assert np.isnan(found.likeness).all()


def test_groups_differ_only_by_labels_that_are_known():
    cytosol, nucleus = frozenset({"Cytosol"}), frozenset({"Nucleoplasm"})
    labels = [cytosol, nucleus, cytosol, None, cytosol]
    assert differing(("g", "g", "h", "h", "h"), labels) == {"g"}


@given(st.integers(0, 500), st.integers(1, 12))
@settings(max_examples=60)
def test_spans_cover_every_first_row_once(count, pieces):
    spans = _spans(count, pieces)
    rows = [row for first, last in spans for row in range(first, last)]
    assert rows == list(range(count))
    work = [sum(count - 1 - row for row in range(*span)) for span in spans]
    assert max(work) <= count * (count - 1) / 2 / pieces + count


def write_drawn(folder, stem, seed, change=lambda plane: plane):
    for channel, plane in drawn_field(seed)[0].planes.items():
        write(folder / f"{stem}_{channel.colour}.png", png(change(plane)))


def test_like_hashes_of_other_cells_are_no_copies(tmp_path):
    """Cells of one shape at one place: only their texture differs."""
    for seed in range(3):
        write_drawn(tmp_path / "images", f"f{seed}", seed)
    write_drawn(tmp_path / "images", "again", 1, lambda plane: (plane * 0.7).astype(np.uint8))
    told = Listener()
    found = audit(str(tmp_path / "images"), str(tmp_path / "audit"), KNOWN_SIZE, told)
    assert found.findings["near_duplicate_pairs"] == 1
    assert any("show different cells and are excluded" in line for line in told.notes)
    with (tmp_path / "audit/duplicates.csv").open() as file:
        (pair,) = csv.DictReader(file)
    assert {pair["Id"], pair["Other"]} == {"f1", "again"}


def test_real_fields_are_found_again_at_a_quarter_of_the_size(shared_data, tmp_path):
    fields = shared_data / "hpa_fields"
    how = AuditSettings(against=str(fields / "derived512"))
    found = audit(str(fields / "native"), str(tmp_path / "audit"), how)
    assert found.fields == 4
    assert found.findings["near_duplicates_in_both"] == 4
    assert found.findings["near_duplicate_pairs"] == 4
    with (tmp_path / "audit/duplicates.csv").open() as file:
        for pair in csv.DictReader(file):
            assert pair["Id"] == pair["Other"]
            assert int(pair["Distance"]) <= 2
            assert float(pair["Likeness"]) > 0.99
    assert found.findings == json.loads((tmp_path / "audit/audit.json").read_text())


def test_different_mosaics_of_real_cells_are_not_taken_for_copies(shared_data, tmp_path):
    found = audit(str(shared_data / "hpa_mosaics/mixed"), str(tmp_path / "audit"), KNOWN_SIZE)
    assert found.findings["near_duplicate_pairs"] == 0
    assert (found.fields, found.failures) == (8, 0)
