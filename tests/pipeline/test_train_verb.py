from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
from listener import Listener
from made_bundle import train_small, write_tables

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.train_settings import TrainSettings
from hpa_features.io.bundle import read_bundle
from hpa_features.pipeline.train import train
from hpa_features.running.pool import LocalExecutor


def run(folder, out="model", listener=None, *, jobs=1, overwrite=False, **settings):
    chosen = TrainSettings(**{"bootstrap": 50, "nested_rows": 0} | settings)
    features, labels = folder / "features.parquet", folder / "labels.csv"
    return train(
        str(features),
        str(labels),
        str(folder / out),
        chosen,
        listener or Listener(),
        executor=LocalExecutor(jobs),
        overwrite=overwrite,
    )


def digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def edit_features(folder, change):
    path = folder / "features.parquet"
    change(pd.read_parquet(path)).to_parquet(path, index=False)


def test_same_data_and_seed_give_the_same_bytes_whatever_jobs(tmp_path):
    write_tables(tmp_path, groups=20)
    run(tmp_path, "one", nested_rows=1000, jobs=1)
    run(tmp_path, "two", nested_rows=1000, jobs=2)
    run(tmp_path, "seed", nested_rows=1000, seed=1)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert digests(tmp_path / "one") != digests(tmp_path / "seed")


def test_the_summary_and_the_card_tell_how_well_it_does(tmp_path):
    write_tables(tmp_path, groups=60, signal=3.0)
    summary = run(tmp_path, nested_rows=1000)
    report = summary.facts["report"]
    assert (summary.fields, summary.features) == (180, 12)
    assert report["kind"] == "nested"
    low, high = report["macro_f1_interval"]
    assert 0.7 < low < report["macro_f1"] < high
    card = (tmp_path / "model" / "card.md").read_text()
    assert f"{report['macro_f1']:.3f}" in card
    assert "60 (Gene), in 5 folds" in card
    assert all(label["name"] in card for label in summary.facts["labels"])


def test_ids_on_one_side_only_are_counted_and_named(tmp_path):
    write_tables(tmp_path)
    labels = pd.read_csv(tmp_path / "labels.csv")
    labels["Id"] = labels["Id"].replace({"row0000": "ghost"})
    labels.iloc[:-1].to_csv(tmp_path / "labels.csv", index=False)
    said = Listener()
    assert run(tmp_path, listener=said).fields == 118
    assert "2 rows have no labels: row0000, row0119." in said.warnings
    assert "1 labelled ids have no row: ghost." in said.warnings
    assert read_bundle(tmp_path / "model").facts["warnings"] == said.warnings


def test_no_common_id_is_one_clear_line_and_nothing_is_written(tmp_path):
    write_tables(tmp_path)
    edit_features(tmp_path, lambda table: table.assign(Id="x" + table["Id"]))
    with pytest.raises(DataError, match=r"no Id in common: features have xrow0000, .* row0000"):
        run(tmp_path)
    assert not (tmp_path / "model").exists()


def test_useless_columns_are_dropped_and_listed(tmp_path):
    write_tables(tmp_path)
    edit_features(tmp_path, lambda table: table.assign(flat=1.0, twin=table["a_0"], note="text"))
    said = Listener()
    summary = run(tmp_path, listener=said)
    assert summary.features == 12
    assert summary.facts["dropped"] == {"constant": ["flat"], "identical": ["twin"]}
    assert "Excluded 1 constant columns: flat." in said.notes


