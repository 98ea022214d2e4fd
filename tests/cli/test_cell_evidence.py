"""predict --level cells, and the cells in explain's file: compared with predict on made tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hpa_feat_cli.app import run
from scipy.special import logit

FIELDS, CELLS = 40, 5
COLUMNS = ("Nuclei_Made_One", "Cells_Made_Two", "Cells_Made_Three")
LABELS = ("Nucleoplasm", "Cytosol")


def statistics(cells: pd.DataFrame) -> dict[str, float]:
    """Statistics of cells inside the frame, from the definition in the docs."""
    used = cells[~cells["Metadata_Border"]]
    used = cells if len(used) < 3 else used
    row = {}
    for column in COLUMNS:
        for name, share in (("Median", 0.5), ("Q10", 0.1), ("Q90", 0.9)):
            row[f"{column}_{name}"] = used[column].quantile(share)
    return row


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Tables of cells and of their fields, models of the fields, one of the cells."""
    folder = tmp_path_factory.mktemp("evidence")
    rng = np.random.default_rng(4)
    truth = rng.random((FIELDS, 2)) < 0.5
    cells, fields = [], []
    for number in range(FIELDS):
        name = f"f{number:02d}"
        values = rng.normal(size=(CELLS, 3)) + 1.5 * np.array([*truth[number], 0])
        own = pd.DataFrame(values, columns=COLUMNS)
        own.insert(0, "Metadata_Id", name)
        own.insert(1, "Metadata_ObjectNumber", np.arange(CELLS) * 2 + 1)
        own.insert(2, "Metadata_Border", np.arange(CELLS) == number % 7)
        cells.append(own)
        about = {"Metadata_Id": name, "Metadata_Plate": f"p{number % 2}"}
        fields.append(about | {"Image_Count": rng.normal()} | statistics(own))
    pd.concat(cells).to_parquet(folder / "cells.parquet", index=False)
    pd.DataFrame(fields).to_parquet(folder / "images.parquet", index=False)
    marks = pd.DataFrame(truth.astype(int), columns=LABELS)
    marks.insert(0, "Id", [f"f{number:02d}" for number in range(FIELDS)])
    marks.to_csv(folder / "labels.csv", index=False)
    assert train(folder, "model") == 0
    assert train(folder, "of_plates", "--normalize", "Metadata_Plate") == 0
    cells_of = ("--cells", folder / "cells.parquet", "--train-on", "cells")
    assert train(folder, "of_cells", *cells_of) == 0
    return folder


def train(folder, name, *more):
    tables = (folder / "images.parquet", folder / "labels.csv", "-o", folder / name)
    quick = ("--group", "none", "--folds", 3, "--nested-rows", 0, "--jobs", 1, "-q")
    return run(["train", *map(str, (*tables, *quick, *more))])


def scores(folder, model, out):
    """Predict the cells of all fields and return their table."""
    given = (folder / model, folder / "images.parquet", "--cells", folder / "cells.parquet")
    more = ("--level", "cells", "-o", out, "--jobs", 1, "--overwrite", "-q")
    assert run(["predict", *map(str, (*given, *more))]) == 0
    return pd.read_parquet(out) if out.suffix == ".parquet" else pd.read_csv(out)


def predicted(folder, model, rows, tmp_path):
    """Return log-odds that predict gives for made rows of fields."""
    table = tmp_path / "made.parquet"
    pd.DataFrame(rows).to_parquet(table, index=False)
    given = (folder / model, table, "-o", tmp_path / "p.parquet", "--jobs", 1, "--overwrite")
    assert run(["predict", *map(str, given), "-q"]) == 0
    found = pd.read_parquet(tmp_path / "p.parquet")
    return logit(found[[f"{label}.prob" for label in LABELS]].to_numpy(float))


@pytest.mark.parametrize("model", ["model", "of_plates"])
def test_alone_and_gain_are_what_predict_gives_for_such_fields(folder, model, tmp_path):
    table = scores(folder, model, tmp_path / "scores.parquet")
    assert len(table) == FIELDS * CELLS
    cells = pd.read_parquet(folder / "cells.parquet")
    fields = pd.read_parquet(folder / "images.parquet").set_index("Metadata_Id")
    name = "f03"  # its fourth cell lies at the border
    own = cells[cells["Metadata_Id"] == name]
    found = table[table["Metadata_Id"] == name]
    assert found["Metadata_ObjectNumber"].tolist() == [1, 3, 5, 7, 9]
    whole = fields.loc[name].to_dict()
    alone, without = [], []
    for at in range(CELLS):
        cell = own.iloc[at]
        same = {
            f"{column}_{end}": cell[column]
            for column in COLUMNS
            for end in ("Median", "Q10", "Q90")
        }
        alone.append(whole | same | {"Metadata_Id": f"alone{at}"})
        rest = own.drop(index=own.index[at])
        without.append(whole | statistics(rest) | {"Metadata_Id": f"without{at}"})
    columns = [[f"{label}.{kind}" for label in LABELS] for kind in ("alone", "gain")]
    np.testing.assert_allclose(
        found[columns[0]], predicted(folder, model, alone, tmp_path), atol=1e-5
    )
    field = predicted(folder, model, [whole | {"Metadata_Id": "whole"}], tmp_path)
    gains = field - predicted(folder, model, without, tmp_path)
    np.testing.assert_allclose(found[columns[1]], gains, atol=1e-5)
    assert not found[columns[1]].iloc[3].any()
    assert np.abs(found[columns[1]].to_numpy()).max() > 0.01


def test_a_model_of_cells_scores_them(folder, tmp_path):
    table = scores(folder, "of_cells", tmp_path / "scores.csv")
    assert [*table.columns] == [
        "Metadata_Id",
        "Metadata_ObjectNumber",
        "Nucleoplasm.score",
        "Cytosol.score",
    ]
    cells = pd.read_parquet(folder / "cells.parquet")
    for label, column in zip(LABELS, COLUMNS):
        assert np.corrcoef(table[f"{label}.score"], cells[column])[0, 1] > 0.7


def test_explain_writes_the_same_evidence(folder, tmp_path):
    table = scores(folder, "model", tmp_path / "scores.parquet")
    out = tmp_path / "why.json"
    given = (folder / "model", folder / "images.parquet", "--cells", folder / "cells.parquet")
    more = ("--id", "f03", "-o", out, "--jobs", 1, "-q")
    assert run(["explain", *map(str, (*given, *more))]) == 0
    [field] = json.loads(out.read_text(encoding="utf-8"))
    found = table[table["Metadata_Id"] == "f03"]
    for column, values in field["cells"].items():
        np.testing.assert_allclose(values, found[column], atol=1e-12)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ((), "--level cells: the input is a table of images, without their cells."),
        (("--force-one",), "--force-one applies to fields, not to --level cells."),
        (("--format", "kaggle"), "--format kaggle applies to fields, not to --level cells."),
    ],
)
def test_each_mistake_is_one_clear_line(more, message, folder, capsys):
    given = (folder / "model", folder / "images.parquet", "--level", "cells", "--jobs", "1")
    assert run(["predict", *map(str, (*given, *more))]) == 2
    assert message in capsys.readouterr().err
