"""hpa-feat evaluate on files, through the program's own entry."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hpa_feat_cli.app import run
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score

from hpa_features.core.locations import LOCATIONS
from hpa_features.core.settings import PredictionForm
from hpa_features.io.predictions import Predictions, write_parquet, write_text

LABELS = (LOCATIONS[0], LOCATIONS[2], LOCATIONS[25])


@pytest.fixture
def files(tmp_path):
    """Truth, predictions in every form, groups and a break-down of 60 rows; returns the folder."""
    rng = np.random.default_rng(1)
    ids = tuple(f"r{row:02d}" for row in range(60))
    truth = rng.random((60, 3)) < 0.4
    probability = np.round(np.clip(truth * 0.4 + rng.random((60, 3)) * 0.6, 0, 1), 6)
    said = Predictions(ids, LABELS, probability >= 0.5, probability, np.full(3, 0.5))
    for form in PredictionForm:
        with (tmp_path / f"{form}.csv").open("w", encoding="utf-8", newline="") as file:
            write_text(said, file, form)
    write_parquet(said, tmp_path / "wide.parquet", PredictionForm.WIDE)
    worse = Predictions(ids, LABELS, rng.random((60, 3)) < 0.5)
    with (tmp_path / "worse.csv").open("w", encoding="utf-8", newline="") as file:
        write_text(worse, file, PredictionForm.KAGGLE)
    numbers = (0, 2, 25)
    lines = [
        f"{each},{' '.join(str(n) for n, hit in zip(numbers, row) if hit)}"
        for each, row in zip(ids, truth)
    ]
    (tmp_path / "labels.csv").write_text("Id,Target\n" + "\n".join(lines) + "\n", encoding="utf-8")
    kinds = [f"{each},{'pure' if row % 3 else 'mixed'}" for row, each in enumerate(ids)]
    (tmp_path / "tiles.csv").write_text("Id,kind\n" + "\n".join(kinds) + "\n", encoding="utf-8")
    groups = [f"{each},g{row // 4}" for row, each in enumerate(ids)]
    (tmp_path / "groups.csv").write_text("Id,Group\n" + "\n".join(groups) + "\n", encoding="utf-8")
    np.savez(tmp_path / "arrays.npz", truth=truth, probability=probability, worse=worse.decision)
    return tmp_path


def ask(capsys, *arguments):
    code = run(["evaluate", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def facts(capsys, *arguments):
    code, out, _ = ask(capsys, *arguments, "--json")
    assert code == 0
    return json.loads(out)


@pytest.mark.parametrize(
    "name", ["wide.csv", "long.csv", "kaggle.csv", "ndjson.csv", "wide.parquet"]
)
def test_every_form_gives_scikit_learns_figures(name, files, capsys):
    found = facts(capsys, files / name, files / "labels.csv")
    arrays = np.load(files / "arrays.npz")
    truth, probability = arrays["truth"], arrays["probability"]
    expected = f1_score(truth, probability >= 0.5, average=None)
    assert found["macro_f1"] == pytest.approx(expected.mean())
    for at, label in enumerate(LABELS):
        assert found["labels"][label]["f1"] == pytest.approx(expected[at])
        assert found["labels"][label]["support"] == truth[:, at].sum()
    if name == "kaggle.csv":
        assert found["map"] is None
        assert found["macro_f1_all"] == pytest.approx(expected.sum() / 28)
        assert found["labels"]["Rods & rings"]["support"] == 0
    else:
        aps = [average_precision_score(truth[:, at], probability[:, at]) for at in range(3)]
        assert found["map"] == pytest.approx(np.mean(aps))
    assert found["interval"][0] < found["macro_f1"] < found["interval"][1]
    assert set(found) >= {"macro_f1", "interval", "map", "labels", "by"}


def test_by_a_column_scores_each_value_apart(files, capsys):
    found = facts(
        capsys, files / "wide.csv", files / "labels.csv", "--by", f"{files}/tiles.csv:kind"
    )
    arrays = np.load(files / "arrays.npz")
    mixed = np.arange(60) % 3 == 0
    assert list(found["by"]) == ["mixed", "pure"]
    for value, rows in (("mixed", mixed), ("pure", ~mixed)):
        decision = arrays["probability"][rows] >= 0.5
        expected = f1_score(arrays["truth"][rows], decision, average="macro")
        assert found["by"][value]["macro_f1"] == pytest.approx(expected)
        assert found["by"][value]["rows"] == rows.sum()


def test_groups_change_the_interval_and_not_the_figure(files, capsys):
    alone = facts(capsys, files / "wide.csv", files / "labels.csv")
    grouped = facts(
        capsys, files / "wide.csv", files / "labels.csv", "--groups-file", files / "groups.csv"
    )
    assert (alone["groups"], grouped["groups"]) == (60, 15)
    assert grouped["macro_f1"] == alone["macro_f1"]
    assert grouped["interval"] != alone["interval"]


def test_compare_tells_the_paired_difference(files, capsys):
    found = facts(
        capsys, files / "wide.csv", files / "labels.csv", "--compare", files / "worse.csv"
    )["compare"]
    arrays = np.load(files / "arrays.npz")
    first, second = (
        f1_score(arrays["truth"], decision, average="macro")
        for decision in (arrays["probability"] >= 0.5, arrays["worse"])
    )
    assert found["macro_f1"] == pytest.approx(first - second)
    assert found["interval"][0] < found["macro_f1"] < found["interval"][1]
    assert found["share_better"] > 0.9
    each = found["labels"][LABELS[1]]
    first, second = (
        f1_score(arrays["truth"][:, 1], decision[:, 1])
        for decision in (arrays["probability"] >= 0.5, arrays["worse"])
    )
    assert each["f1"] == pytest.approx(first - second)
    assert each["interval"][0] < each["f1"] < each["interval"][1]


def test_how_true_probabilities_are_is_told(files, capsys):
    found = facts(capsys, files / "wide.csv", files / "labels.csv")
    arrays = np.load(files / "arrays.npz")
    wanted = [brier_score_loss(*pair) for pair in zip(arrays["truth"].T, arrays["probability"].T)]
    assert [found["labels"][name]["brier"] for name in LABELS] == pytest.approx(wanted)
    assert found["brier"] == pytest.approx(np.mean(wanted))
    assert 0 < found["ece"] < 0.5
    assert facts(capsys, files / "kaggle.csv", files / "labels.csv")["brier"] is None


def test_people_read_a_table_on_stdout_and_notes_on_stderr(files, capsys):
    code, out, err = ask(
        capsys,
        files / "kaggle.csv",
        files / "labels.csv",
        "--by",
        f"{files}/tiles.csv:kind",
        "--compare",
        files / "worse.csv",
    )
    assert code == 0
    assert out.startswith("macro F1 0.")
    for part in (
        "Nucleoli  ",
        "mixed: macro F1",
        "no positives",
        "difference in macro F1 (first minus second): +",
        "ECE",
    ):
        assert part in out
    assert "nan" not in out
    assert "No groups are given" in err
    assert "done: 60 fields" in err


def test_ids_of_one_side_are_counted_and_named(files, capsys):
    text = (files / "labels.csv").read_text(encoding="utf-8").replace("r07,", "other,")
    (files / "labels.csv").write_text(text, encoding="utf-8")
    code, _, err = ask(capsys, files / "wide.csv", files / "labels.csv")
    assert code == 0
    assert "1 ids of" in err
    assert "r07" in err
    assert "other" in err


def test_compared_predictions_of_other_rows_are_named_in_the_message(files, capsys):
    text = (files / "wide.csv").read_text(encoding="utf-8")
    (files / "others.csv").write_text(text.replace("\nr", "\nother"), encoding="utf-8")
    code, out, err = ask(
        capsys, files / "wide.csv", files / "labels.csv", "--compare", files / "others.csv"
    )
    assert (code, out) == (1, "")
    line = next(line for line in err.splitlines() if line.startswith("error: "))
    assert f"wide.csv and {files / 'others.csv'} have no labelled Id in common" in line
    assert "'r00' against 'other00'" in line


def test_a_label_that_predictions_do_not_know_counts_as_never_predicted(files, capsys):
    text = (files / "labels.csv").read_text(encoding="utf-8")
    (files / "labels.csv").write_text(text + "r99,\n", encoding="utf-8")
    text = text.replace("r00,", "r00,7 ")
    (files / "labels.csv").write_text(text, encoding="utf-8")
    found = facts(capsys, files / "wide.csv", files / "labels.csv")
    golgi = found["labels"]["Golgi apparatus"]
    assert (golgi["support"], golgi["f1"]) == (1, 0)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["wide.csv"], 2, "the true labels are needed too"),
        (["none.csv", "labels.csv"], 2, "does not exist"),
        (["labels.csv", "labels.csv"], 2, "has no predictions"),
        (["wide.csv", "labels.csv", "--by", "tiles.csv"], 2, "wanted FILE:COLUMN"),
        (["wide.csv", "labels.csv", "--by", "tiles.csv:size"], 2, "has no column size"),
        (["wide.csv", "labels.csv", "--groups-file", "tiles.csv"], 2, "has no column Group"),
        (["wide.csv", "foreign.csv"], 1, "no Id in common"),
        (["wide.csv", "other.csv"], 1, "no label in common: 'Nucleoplasm' against 'dog'"),
        (["wide.csv", "labels.csv", "--compare", "others.csv"], 1, "no label in common"),
        ([".", "labels.csv"], 1, "is not a model"),
    ],
)
def test_each_mistake_is_one_clear_line(arguments, code, message, files, capsys, monkeypatch):
    monkeypatch.chdir(files)
    (files / "foreign.csv").write_text("Id,Target\nelse,0\n", encoding="utf-8")
    (files / "other.csv").write_text("Id,Labels\nr00,dog\nr01,cat\n", encoding="utf-8")
    (files / "others.csv").write_text("Id,cat.decision\nr00,1\nr01,0\n", encoding="utf-8")
    got, out, err = ask(capsys, *arguments)
    assert got == code
    assert out == ""
    line = next(line for line in err.splitlines() if line.startswith("error: "))
    assert message in line
