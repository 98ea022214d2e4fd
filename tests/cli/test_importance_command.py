"""hpa-feat importance and evaluate on a model, as a user runs them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hpa_feat_cli.app import run
from model_tables import ROWS, train_model, write_tables
from sklearn.metrics import average_precision_score, f1_score

from hpa_features.io.bundle import read_bundle


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A folder with tables and a model that joined extra.csv."""
    folder = tmp_path_factory.mktemp("trained")
    write_tables(folder)
    train_model(folder, "--block", str(folder / "extra.csv"))
    return folder


def ask(capsys, *arguments):
    code = run([*map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_blocks_that_carry_the_signal_come_first(trained, tmp_path, capsys):
    table_file = tmp_path / "importance.csv"
    code, out, err = ask(
        capsys, "importance", trained / "model", "-o", table_file, "--repeats", 3, "--jobs", 1
    )
    assert (code, out) == (0, "")
    assert f"Features: {trained / 'features.parquet'}" in err
    assert "have other scores" not in err
    table = pd.read_csv(table_file).set_index("Block")
    assert set(table.index[:2]) == {"SLF", "extra"}
    assert table.loc["SLF", "Nucleoplasm.drop"] > 0.2 > table.loc["SLF", "Cytosol.drop"]
    assert table.loc["extra", "Cytosol.drop"] > 0.2
    assert abs(table.loc["tex", "Drop"]) < 0.05
    assert table["Rods & rings.drop"].isna().all()
    assert table["Gain"].sum() == pytest.approx(1)
    assert table["Columns"].to_dict() == {"SLF": 2, "extra": 1, "tex": 4}
    assert table["Drop"].is_monotonic_decreasing


def test_a_file_that_is_there_is_replaced_only_when_asked(trained, tmp_path, capsys):
    output = tmp_path / "i.csv"
    output.write_text("mine\n", encoding="utf-8")
    common = ["importance", trained / "model", "-o", output, "--repeats", 1, "--jobs", 1]
    code, _, err = ask(capsys, *common)
    assert (code, output.read_text(encoding="utf-8")) == (2, "mine\n")
    assert "i.csv exists" in err
    assert ask(capsys, *common, "--overwrite")[0] == 0
    assert output.read_text(encoding="utf-8").startswith("Block,")


def test_a_table_for_people_and_the_same_numbers_in_parquet(trained, tmp_path, capsys):
    common = ["--repeats", 2, "--jobs", 1]
    code, out, _ = ask(capsys, "importance", trained / "model", *common)
    assert code == 0
    assert out.startswith("features  ")
    assert "loss of AP" in out.splitlines()[0]
    path = tmp_path / "i.parquet"
    ask(capsys, "importance", trained / "model", trained / "features.parquet", "-o", path, *common)
    table = pd.read_parquet(path)
    first = out.splitlines()[1].split()
    assert first[0] == table["Block"][0]
    assert float(first[2]) == pytest.approx(table["Drop"][0], abs=1e-4)


def test_the_picture_is_whole_and_names_every_block(trained, tmp_path, capsys):
    arguments = ["-o", tmp_path / "i.svg", "--repeats", 1, "--jobs", 1]
    code, _, err = ask(capsys, "importance", trained / "model", *arguments)
    assert code == 0
    assert f"result: {tmp_path / 'i.svg'}" in err
    assert f"next: hpa-feat report {trained / 'model'}" in err
    picture = (tmp_path / "i.svg").read_text(encoding="utf-8")
    words = re.findall("<text[^>]*>([^<]*)</text>", picture)
    assert {"SLF", "extra", "tex"} <= set(words)


def test_another_table_is_told(trained, tmp_path, capsys):
    frame = pd.read_parquet(trained / "features.parquet")
    frame["SLF_0001"] = frame["SLF_0001"][::-1].to_numpy()
    frame.iloc[5:].to_parquet(tmp_path / "other.parquet", index=False)
    code, _, err = ask(
        capsys,
        "importance",
        trained / "model",
        tmp_path / "other.parquet",
        "--repeats",
        1,
        "--jobs",
        1,
    )
    assert code == 0
    assert f"lacks 5 of the {ROWS} rows" in err
    assert "have other scores than in training" in err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["model", "labels.csv"], 1, "no numeric columns"),
        (["model", "none.csv"], 2, "none.csv does not exist"),
        (["model", "stranger.csv"], 1, "no Id in common"),
        (["model", "-o", "i.png"], 2, "wanted a file that ends in .csv, .parquet, .svg"),
        (["."], 1, "is not a model"),
    ],
)
def test_each_mistake_is_one_clear_line(arguments, code, message, trained, capsys, monkeypatch):
    monkeypatch.chdir(trained)
    Path("stranger.csv").write_text("Id,x\nelse,1\n", encoding="utf-8")
    Path("labels.csv").write_text("Id,Target\nr000,0 1\n", encoding="utf-8")
    got, out, err = ask(capsys, "importance", *arguments, "--jobs", 1)
    assert (got, out) == (code, "")
    line = next(line for line in err.splitlines() if line.startswith("error: "))
    assert message in line


def test_a_models_own_answers_are_scored_as_scikit_learn_scores_them(trained, capsys):
    code, out, _ = ask(capsys, "evaluate", trained / "model", "--json")
    assert code == 0
    found = json.loads(out)
    oof = read_bundle(trained / "model").oof
    f1 = f1_score(oof.truth, oof.decision, average=None, zero_division=0)
    assert found["macro_f1"] == pytest.approx(f1.mean())
    aps = [average_precision_score(t, s) for t, s in zip(oof.truth.T, oof.ranking.T)]
    assert found["map"] == pytest.approx(np.mean(aps))
    assert found["kind"] == "nested"
    assert found["groups"] == ROWS / 3
    facts = read_bundle(trained / "model").facts["report"]
    assert found["macro_f1"] == pytest.approx(facts["macro_f1"])
    assert found["interval"] == pytest.approx(facts["macro_f1_interval"])


def test_a_model_is_compared_with_a_submission(trained, tmp_path, capsys):
    path = tmp_path / "all.csv"
    lines = "".join(f"r{row:03d},0 25\n" for row in range(ROWS))
    path.write_text("Id,Predicted\n" + lines, encoding="utf-8")
    code, out, err = ask(capsys, "evaluate", trained / "model", "--compare", path)
    assert code == 0
    assert "difference in macro F1 (first minus second): +" in out
    assert "warning" in err
