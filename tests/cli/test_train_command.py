"""hpa-feat train on files, through the program's own entry."""

from __future__ import annotations

import json

import pytest
from hpa_feat_cli.app import run
from made_bundle import write_tables


@pytest.fixture
def tables(tmp_path):
    return list(write_tables(tmp_path, groups=20, shares=(0.5, 0.4)))


def train(tables, tmp_path, *more):
    return run(["train", *tables, "-o", str(tmp_path / "model"), "--jobs", "1", *more])


def test_a_model_is_trained_and_its_worth_is_told_on_stderr(tables, tmp_path, capsys):
    assert train(tables, tmp_path) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "nested, 5 folds of 20 groups (Gene)" in err
    assert "macro F1 0." in err
    lines = err.strip().splitlines()
    assert lines[-3].startswith("done: 60 fields, 12 features, ")
    assert lines[-2] == f"result: {tmp_path / 'model'}"
    assert lines[-1].startswith(f"next: hpa-feat predict {tmp_path / 'model'} ")


def test_json_is_one_object_on_stdout(tables, tmp_path, capsys):
    assert train(tables, tmp_path, "--json", "--quiet", "--nested-rows", "0") == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["fields"] == 60
    assert summary["features"] == 12
    assert summary["output"] == str(tmp_path / "model")


def test_exit_codes_tell_usage_from_nothing_done(tables, tmp_path, capsys):
    assert train(tables, tmp_path, "--group", "nosuch") == 2
    assert "no such column" in capsys.readouterr().err
    assert train(tables, tmp_path, "--folds", "1") == 2
    (tmp_path / "labels.csv").write_text("Id,Target\nother,3\n")
    assert train(tables, tmp_path) == 1
    error = capsys.readouterr().err
    assert "no Id in common" in error
    assert not (tmp_path / "model").exists()
