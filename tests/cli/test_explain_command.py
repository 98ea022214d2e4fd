"""hpa-feat explain, as a user runs it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hpa_feat_cli.app import run
from model_tables import train_model, write_tables
from safetensors.numpy import load_file, save_file
from scipy.special import logit


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A folder with tables, and a model that joined extra.csv."""
    folder = tmp_path_factory.mktemp("explained")
    write_tables(folder)
    train_model(folder, "--block", str(folder / "extra.csv"))
    return folder


@pytest.fixture(scope="module")
def new_rows(trained) -> Path:
    """Three rows of which no model knows: low, high, and without a value."""
    folder = trained / "new"
    folder.mkdir()
    ids = ["low", "high", "without"]
    table = pd.DataFrame({"Id": ids, "SLF_0001": [-2.0, 2.0, np.nan], "SLF_0002": [-2.0, 2.0, 0.0]})
    for column in range(4):
        table[f"tex_{column}"] = 0.1
    table.to_csv(folder / "features.csv", index=False)
    pd.DataFrame({"Id": ids, "score": [2.0, -2.0, 0.5]}).to_csv(folder / "extra.csv", index=False)
    return folder


def ask(capsys, *arguments):
    code = run([*map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def on(trained, new_rows, *more):
    joined = ("--block", new_rows / "extra.csv", "--jobs", 1)
    return ("explain", trained / "model", new_rows / "features.csv", *joined, *more)


def test_the_text_names_block_value_and_place(trained, new_rows, capsys):
    code, out, err = ask(capsys, *on(trained, new_rows, "--id", "high", "--id", "low"))
    assert code == 0, err
    high, low = out.split("\n\nlow: ")
    assert high.startswith("high: Nucleoplasm\n")
    assert "Nucleoplasm: predicted, probability 0.9" in high
    assert "SLF. SLF_000" in high
    assert "higher than in" in high
    assert "Cytosol: not predicted" in high
    assert re.search(r"\n    -\d\.\d\d  extra\. extra\.score: -2, lower than in", high)
    assert "Cytosol: predicted" in low
    code, out, _ = ask(capsys, *on(trained, new_rows, "--id", "without", "--label", "rods & rings"))
    assert "Rods & rings could not be learned from the training data: never predicted" in out
    assert "Cytosol:" not in out


def test_the_file_has_values_that_add_up_to_what_predict_gives(trained, new_rows, tmp_path, capsys):
    output = tmp_path / "why.json"
    code, out, err = ask(capsys, *on(trained, new_rows, "-o", output))
    assert (code, out) == (0, ""), err
    predictions = tmp_path / "p.csv"
    arguments = [trained / "model", new_rows / "features.csv", "--block", new_rows / "extra.csv"]
    assert ask(capsys, "predict", *arguments, "-o", predictions, "--jobs", 1)[0] == 0
    predicted = pd.read_csv(predictions).set_index("Id")
    fields = json.loads(output.read_text(encoding="utf-8"))
    assert [each["id"] for each in fields] == ["low", "high", "without"]
    for field in fields:
        for name in ("Nucleoplasm", "Cytosol"):
            label = field["labels"][name]
            probability = predicted.loc[field["id"], f"{name}.prob"]
            total = label["base"] + sum(each["value"] for each in label["blocks"])
            assert total == pytest.approx(logit(probability), abs=1e-3)
    nucleoplasm = [field["labels"]["Nucleoplasm"] for field in fields]
    assert [each["blocks"][0]["block"] for each in nucleoplasm[:2]] == ["SLF", "SLF"]
    assert nucleoplasm[0]["blocks"][0]["value"] < -1 < 1 < nucleoplasm[1]["blocks"][0]["value"]
    code, _, err = ask(capsys, *on(trained, new_rows, "-o", output))
    assert code == 2
    assert "why.json exists" in err


def test_fields_of_the_training_are_marked(trained, capsys):
    joined = ("--block", trained / "extra.csv", "--jobs", 1, "--json")
    arguments = ("explain", trained / "model", trained / "features.parquet", *joined)
    code, out, _ = ask(capsys, *arguments, "--id", "r003")
    assert code == 0
    assert [each["in_training"] for each in json.loads(out)["reasons"]] == [True]
    code, _, err = ask(capsys, *arguments)
    assert code == 2
    assert "The input has 120 fields; without --id at most 50 are explained." in err


def test_each_mistake_is_one_clear_line(trained, new_rows, tmp_path, capsys):
    code, _, err = ask(capsys, *on(trained, new_rows, "--id", "hihg"))
    assert (code, err.splitlines()[-2:]) == (
        2,
        ["error: The input has no field 'hihg'.", "  Did you mean high?"],
    )
    code, _, err = ask(capsys, *on(trained, new_rows, "--label", "Nucleopasm"))
    assert code == 2
    assert "The model has no label 'Nucleopasm'." in err
    code, _, err = ask(capsys, *on(trained, new_rows, "-o", tmp_path / "why.txt"))
    assert code == 2
    assert "wanted a file that ends in" in err


def test_a_model_of_an_earlier_version_says_what_to_do(trained, new_rows, tmp_path, capsys):
    model = tmp_path / "model"
    shutil.copytree(trained / "model", model)
    numbers = load_file(model / "numbers.safetensors")
    del numbers["background"]
    save_file(numbers, model / "numbers.safetensors")
    facts = json.loads((model / "model.json").read_text(encoding="utf-8"))
    content = (model / "numbers.safetensors").read_bytes()
    facts["files"]["numbers.safetensors"] = hashlib.sha256(content).hexdigest()
    (model / "model.json").write_text(json.dumps(facts), encoding="utf-8")
    command = ("explain", model, new_rows / "features.csv", "--block", new_rows / "extra.csv")
    code, _, err = ask(capsys, *command, "--jobs", 1)
    assert code == 1
    assert "Train it again" in err


def test_the_page_stands_alone_and_escapes_what_it_is_given(trained, tmp_path, capsys):
    table = pd.read_parquet(trained / "features.parquet").head(2)
    extra = pd.read_csv(trained / "extra.csv").head(2)
    name = '<script>alert("x")</script>'
    table["Id"] = extra["Id"] = [name, "second"]
    table.to_parquet(tmp_path / "table.parquet", index=False)
    extra.to_csv(tmp_path / "extra.csv", index=False)
    page = tmp_path / "why.html"
    command = ("explain", trained / "model", tmp_path / "table.parquet", "-o", page, "--jobs", 1)
    code, _, err = ask(capsys, *command, "--block", tmp_path / "extra.csv")
    assert code == 0, err
    text = page.read_text(encoding="utf-8")
    assert name not in text
    assert "&lt;script&gt;" in text
    assert "Content-Security-Policy" in text
    assert "http" not in text.replace("http-equiv", "")
    assert "The input has no images" in text
    for label in ("Nucleoplasm", "Cytosol"):
        assert f"{label}: " in text
    assert text.count("<svg") >= 2 * 2 * 3
