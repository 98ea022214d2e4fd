"""The comparison of learners: what it keeps, refuses, and calls a pass."""

from __future__ import annotations

import csv
import importlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def load(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module


@pytest.fixture
def folder(tmp_path):
    """Write 60 rows in 20 groups and 30 test rows: one label easy, one by chance, one nowhere."""
    rng = np.random.default_rng(0)
    made = tmp_path / "made"
    made.mkdir()
    for prefix, rows in (("", 60), ("test_", 30)):
        values = rng.normal(size=(rows, 4))
        ids = [f"{prefix}{row}" for row in range(rows)]
        columns = {f"x{at}": values[:, at] for at in range(4)}
        labels = {
            "easy": values[:, 0] > 0,
            "chance": rng.random(rows) < 0.4,
            "nowhere": np.arange(rows) < (5 if prefix else 0),
        }
        pd.DataFrame({"Id": ids} | columns).to_parquet(made / f"{prefix}features.parquet")
        table = pd.DataFrame(
            {"Id": ids} | {name: each.astype(int) for name, each in labels.items()}
        )
        table.to_csv(made / f"{prefix}labels.csv", index=False)
        groups = pd.DataFrame({"Id": ids, "Group": [f"g{row // 3}" for row in range(rows)]})
        groups.to_csv(made / f"{prefix}groups.csv", index=False)
    return made


@pytest.fixture
def case(load, folder):
    return load("training_tables").read_case(folder, seed=0)


def answer_of(load, case, decision, test_decision=None, commit="abc"):
    tested = np.zeros(case.test_truth.shape, dtype=bool) if test_decision is None else test_decision
    answer = load("training_tables").Answer
    return answer(decision.astype(float), decision, tested.astype(float), tested, 1.0, commit)


def test_a_label_without_positive_training_rows_stays(case):
    assert case.data.labels == ("easy", "chance", "nowhere")
    assert case.data.truth.any(axis=0).tolist() == [True, True, False]
    assert case.test_truth[:, 2].sum() == 5


def test_groups_stay_whole(case):
    for group in range(20):
        assert len(set(case.folds[case.data.groups == group])) == 1


@pytest.mark.parametrize("learner", ["RBF-SVM", "chain of logistic"])
def test_a_baseline_learns_what_can_be_learned(load, case, learner):
    baselines = load("baselines")
    found = baselines.answer(baselines.baselines(case)[learner], case, 15, "abc")
    f1 = load("hpa_features.learn.metrics").f1_scores
    assert f1(case.data.truth, found.decision)[0] > 0.8
    assert f1(case.test_truth, found.test_decision)[0] > 0.8
    assert not found.test_decision[:, 2].any()


def test_a_learner_that_takes_too_long_says_how_long(load, case):
    baselines = load("baselines")
    found = baselines.answer(baselines.baselines(case)["logistic"], case, 0, "abc")
    assert isinstance(found, load("training_tables").NotRun)
    assert found.minutes > 0


def test_a_label_has_own_scores_where_columns_are_named_after_every_label(load, case):
    baselines = load("baselines")
    assert baselines.own_scores(case) == ()
    names = ("net_easy", "net_chance", "net_nowhere", "other_easy")
    columns = tuple(replace(each, name=name) for each, name in zip(case.data.columns, names))
    named = replace(case, data=replace(case.data, columns=columns))
    assert baselines.own_scores(named) == ((0, 3), (1,), (2,))
    columns = tuple(replace(each, name=f"net_{at:02d}") for at, each in enumerate(columns))
    labels = ("Nucleoplasm", "Nuclear membrane", "Nucleoli")
    numbered = replace(case, data=replace(case.data, columns=columns, labels=labels))
    assert baselines.own_scores(numbered) == ((0,), (1,), (2,))


def test_kept_answers_come_back_for_the_same_table_only(load, case, tmp_path):
    tables = load("training_tables")
    kept = tables.Kept(tmp_path / "kept")
    answer = answer_of(load, case, case.data.truth)
    kept.write(case, "a", answer)
    kept.write(case, "b", tables.NotRun(40.0))
    found = kept.read(case, "a")
    assert np.array_equal(found.decision, answer.decision)
    assert (found.seconds, found.commit) == (1.0, "abc")
    assert kept.read(case, "b") == tables.NotRun(40.0)
    assert kept.read(case, "c") is None
    assert kept.read(replace(case, folds=case.folds[::-1].copy()), "a") is None


def rows(load, *learners, commit="abc"):
    scored = load("training_history").Scored
    return [scored(commit, "2026-01-01", "made", each, "0.5", "0.6") for each in learners]


def test_history_takes_ours_once_a_commit_and_a_baseline_once(load, tmp_path):
    append, path = load("training_history").append, tmp_path / "history.csv"
    append(rows(load, "ours", "svm"), "ours", path)
    append(rows(load, "ours", "svm", "forest", commit="def"), "ours", path)
    before = path.read_text()
    with pytest.raises(SystemExit, match="once a commit"):
        append(rows(load, "tree", "ours"), "ours", path)
    assert path.read_text() == before
    found = [(row["commit"], row["learner"]) for row in csv.DictReader(before.splitlines())]
    assert found == [("abc", "ours"), ("abc", "svm"), ("def", "ours"), ("def", "forest")]


def test_history_takes_code_in_no_commit_only_when_told(load, tmp_path):
    append, path = load("training_history").append, tmp_path / "history.csv"
    with pytest.raises(SystemExit, match="in no commit"):
        append(rows(load, "ours", commit="abc+"), "ours", path)
    assert not path.exists()
    append(rows(load, "ours", commit="abc+"), "ours", path, dirty=True)
    assert "abc+" in path.read_text()


def test_it_passes_unless_the_best_baseline_is_surely_better(load, case):
    result = load("training_result")
    truth, tested = case.data.truth, case.test_truth
    right = answer_of(load, case, truth, tested)
    wrong = answer_of(load, case, ~truth, ~tested)
    not_run = load("training_tables").NotRun(40.0)
    won = result.Result(case, right, {"worse": wrong, "slow": not_run})
    assert won.best == "worse"
    assert result.verdict([won])[-1].endswith("yes.")
    lost = result.Result(case, wrong, {"better": right, "worse": wrong})
    assert lost.best == "better"
    assert result.verdict([lost])[-1].endswith("NO.")
    assert "entirely below 0: made" in result.verdict([lost])[0]
    assert "not run: 40 min" in "\n".join(result.lines_of([won]))
