"""hpa-feat train --normalize, and what reads such a model, on files as a user has them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hpa_feat_cli.app import run
from made_bundle import write_tables

from hpa_features.core.errors import BundleError
from hpa_features.io.bundle import read_bundle
from hpa_features.learn.packing import unpack

PLATES = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a nested model of 150 rows on three plates, the third much brighter."""
    folder = tmp_path_factory.mktemp("normalized")
    features, labels = write_tables(folder, groups=50, shares=(0.5, 0.4), signal=2.5)
    table = pd.read_parquet(features)
    plate = np.arange(len(table)) % PLATES
    numbers = [name for name in table if "_" in name and name != "Metadata_Gene"]
    table[numbers] = table[numbers].mul(np.where(plate == 2, 9, 1), axis=0)
    table["Metadata_Plate"] = [f"P{each}" for each in plate]
    table.to_parquet(features, index=False)
    command = ["train", features, labels, "-o", str(folder / "model"), "--jobs", "1"]
    assert run([*command, "--normalize", "Metadata_Plate"]) == 0
    return folder


def table_of(folder):
    return pd.read_parquet(folder / "features.parquet")


def ask(folder, table, tmp_path, *more):
    path = tmp_path / "asked.parquet"
    table.to_parquet(path, index=False)
    out = str(tmp_path / "said.csv")
    return run(["predict", str(folder / "model"), str(path), "-o", out, "--overwrite", *more])


def test_the_model_says_what_it_normalizes_within(folder):
    facts = read_bundle(folder / "model").facts
    assert facts["normalized"] == {
        "column": "Plate",
        "plates": ["P0", "P1", "P2"],
        "fewest_rows": 20,
    }
    assert facts["training"]["normalize"] == "Metadata_Plate"
    assert "within each of 3 Plate" in (folder / "model" / "card.md").read_text()


def test_out_of_fold_scores_come_again_from_the_bundle_exactly(folder):
    bundle, table = read_bundle(folder / "model"), table_of(folder).set_index("Metadata_Gene")
    model = unpack(bundle)
    table = table_of(folder).set_index("Id")
    for fold in range(model.folds):
        held = bundle.oof.folds == fold
        rows = table.loc[[each for each, own in zip(bundle.oof.ids, held) if own]]
        values = rows[[column.name for column in model.columns]].to_numpy(np.float32)
        seen = model.members[fold].transform(values, tuple(rows["Metadata_Plate"]))
        again = model.fold_probabilities(fold, seen)
        np.testing.assert_array_equal(again, bundle.oof.prob[held])


def test_new_plates_are_answered_by_their_own_rows(folder, tmp_path, capsys):
    table = table_of(folder)
    assert ask(folder, table, tmp_path) == 0
    known = pd.read_csv(tmp_path / "said.csv")
    capsys.readouterr()
    table["Metadata_Plate"] = "new" + table["Metadata_Plate"]
    assert ask(folder, table, tmp_path) == 0
    assert "3 Plate not in training, normalized by their own rows: newP0" in capsys.readouterr().err
    new = pd.read_csv(tmp_path / "said.csv")
    assert (new["label0.decision"] == known["label0.decision"]).mean() > 0.95
    assert (new["label0.prob"] != known["label0.prob"]).any()


def test_a_new_plate_of_few_rows_is_refused_by_name(folder, tmp_path, capsys):
    few = table_of(folder).head(5)
    assert ask(folder, few, tmp_path) == 0
    assert ask(folder, few.assign(Metadata_Plate="P77"), tmp_path) == 1
    error = capsys.readouterr().err
    assert "Too few rows to normalize within Plate: 'P77' (5)" in error
    assert "at least 20 rows" in error


def test_a_table_without_plates_is_refused(folder, tmp_path, capsys):
    table = table_of(folder)
    assert ask(folder, table.drop(columns="Metadata_Plate"), tmp_path) == 2
    assert "within Plate, but the table has no such column" in capsys.readouterr().err
    table.loc[3, "Metadata_Plate"] = None
    assert ask(folder, table, tmp_path) == 1
    assert "1 rows have no Plate to be normalized within: row0003" in capsys.readouterr().err
    assert not (tmp_path / "said.csv").exists()


def test_importance_scores_the_rows_as_training_did(folder, capsys):
    assert run(["importance", str(folder / "model"), "--jobs", "1"]) == 0
    assert "have other scores" not in capsys.readouterr().err


def test_a_number_can_tell_plates_and_is_no_feature(folder, tmp_path, capsys):
    table = table_of(folder).rename(columns={"Metadata_Plate": "batch"})
    table["batch"] = table["batch"].str[1:].astype(int)
    table.to_csv(tmp_path / "f.csv", index=False)
    out = str(tmp_path / "model")
    command = ["train", str(tmp_path / "f.csv"), str(folder / "labels.csv"), "-o", out]
    assert run([*command, "--normalize", "batch", "--nested-rows", "0", "--jobs", "1"]) == 0
    facts = json.loads((tmp_path / "model" / "model.json").read_text())
    assert facts["normalized"]["plates"] == ["0", "1", "2"]
    assert "batch" not in [each["name"] for each in facts["features"]]
    assert (
        "from the rows of each training part only" in (tmp_path / "model" / "card.md").read_text()
    )
    capsys.readouterr()
    assert run(["predict", out, str(tmp_path / "f.csv"), "-o", "-"]) == 0
    assert "not in training" not in capsys.readouterr().err


def test_training_on_small_or_unknown_plates_is_refused(folder, tmp_path, capsys):
    table = table_of(folder)
    table.loc[:3, "Metadata_Plate"] = "tiny"
    table.to_parquet(tmp_path / "f.parquet", index=False)
    out = str(tmp_path / "model")
    command = ["train", str(tmp_path / "f.parquet"), str(folder / "labels.csv"), "-o", out]
    assert run([*command, "--normalize", "Plate", "--jobs", "1"]) == 1
    assert "'tiny' (4); a Plate needs at least 20 rows" in capsys.readouterr().err
    assert run([*command, "--normalize", "Well", "--jobs", "1"]) == 2
    assert "within Well, but the table has no such column" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "number", "message"),
    [
        ("plate_medians_fold_1", np.inf, "'plate_medians_fold_1' must not be infinite"),
        ("plate_scales_fold_0", 0, "'plate_scales_fold_0' must be finite and above 0"),
        ("plate_scales_fold_0", np.nan, "must be finite and above 0"),
        ("plate_scales_fold_2", None, "'plate_scales_fold_2' must have 3 × 12 numbers"),
    ],
)
def test_forged_numbers_are_refused(folder, name, number, message):
    bundle = read_bundle(folder / "model")
    shape = (3, 12) if number is not None else (2, 12)
    forged = np.full(shape, number or 0, np.float32)
    with pytest.raises(BundleError, match=message):
        unpack(replace(bundle, numbers={**bundle.numbers, name: forged}))


@pytest.mark.parametrize(
    ("normalized", "message"),
    [
        ({"column": "Plate"}, "lacks 'plates'"),
        ({"column": "", "plates": ["P0", "P1", "P2"]}, "must name a column"),
        ({"column": "Plate", "plates": ["P0", "P1", "P1"]}, "each plate once"),
        ({"column": "Plate", "plates": ["P0", "P1"]}, "must have 2 × 12 numbers"),
    ],
)
def test_forged_facts_are_refused(folder, normalized, message):
    bundle = read_bundle(folder / "model")
    with pytest.raises(BundleError, match=message):
        unpack(replace(bundle, facts={**bundle.facts, "normalized": normalized}))
