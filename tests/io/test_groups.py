"""Which rows stay together, and what is said about it."""

from __future__ import annotations

import numpy as np
import pytest
from listener import Listener

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.tables import Column, FeatureTable
from hpa_features.io.groups import choose_groups
from hpa_features.io.tables import read_features


def table(**metadata):
    values = np.zeros((3, 1), dtype=np.float32)
    return FeatureTable(("a", "b", "c"), (Column("x", "t"),), values, metadata)


GENE, PLATE = ("TP53", "TP53", "MYC"), ("1", "2", "2")


@pytest.mark.parametrize(
    ("metadata", "source"),
    [
        ({"Gene": GENE, "Antibody": PLATE}, "Gene"),
        ({"Antibody": GENE, "Plate": PLATE}, "Antibody"),
        ({"antibody": GENE, "Plate": PLATE}, "antibody"),
        ({"Plate": GENE, "Group": PLATE}, "Plate"),
        ({"Group": GENE, "Well": PLATE}, "Group"),
        ({"Gene": ("", "", ""), "Plate": GENE}, "Plate"),
    ],
)
def test_auto_takes_the_first_that_is_known(metadata, source):
    told = Listener()
    groups = choose_groups(table(**metadata), progress=told)
    assert (groups.source, groups.values) == (source, GENE)
    assert told.notes == [f"Rows are grouped by {source}: 2 groups of 3 rows."]
    assert not told.warnings


def test_no_known_group_warns_of_near_duplicates_unless_asked_for():
    told = Listener()
    groups = choose_groups(table(Well=PLATE), progress=told)
    assert groups.values == ("a", "b", "c")
    assert "near-duplicate" in told.warnings[0]
    told = Listener()
    assert choose_groups(table(Gene=GENE), "none", progress=told).count == 3
    assert not told.warnings


def test_a_named_column_with_or_without_its_prefix():
    for name in ("Well", "Metadata_Well", "well"):
        assert choose_groups(table(Well=PLATE), name).values == PLATE
    with pytest.raises(UsageError, match="columns to group by: Well"):
        choose_groups(table(Well=PLATE), "Donor")


def test_lists_of_genes_that_overlap_are_one_group():
    ids = tuple("abcdef")
    genes = ("G1;G2", "G3", "G2; G4", "G4;G3", "G5", "")
    values = np.zeros((6, 1), dtype=np.float32)
    each = FeatureTable(ids, (Column("x", "t"),), values, {"Gene": genes, "Well": genes})
    groups = choose_groups(each)
    assert groups.values == ("G1;G2", "G1;G2", "G1;G2", "G1;G2", "G5", "f")
    assert choose_groups(each, "Well").count == 6


def test_a_row_without_a_group_stands_alone_under_a_free_name():
    told = Listener()
    groups = choose_groups(table(Gene=("b", "", "")), progress=told)
    assert groups.values == ("b", "b (alone)", "c")
    assert told.warnings == ["2 rows have no group in Gene; each is its own group: b, c."]


def test_a_groups_file_decides(tmp_path):
    path = tmp_path / "groups.csv"
    path.write_text("Id,Group\nc,1\nb,1\nz,2\n", encoding="utf-8")
    told = Listener()
    groups = choose_groups(table(Gene=GENE), groups_file=str(path), progress=told)
    assert groups.values == ("a", "1", "1")
    assert "1 rows have no group" in told.warnings[0]


def test_a_groups_file_without_common_ids_or_columns_is_refused(tmp_path):
    path = tmp_path / "groups.csv"
    path.write_text("Id,Group\nz,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="no Id in common"):
        choose_groups(table(), groups_file=str(path))
    path.write_text("Id,Gene\na,2\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no column Group"):
        choose_groups(table(), groups_file=str(path))


@pytest.mark.parametrize("missing", ["NA", "nan", "None", "<NA>", ""])
def test_a_missing_group_is_not_a_group(missing, tmp_path):
    """R and pandas write a gap as NA or nan; rows with a gap do not belong together."""
    path = tmp_path / "groups.csv"
    path.write_text(f"ID,group\na,{missing}\nb,{missing}\nc,1\n", encoding="utf-8")
    assert choose_groups(table(), groups_file=str(path)).values == ("a", "b", "1")
    features = tmp_path / "features.csv"
    features.write_text(f"id,x,metadata_gene\na,1,{missing}\nb,2,{missing}\nc,3,G\n")
    read = read_features(str(features))
    assert read.names == ("x",)
    assert choose_groups(read).values == ("a", "b", "G")


def test_a_group_column_in_another_case_is_not_a_feature(tmp_path):
    path = tmp_path / "features.csv"
    path.write_text("ID,GROUP,x\na,1,0.5\nb,1,0.7\n")
    read = read_features(str(path))
    assert read.names == ("x",)
    assert read.metadata["Group"] == ("1", "1")