def test_groups_come_from_a_file_where_it_is_given(tmp_path):
    write_tables(tmp_path)
    table = pd.read_parquet(tmp_path / "features.parquet")
    groups = table[["Id"]].assign(Group=np.arange(len(table)) // 12)
    groups.to_csv(tmp_path / "groups.csv", index=False)
    facts = run(tmp_path, groups_file=str(tmp_path / "groups.csv")).facts
    assert facts["data"]["groups"] == 10
    oof = read_bundle(tmp_path / "model").oof
    assert len(set(zip(oof.groups, oof.folds.tolist()))) == 10


def test_a_numeric_column_to_group_by_is_no_feature(tmp_path):
    write_tables(tmp_path)
    edit_features(tmp_path, lambda table: table.assign(batch=np.arange(len(table)) // 6))
    facts = run(tmp_path, group="batch").facts
    assert facts["data"]["groups"] == 20
    assert facts["data"]["group"] == "batch"
    assert "batch" not in [feature["name"] for feature in facts["features"]]


def test_blocks_are_joined_and_left_out_by_name(tmp_path):
    write_tables(tmp_path)
    table = pd.read_parquet(tmp_path / "features.parquet")
    extra = pd.DataFrame({"Id": table["Id"], "e1": table["a_0"] * 2, "e2": table["b_1"] ** 2})
    extra.to_csv(tmp_path / "cnn.csv", index=False)
    facts = run(tmp_path, blocks=(str(tmp_path / "cnn.csv"),), without=("A", "b", "c")).facts
    assert [feature["name"] for feature in facts["features"]] == ["cnn.e1", "cnn.e2"]
    assert {feature["block"] for feature in facts["features"]} == {"cnn"}
    with pytest.raises(UsageError, match=r"there is no block d\.") as error:
        run(tmp_path, "other", without=("d",))
    assert "a, b, c" in error.value.hint
    with pytest.raises(UsageError, match="excludes all columns"):
        run(tmp_path, "other", without=("a", "b", "c"))


def test_two_groups_are_refused_with_the_option_to_use(tmp_path):
    write_tables(tmp_path, groups=2, shares=(1,))
    with pytest.raises(UsageError, match="at least 3 groups, got 2") as error:
        run(tmp_path)
    assert "--group" in error.value.hint


def test_labels_that_cannot_be_learned_are_said(tmp_path):
    write_tables(tmp_path, shares=(0.5, 0.4, 2))
    said = Listener()
    run(tmp_path, listener=said)
    assert (
        "label2 (6 rows in 2 groups) cannot be learned from these data; it is never predicted."
        in said.warnings
    )
    assert "label2: 6 rows in 2 groups" in (tmp_path / "model" / "card.md").read_text()


def test_a_label_that_chance_ranks_nearly_as_well_answers_and_is_said_to_be_doubtful(
    tmp_path, monkeypatch
):
    write_tables(tmp_path, shares=(0.5, 0.4, 0.3))
    chances = iter([0.001, 0.2, 0.3])
    monkeypatch.setattr("hpa_features.learn.evaluation.p_value", lambda *_: next(chances))
    said = Listener()
    labels = run(tmp_path, listener=said).facts["labels"]
    assert [label["supported"] for label in labels] == [True, True, False]
    doubted = [each for each in said.warnings if "hardly better than by chance" in each]
    assert len(doubted) == 1
    assert doubted[0].startswith("label1 ")
    assert "p = 0.20" in doubted[0]


def test_a_label_in_fewer_groups_than_folds_is_kept_and_said(tmp_path):
    write_tables(tmp_path, groups=40, shares=(0.5, 0.4, 4), signal=9.0)
    said = Listener()
    facts = run(tmp_path, listener=said).facts
    assert [label["name"] for label in facts["labels"]] == ["label0", "label1", "label2"]
    assert any(
        each.startswith("label2 has positive rows in only 4 groups, fewer than the 5 folds")
        for each in said.warnings
    )


def test_a_table_with_gaps_trains(tmp_path):
    write_tables(tmp_path)
    edit_features(tmp_path, lambda table: table.assign(a_3=table["a_3"].where(table["a_3"] > 0)))
    assert run(tmp_path).features == 12


def test_an_occupied_place_is_refused_before_any_table_is_read(tmp_path):
    write_tables(tmp_path)
    train_small(tmp_path)
    before = digests(tmp_path / "model")
    (tmp_path / "features.parquet").unlink()
    with pytest.raises(UsageError, match="already holds a model"):
        run(tmp_path)
    with pytest.raises(UsageError, match=r"features\.parquet does not exist"):
        run(tmp_path, overwrite=True)
    assert digests(tmp_path / "model") == before


@pytest.mark.parametrize("ending", [".png", "_green", "_green.png"])
def test_ids_with_an_ending_are_shown_without(tmp_path, ending):
    write_tables(tmp_path)
    labels = pd.read_csv(tmp_path / "labels.csv", dtype=str)
    bare = labels["Id"][0]
    labels["Id"] += ending
    labels.to_csv(tmp_path / "labels.csv", index=False)
    with pytest.raises(DataError, match="no Id in common") as caught:
        run(tmp_path)
    assert caught.value.hint.endswith(f"file ending: {bare}, not {bare}{ending}.")
