"""Figures of rows that a model was trained on, and comparisons under unlike conditions, warn."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest
from hpa_feat_cli.app import run
from made_bundle import train_small, write_tables

from hpa_features.core.train_settings import TrainSettings
from hpa_features.pipeline.train import train

ROWS = 60
FORMS = {"wide": "csv", "wide.parquet": "parquet", "long": "csv", "ndjson": "ndjson"}
UNLIKE = "not scored under the same conditions"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tables of 20 genes, their models, and predictions of rows in and outside training."""
    folder = tmp_path_factory.mktemp("honest")
    write_tables(folder, groups=20, columns=4, signal=1.0)
    features, labels = str(folder / "features.parquet"), str(folder / "labels.csv")
    for name, settings in {
        "model": {},
        "again": {},
        "leaky": {"group": "none"},
        "seed": {"seed": 1},
        "folds": {"folds": 3},
        "plain": {"without": ("a",)},
    }.items():
        train_small(folder, name, **settings)
    nested = TrainSettings(bootstrap=20)
    train(features, labels, str(folder / "nested"), nested)
    table = pd.read_csv(labels)
    table[:45].to_csv(folder / "fewer.csv", index=False)
    chosen = TrainSettings(bootstrap=20, nested_rows=0)
    train(features, str(folder / "fewer.csv"), str(folder / "small"), chosen)
    table.label0 = 1 - table.label0
    table.to_csv(folder / "other.csv", index=False)
    train(features, str(folder / "other.csv"), str(folder / "relabelled"), chosen)
    table[["Id", "label1", "label2"]].to_csv(folder / "two.csv", index=False)
    train(features, str(folder / "two.csv"), str(folder / "two"), chosen)
    for model in ("model", "small"):
        for form, ending in FORMS.items():
            out = str(folder / f"{model}-{form.removesuffix('.parquet')}.{ending}")
            ask = ["predict", str(folder / model), features, "--format", form.split(".")[0]]
            assert run([*ask, "-o", out, "-q"]) == 0
    return folder


def evaluated(folder, capsys, *names, code=0):
    """Return the JSON of an evaluation and its warnings."""
    paths = [
        str(folder / each) if "." in each or (folder / each).exists() else each for each in names
    ]
    capsys.readouterr()
    assert run(["evaluate", *paths, "--json"]) == code
    out, err = capsys.readouterr()
    return json.loads(out), [line for line in err.splitlines() if line.startswith("warning")]


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ("leaky", "20 groups (Gene) against ungrouped rows (none)"),
        ("nested", "cross-fitted against nested"),
        ("seed", "different folds (5 against 5)"),
        ("folds", "different folds (5 against 3)"),
        ("small", "trained on 60 against 45 rows, 45 of them scored"),
        ("relabelled", "other labels in 60 rows"),
        ("two", "3 against 2 labels"),
        (
            "model-wide.csv",
            "predictions of fold models against a model that was trained on 60 of the",
        ),
        ("small-wide.csv", "trained on 45 of the 60 rows"),
    ],
)
def test_unlike_conditions_are_one_line(folder, capsys, second, words):
    found, warnings = evaluated(folder, capsys, "model", "--compare", second)
    (line,) = (each for each in warnings if UNLIKE in each)
    assert words in line
    assert words in "; ".join(found["compare"]["differences"])
    assert line.removeprefix("warning: ") in found["warnings"]


@pytest.mark.parametrize("first", ["leaky", "nested", "model-wide.csv", "small-ndjson.ndjson"])
def test_unlike_conditions_are_named_from_the_other_side_too(folder, capsys, first):
    found, warnings = evaluated(folder, capsys, first, "labels.csv", "--compare", "model")
    assert sum(UNLIKE in each for each in warnings) == 1
    assert found["compare"]["differences"]


def test_models_under_the_same_conditions_are_compared_without_a_word(folder, capsys):
    for second in ("again", "plain"):
        found, warnings = evaluated(folder, capsys, "model", "--compare", second)
        assert found["compare"]["differences"] == []
        assert not [each for each in warnings if UNLIKE in each]


def test_intervals_draw_the_larger_groups_of_the_two_sides(folder, capsys):
    for names in (("leaky", "--compare", "model"), ("model", "--compare", "leaky")):
        assert evaluated(folder, capsys, *names)[0]["groups"] == 20
    assert run(["evaluate", str(folder / "leaky")]) == 0
    assert "Nearly every row is its own group" in capsys.readouterr().err


def test_people_read_it_beside_the_difference(folder, capsys):
    assert run(["evaluate", str(folder / "model"), "--compare", str(folder / "leaky")]) == 0
    out = capsys.readouterr().out.splitlines()
    at = next(at for at, line in enumerate(out) if line.startswith("difference in macro F1"))
    assert out[at + 1].startswith("not scored under the same conditions: 20 groups (Gene)")


