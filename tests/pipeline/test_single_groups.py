"""Groups of one row each equal no groups, and every text that names the groups states it."""

from __future__ import annotations

import json
import shlex

import pandas as pd
import pytest
from hpa_feat_cli.app import run
from listener import Listener
from made_bundle import train_small, write_tables

from hpa_features.core.train_settings import TrainSettings
from hpa_features.io.bundle import read_bundle
from hpa_features.io.groups import Groups
from hpa_features.pipeline.train import train

ROWS = 50


def grouped(pairs, rows=ROWS):
    """Return group names of `rows` rows of which the first `pairs` pairs share theirs."""
    return [f"g{row // 2 if row < 2 * pairs else row}" for row in range(rows)]


@pytest.mark.parametrize(
    ("pairs", "nearly", "words"),
    [
        (0, True, "50 of 50 rows are the only one in their group, which equals having no groups"),
        (4, True, "42 of 50 rows are the only one in their group, which nearly equals"),
        (5, False, ""),  # 10 of 50 rows share: a fifth
        (25, False, ""),
    ],
)
def test_under_a_fifth_of_rows_that_share_a_group_is_nearly_none(pairs, nearly, words):
    groups = Groups(tuple(grouped(pairs)), "Gene")
    assert groups.nearly_none is nearly
    assert words in groups.consequence


def test_one_large_group_counts_by_its_rows():
    assert not Groups(("a",) * 10 + tuple(map(str, range(40))), "Gene").nearly_none
    assert Groups(("a",) * 9 + tuple(map(str, range(41))), "Gene").nearly_none


@pytest.fixture
def tables(tmp_path):
    """A table of 50 rows without groups and its labels; returns the folder."""
    write_tables(tmp_path, groups=ROWS, rows_a_group=1, columns=4, shares=(0.5,))
    table = pd.read_parquet(tmp_path / "features.parquet").drop(columns="Metadata_Gene")
    table.to_parquet(tmp_path / "features.parquet")
    return tmp_path


def learned(folder, groups, source, **settings):
    """Train with `groups` from a source and return warnings, bundle and card."""
    if source == "groups.csv":
        ids = pd.read_parquet(folder / "features.parquet").Id
        pd.DataFrame({"Id": ids, "Group": groups}).to_csv(folder / "groups.csv", index=False)
        settings["groups_file"] = str(folder / "groups.csv")
    elif source:
        table = pd.read_parquet(folder / "features.parquet")
        table.insert(1, source, groups)
        table.to_parquet(folder / "features.parquet")
        settings |= {"group": source} if source == "Metadata_Well" else {}
    listener = Listener()
    chosen = TrainSettings(bootstrap=20, nested_rows=0, **settings)
    tables = (str(folder / "features.parquet"), str(folder / "labels.csv"))
    train(*tables, str(folder / "model"), chosen, listener)
    return listener.warnings, read_bundle(folder / "model")


SOURCES = ["Metadata_Gene", "Metadata_Antibody", "Group", "Metadata_Well", "groups.csv"]


@pytest.mark.parametrize("source", SOURCES)
def test_train_card_and_bundle_state_it_whatever_the_source(tables, source):
    warnings, bundle = learned(tables, grouped(1), source)
    stated = [each for each in warnings if "nearly equals having no groups" in each]
    assert len(stated) == 1
    assert stated[0] in bundle.facts["warnings"]
    assert "near-duplicate" in stated[0]
    assert bundle.facts["data"]["ungrouped"] in bundle.card
    assert "48 of 50" in bundle.facts["data"]["ungrouped"]


def test_groups_of_several_rows_are_not_doubted(tables):
    warnings, bundle = learned(tables, grouped(25), "groups.csv")
    assert not any("no groups" in each for each in warnings)
    assert bundle.facts["data"]["ungrouped"] == ""
    assert "no groups" not in bundle.card


def test_rows_that_a_groups_file_does_not_name_count_as_alone(tables):
    (tables / "groups.csv").write_text("Id,Group\nrow0000,a\nrow0001,a\n")
    listener = Listener()
    chosen = TrainSettings(bootstrap=20, nested_rows=0, groups_file=str(tables / "groups.csv"))
    paths = (str(tables / "features.parquet"), str(tables / "labels.csv"))
    train(*paths, str(tables / "model"), chosen, listener)
    assert any("48 of 50 rows" in each for each in listener.warnings)


def test_no_groups_on_purpose_is_no_warning_but_stands_on_the_card(tables):
    warnings, bundle = learned(tables, None, "", group="none")
    assert not any("no groups" in each for each in warnings)
    assert "50 of 50 rows are the only one in their group" in bundle.card


def test_evaluate_repeats_it(tables, capsys):
    learned(tables, grouped(0), "groups.csv")
    assert run(["evaluate", str(tables / "model")]) == 0
    assert "equals having no groups" in capsys.readouterr().err


def test_audit_warns_of_it_and_its_next_line_runs(tables, capsys, monkeypatch):
    monkeypatch.chdir(tables)
    assert run(["audit", "features.parquet", "-o", "audit"]) == 0
    *_, warning, _, _, line = capsys.readouterr().err.splitlines()
    assert warning.startswith("warning: groups.csv: 50 of 50 rows are the only one in their group,")
    assert "near-duplicate" in warning
    assert line == "next: hpa-feat train FEATURES LABELS --groups-file audit/groups.csv -o model"
    words = shlex.split(line.removeprefix("next: hpa-feat "))
    paths = {"FEATURES": "features.parquet", "LABELS": "labels.csv"}
    assert run([paths.get(word, word) for word in words] + ["--nested-rows", "0"]) == 0
    assert "equals having no groups" in capsys.readouterr().err


def test_audit_does_not_warn_where_rows_share_groups(tmp_path, capsys):
    write_tables(tmp_path, groups=20, columns=4, shares=(0.5,))
    arguments = ["audit", str(tmp_path / "features.parquet"), "-o", str(tmp_path / "audit")]
    assert run([*arguments, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["ungrouped"] == ""
    assert "no groups" not in err


def test_a_model_of_three_rows_a_group_has_nothing_to_state(tmp_path):
    write_tables(tmp_path, groups=20, columns=4, shares=(0.5,))
    assert train_small(tmp_path).facts["data"]["ungrouped"] == ""
