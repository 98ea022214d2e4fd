"""hpa-feat train --train-on both, from simulated fields to what the model says of them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pytest
from hpa_feat_cli.app import run
from in_process import IN_PROCESS

import hpa_features as hf
from hpa_features.core.errors import BundleError
from hpa_features.io.bundle import read_bundle
from hpa_features.learn.packing import unpack

ROWS = 18


@pytest.fixture(scope="module")
def folder(simulated_folder, tmp_path_factory) -> Path:
    """A folder with a store of one quick family of 18 simulated fields, tables of it, a model."""
    folder = tmp_path_factory.mktemp("cells")
    store = ["-o", str(folder / "store"), "--features", "Intensity", "-q", *IN_PROCESS]
    masks = ["--masks", str(simulated_folder / "masks")]
    assert run(["extract", str(simulated_folder / "manifest.csv"), *masks, *store]) == 0
    for level in ("cells", "images"):
        table = ds.dataset(folder / "store" / level).to_table().to_pandas()
        table = table.sort_values("Metadata_Id", kind="stable")
        table.to_parquet(folder / f"{level}.parquet", index=False)
    shutil.copy(simulated_folder / "labels.csv", folder)
    assert trained(folder, folder / "store", "model", "--train-on", "both") == 0
    return folder


def trained(folder, features, name, *more):
    common = ["--group", "none", "--jobs", "1", "-q"]
    tables = [str(features), str(folder / "labels.csv"), "-o", str(folder / name)]
    return run(["train", *tables, *common, *map(str, more)])


def ask(capsys, model, *arguments):
    capsys.readouterr()
    code = run(["predict", str(model), *map(str, arguments), "--jobs", "1"])
    out, err = capsys.readouterr()
    return code, out, " ".join(err.split())


def test_the_model_says_what_it_knows_of_cells(folder):
    bundle = read_bundle(folder / "model")
    cells = bundle.facts["cells"]
    assert bundle.facts["training"]["train_on"] == "both"
    assert cells["scores"][1] == f"CellScores_{bundle.facts['labels'][0]['name']}_Top"
    assert len(cells["boosters"]) == 5 * 3 * len(cells["labels"])
    assert not any(name.endswith("_Median") for name in cells["columns"])
    card = (folder / "model" / "card.md").read_text()
    assert f"single cells ({len(cells['columns']):,} columns)" in card


def test_store_and_images_and_tables_are_answered_alike(folder, simulated_folder, capsys):
    code, expected, _ = ask(capsys, folder / "model", folder / "store")
    assert code == 0
    assert len(expected.splitlines()) == ROWS + 1
    masks = ("--masks", simulated_folder / "masks")
    assert ask(capsys, folder / "model", simulated_folder / "manifest.csv", *masks)[1] == expected
    tables = (folder / "images.parquet", "--cells", folder / "cells.parquet")
    wanted = dict(line.split(",", 1) for line in expected.splitlines())
    said = dict(
        line.split(",", 1) for line in ask(capsys, folder / "model", *tables)[1].splitlines()
    )
    assert said == wanted


def test_out_of_fold_scores_come_again_from_the_bundle_exactly(folder):
    from hpa_features.core.progress import SILENT
    from hpa_features.pipeline.cell_tables import cells_of_rows, load_cells
    from hpa_features.pipeline.feature_tables import load_features

    bundle = read_bundle(folder / "model")
    learned, oof = unpack(bundle), bundle.oof
    table = load_features(str(folder / "store"))
    assert table.ids == oof.ids
    cells = cells_of_rows(learned, load_cells(str(folder / "store")), oof.ids, folder, SILENT)
    seen = learned.as_held_out(learned.align(table), (), cells, oof.folds)
    assert seen.shape == (ROWS, len(learned.seen))
    for fold, member in enumerate(learned.members):
        held = oof.folds == fold
        raw = member.log_odds(seen[held], member.inputs(seen[held]))
        np.testing.assert_array_equal(raw, oof.raw[held][:, member.fitted_labels])


def test_the_same_cells_from_a_table_give_the_same_bytes(folder, monkeypatch):
    monkeypatch.chdir(folder)
    tables = ["--train-on", "both", "--cells", "cells.parquet"]
    assert trained(folder, folder / "images.parquet", "again", *tables) == 0
    one, two = (read_bundle(folder / name) for name in ("model", "again"))
    assert one.boosters == two.boosters
    assert one.facts["data"]["digest"] == two.facts["data"]["digest"]
    # importance finds the cells again from any folder.
    assert two.facts["training"]["cells"] == str((folder / "cells.parquet").resolve())


def test_scores_of_cells_are_a_block_of_their_own(folder, tmp_path):
    out = tmp_path / "importance.csv"
    assert run(["importance", str(folder / "model"), "-o", str(out), "--jobs", "1", "-q"]) == 0
    table = pd.read_csv(out).set_index("Block")
    scores = read_bundle(folder / "model").facts["cells"]["scores"]
    assert table.loc["CellScores", "Columns"] == len(scores)
    with pytest.warns(hf.HpaFeatWarning, match="simulated fields"):
        ours = hf.importance(folder / "model", folder / "store")
    pd.testing.assert_frame_equal(ours, table, check_names=False, rtol=1e-6)


def test_cells_that_are_not_given_are_asked_for_by_the_api(folder, monkeypatch):
    monkeypatch.chdir(folder / "store")  # holds cells, which nobody named
    images = pd.read_parquet(folder / "images.parquet")
    with (
        pytest.warns(hf.HpaFeatWarning, match="simulated fields"),
        pytest.raises(BundleError, match="scores single cells"),
    ):
        hf.importance(folder / "model", images)


def test_cells_alone_need_no_column_of_images(folder, capsys):
    assert trained(folder, folder / "store", "alone", "--train-on", "cells") == 0
    facts = read_bundle(folder / "alone").facts
    assert facts["features"] == []
    assert ask(capsys, folder / "alone", folder / "store")[0] == 0


def test_what_is_left_out_is_left_out_of_cells_too(folder):
    less = ["--train-on", "cells", "--without", "Acquisition"]
    assert trained(folder, folder / "store", "less", *less) == 0
    columns = [read_bundle(folder / name).facts["cells"]["columns"] for name in ("model", "less")]
    assert set(columns[1]) < set(columns[0])
    assert not any("Integrated" in name for name in columns[1])


@pytest.mark.parametrize(
    ("features", "more", "message"),
    [
        ("images.parquet", ["--train-on", "both"], "the cells with --cells TABLE"),
        ("store", ["--cells", "cells.parquet"], "the model is trained on images only"),
        (
            "store",
            ["--train-on", "cells", "--normalize", "Plate"],
            "on tables of images only, not on cells",
        ),
        ("store", ["--train-on", "both", "--cells", "labels.csv"], "has no numeric columns"),
    ],
)
def test_contradictions_are_refused_in_one_line(folder, capsys, features, more, message):
    more = [folder / each if each.endswith((".parquet", ".csv")) else each for each in more]
    assert trained(folder, folder / features, "refused", *more) in (1, 2)
    err = " ".join(capsys.readouterr().err.split())
    assert message.casefold() in err.casefold()
    assert not (folder / "refused").exists()


def test_a_table_of_images_alone_is_not_enough(folder, capsys):
    code, _, err = ask(capsys, folder / "model", folder / "images.parquet")
    assert code == 1
    assert "scores single cells" in err
    assert "--cells TABLE" in err
    short = folder / "short.csv"
    pd.DataFrame({"Id": ["a"], "Cells_Other": [1.0]}).to_csv(short, index=False)
    code, _, err = ask(capsys, folder / "model", folder / "images.parquet", "--cells", short)
    assert code == 1
    assert "the table of cells lacks" in err


def forge(folder, tmp_path, change):
    copy = tmp_path / "model"
    shutil.copytree(folder / "model", copy)
    facts = json.loads((copy / "model.json").read_text())
    change(facts["cells"])
    (copy / "model.json").write_text(json.dumps(facts))
    return copy


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("columns", ["a"], "max_feature_idx must be 0"),
        ("labels", [0, 0], "number each label"),
        ("labels", [99], "number each label"),
        ("labels", ["0"], "labels"),
        ("scores", [], "max_feature_idx"),
        ("boosters", ["../../etc/passwd"], "does not list the files"),
        ("boosters", [], "does not list the files"),
    ],
)
def test_forged_facts_about_cells_are_refused(folder, tmp_path, name, value, message):
    copy = forge(folder, tmp_path, lambda cells: cells.__setitem__(name, value))
    with pytest.raises(BundleError, match=message):
        unpack(read_bundle(copy))


def test_forged_names_cuts_and_trees_are_refused(folder, tmp_path):
    bundle = read_bundle(folder / "model")
    cuts = {
        **bundle.numbers,
        "cell_cuts_fold_1": np.full_like(bundle.numbers["cell_cuts_fold_1"], np.nan),
    }
    with pytest.raises(BundleError, match="must be finite"):
        unpack(replace(bundle, numbers=cuts))
    with pytest.raises(BundleError, match="'cell_cuts_fold_1' must have"):
        unpack(replace(bundle, numbers={**cuts, "cell_cuts_fold_1": np.zeros((2, 1))}))
    cells = bundle.facts["cells"]
    for name, message in (("boosters", "a booster a label"), ("scores", "not those of their")):
        forged = {**bundle.facts, "cells": {**cells, name: cells[name][::-1]}}
        with pytest.raises(BundleError, match=message):
            unpack(replace(bundle, facts=forged))
    copy = forge(folder, tmp_path, lambda _: None)
    path = copy / cells["boosters"][0]
    path.write_text(path.read_text() + "\n")
    with pytest.raises(BundleError, match="was changed"):
        read_bundle(copy)


def test_explain_draws_fields_with_cells_coloured_by_their_scores(
    folder, simulated_folder, tmp_path
):
    page = tmp_path / "why.html"
    first = pd.read_csv(simulated_folder / "labels.csv")["Id"][0]
    images = (simulated_folder / "manifest.csv", "--masks", simulated_folder / "masks")
    command = ("explain", folder / "model", *images, "--id", first, "-o", page, "-q", *IN_PROCESS)
    assert run([*map(str, command)]) == 0
    text = page.read_text(encoding="utf-8")
    assert f"Why {first} has its labels" in text
    assert text.count('<img class="field" src="data:image/webp') == 1
    assert text.count('<img class="map" src="data:image/webp') >= 1
    assert "its score for the label is above the median of the field" in text
    assert "<svg" in text