@pytest.mark.parametrize("name", ["wide.csv", "wide.parquet", "long.csv", "ndjson.ndjson"])
def test_every_form_carries_which_rows_were_in_training(folder, capsys, name):
    for model, count in (("model", 60), ("small", 45)):
        found, warnings = evaluated(folder, capsys, f"{model}-{name}", "labels.csv")
        assert found["in_training"] == count
        (line,) = (each for each in warnings if "InTraining" in each)
        assert f"{count} of the 60 scored rows were used to train the model" in line
        assert line.removeprefix("warning: ") in found["warnings"]
    assert run(["evaluate", str(folder / f"small-{name}"), str(folder / "labels.csv")]) == 0
    assert "45 of them training rows" in capsys.readouterr().out.splitlines()[0]


@pytest.mark.parametrize("name", ["wide.csv", "wide.parquet", "long.csv", "ndjson.ndjson"])
def test_only_scored_rows_count(folder, capsys, name):
    fresh = pd.read_csv(folder / "labels.csv")[45:]
    fresh.to_csv(folder / "fresh.csv", index=False)
    found, warnings = evaluated(folder, capsys, f"small-{name}", "fresh.csv")
    assert (found["in_training"], found["rows"]) == (0, 15)
    assert not [each for each in warnings if "InTraining" in each]


def test_files_of_rows_that_nobody_was_trained_on_are_alike(folder, capsys):
    pd.read_csv(folder / "labels.csv")[45:].to_csv(folder / "fresh.csv", index=False)
    arguments = ("small-wide.csv", "fresh.csv", "--compare", "small-long.csv")
    found, warnings = evaluated(folder, capsys, *arguments)
    assert found["compare"]["differences"] == []
    assert not [each for each in warnings if "condition" in each or "InTraining" in each]


def test_two_files_of_training_rows_are_both_named(folder, capsys):
    arguments = ("model-wide.csv", "labels.csv", "--compare", "model-long.csv")
    _, warnings = evaluated(folder, capsys, *arguments)
    named = [each for each in warnings if "used to train the model" in each]
    assert [name in line for name, line in zip(("wide.csv", "long.csv"), named)] == [True, True]


def test_a_file_that_does_not_tell_is_not_taken_for_honest(folder, capsys):
    wide = pd.read_csv(folder / "model-wide.csv").drop(columns="InTraining")
    wide.to_csv(folder / "foreign.csv", index=False)
    shutil.copy(folder / "foreign.csv", folder / "second.csv")
    found, _ = evaluated(folder, capsys, "model", "--compare", "foreign.csv")
    assert "unknown training rows (no column InTraining)" in found["compare"]["differences"][0]
    capsys.readouterr()
    arguments = [str(folder / each) for each in ("foreign.csv", "labels.csv", "second.csv")]
    assert run(["evaluate", *arguments[:2], "--compare", arguments[2]]) == 0
    assert "so their training rows are unknown" in capsys.readouterr().err


def test_groups_that_folds_divide_are_named(folder, capsys):
    pairs = [f"row{row:04d},g{row // 3}" for row in range(ROWS)]
    (folder / "genes.csv").write_text("Id,Group\n" + "\n".join(pairs) + "\n")
    _, warnings = evaluated(folder, capsys, "leaky", "--groups-file", "genes.csv")
    assert any("have rows in several folds of" in each for each in warnings)
    _, warnings = evaluated(folder, capsys, "model", "--groups-file", "genes.csv")
    assert not any("several folds" in each for each in warnings)


def test_a_label_that_the_second_does_not_know_is_named(folder, capsys):
    wide = pd.read_csv(folder / "model-wide.csv")
    wide.drop(columns=["label1.prob", "label1.decision"]).to_csv(folder / "less.csv", index=False)
    _, warnings = evaluated(folder, capsys, "model-wide.csv", "labels.csv", "--compare", "less.csv")
    assert any("less.csv has no label label1" in each for each in warnings)


def test_predictions_of_training_rows_are_no_features_without_a_warning(folder, tmp_path, capsys):
    paths = [str(folder / each) for each in ("features.parquet", "labels.csv")]
    block = str(folder / "model-wide.csv")
    out = ["-o", str(tmp_path / "m"), "--nested-rows", "0", "--jobs", "1"]
    assert run(["train", *paths, *out, "--block", block]) == 0
    assert "60 of 60 rows are predictions of a model that was trained on" in capsys.readouterr().err
    facts = json.loads((tmp_path / "m" / "model.json").read_text())
    assert not [each["name"] for each in facts["features"] if "InTraining" in each["name"]]
    assert any("InTraining" in each for each in facts["warnings"])
