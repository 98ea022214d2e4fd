"""train with a search for parameters, from tables to a bundle."""

from __future__ import annotations

import hashlib
import sys

import pytest
from listener import Listener
from made_bundle import write_tables

from hpa_features.core.errors import MissingExtra
from hpa_features.core.train_settings import TrainSettings
from hpa_features.io.bundle import read_bundle
from hpa_features.pipeline.train import train
from hpa_features.running.pool import LocalExecutor


def run(folder, out="model", listener=None, jobs=1, **settings):
    chosen = TrainSettings(**{"bootstrap": 50, "folds": 3, "tune": 3} | settings)
    features, labels = str(folder / "features.parquet"), str(folder / "labels.csv")
    how = {"executor": LocalExecutor(jobs)}
    return train(features, labels, str(folder / out), chosen, listener or Listener(), **how)


def digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]


def test_a_tuned_training_gives_the_same_bytes_whatever_jobs(tmp_path):
    write_tables(tmp_path, groups=18, shares=(0.5, 0.4))
    run(tmp_path, "one")
    run(tmp_path, "two", jobs=2)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


@pytest.mark.parametrize("nested_rows", [0, 1000])
def test_facts_card_notes_and_trees_tell_what_each_fold_chose(tmp_path, nested_rows):
    write_tables(tmp_path, groups=18, shares=(0.5, 0.4), signal=4.0)
    said = Listener()
    facts = run(tmp_path, listener=said, nested_rows=nested_rows).facts
    bundle = read_bundle(tmp_path / "model")
    run(tmp_path, "plain", tune=0, nested_rows=0)
    plain = read_bundle(tmp_path / "plain")
    assert bundle.facts["tuned"] == facts["tuned"]
    assert facts["training"]["tune"] == 3
    assert len(facts["tuned"]) == facts["data"]["folds"] == 3
    assert any(each["changed"] for each in facts["tuned"])
    for fold, each in enumerate(facts["tuned"]):
        assert each["loss"] <= each["default_loss"]
        trees = f"boosters/label-000-fold-{fold}.txt"
        assert (bundle.boosters[trees] != plain.boosters[trees]) == bool(each["changed"])
        assert any(f"Search in the training part of fold {fold}: " in note for note in said.notes)
        assert f"  - fold {fold}: " in bundle.card


def test_without_a_search_nothing_is_said_of_one(tmp_path):
    write_tables(tmp_path, groups=18, shares=(0.5, 0.4))
    said = Listener()
    assert run(tmp_path, listener=said, tune=0, nested_rows=0).facts["tuned"] == []
    assert not any("Search" in note for note in said.notes)
    assert "Search" not in read_bundle(tmp_path / "model").card


@pytest.mark.parametrize("trials", [0, 2])
def test_another_optuna_begins_anew_where_it_searched(tmp_path, monkeypatch, trials):
    write_tables(tmp_path, groups=18, shares=(0.5, 0.4))
    abouts = []

    def stopped(_folder, about, _progress):
        abouts.append(about)
        raise KeyboardInterrupt

    monkeypatch.setattr("hpa_features.running.kept_results.keep_results", stopped)
    for number in ("1", "2"):
        monkeypatch.setattr(
            "hpa_features.pipeline.train.version",
            lambda name, number=number: number if name == "optuna" else "0",
        )
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, tune=trials)
    assert (abouts[0] != abouts[1]) == bool(trials)


def test_without_optuna_nothing_is_begun(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtra, match=r"pip install '\.\[tune\]'"):
        run(tmp_path)  # there are not even tables
    assert not (tmp_path / "model").exists()
