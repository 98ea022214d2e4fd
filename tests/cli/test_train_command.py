"""hpa-feat train on files, through the program's own entry."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

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


def test_labels_of_the_2021_challenge_have_its_names(tmp_path, capsys):
    rows = range(60)
    labels = ("14|0", "16", "18")
    (tmp_path / "x.csv").write_text(
        ",ID,a,when\n" + "".join(f"{r},r{r},{r % 3}.{r},{10**18 + r}\n" for r in rows)
    )
    (tmp_path / "l.csv").write_text("ID,Label\n" + "".join(f"r{r},{labels[r % 3]}\n" for r in rows))
    tables = [str(tmp_path / "x.csv"), str(tmp_path / "l.csv")]
    assert train(tables, tmp_path, "--group", "none", "--nested-rows", "0") == 0
    err = capsys.readouterr().err
    assert "l.csv: Label holds numbers of the 2021 challenge" in err
    assert "x.csv: excluded, because their whole numbers go beyond ±2^53: when." in err
    facts = json.loads((tmp_path / "model/model.json").read_text(encoding="utf-8"))
    assert {each["name"] for each in facts["labels"]} == {"Nucleoplasm", "Cytosol", "Mitochondria"}
    (tmp_path / "l.csv").write_text((tmp_path / "l.csv").read_text().replace("Label", "Labels"))
    assert train(tables, tmp_path, "--group", "none", "--overwrite") == 2
    assert "2021 challenge (0–18) in a column Label" in capsys.readouterr().err


PROGRAM = str(Path(sys.executable).with_name("hpa-feat"))
KILLED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run behind a shell
from hpa_features.running.kept_results import KeptResults
how, put, done = sys.argv[1], KeptResults.put, []
def killed(kept, key, result):
    done.append(put(kept, key, result))
    if len(done) == 3:
        os.kill(os.getpid(), signal.SIGKILL if how == "killed" else signal.SIGINT)
    return done[-1]
KeptResults.put = killed
from hpa_feat_cli.app import main
if __name__ == "__main__":
    del sys.argv[1]
    main()
"""


@pytest.mark.parametrize(("how", "code"), [("killed", -signal.SIGKILL), ("interrupted", 130)])
def test_a_training_that_was_cut_off_goes_on_to_the_same_bytes(tables, tmp_path, how, code):
    script, model = tmp_path / "killed.py", tmp_path / "model"
    script.write_text(KILLED)
    command = ["train", *tables, "--nested-rows", "0", "--jobs", "2", "-o"]
    begun = subprocess.run(
        [sys.executable, script, how, *command, model], capture_output=True, text=True, check=False
    )
    assert begun.returncode == code, begun.stderr
    assert not model.exists()
    if how == "interrupted":
        assert "3 fits are kept in" in begun.stderr
        assert "the same command resumes there" in begun.stderr
    done = subprocess.run([PROGRAM, *command, model], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Continuing: 3 of 5 fits were done." in done.stderr
    assert train(tables, tmp_path, "--nested-rows", "0", "-o", str(tmp_path / "whole")) == 0
    for each in (tmp_path / "whole").rglob("*.*"):
        assert each.read_bytes() == (model / each.relative_to(tmp_path / "whole")).read_bytes()
    assert not (tmp_path / "model.unfinished").exists()


def test_a_search_for_parameters_is_told(tables, tmp_path, capsys):
    assert train(tables, tmp_path, "--tune", "3", "--folds", "3", "--nested-rows", "0") == 0
    assert "Search in the training part of fold 2: " in capsys.readouterr().err


def test_a_search_without_optuna_names_the_pip_command(tables, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert train(tables, tmp_path, "--tune", "3") == 1
    assert "pip install '.[tune]'" in " ".join(capsys.readouterr().err.split())
