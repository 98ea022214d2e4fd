"""Rows of simulated fields are counted by train, on the card, and stated by every predict."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hpa_feat_cli.app import run
from in_process import IN_PROCESS
from made_bundle import write_tables

from hpa_features.core.settings import InputSettings
from hpa_features.core.tables import means_yes
from hpa_features.core.types import PixelSizeSource
from hpa_features.io.blocks import join_blocks
from hpa_features.io.bundle import read_bundle
from hpa_features.io.manifest import find_fields, write_manifest
from hpa_features.io.tables import read_features

ROWS = 60
MARK = "Metadata_Simulated"


@pytest.fixture
def folder(tmp_path):
    write_tables(tmp_path, groups=20, columns=4, shares=(0.5,))
    return tmp_path


def marked(folder, marks, name="features.parquet"):
    table = pd.read_parquet(folder / "features.parquet")
    table[MARK] = marks
    (table.to_csv if name.endswith(".csv") else table.to_parquet)(folder / name, index=False)
    return folder / name


def trained(folder, features, *more):
    paths = [str(features), str(folder / "labels.csv"), "-o", str(folder / "model")]
    assert run(["train", *paths, "--nested-rows", "0", "--jobs", "1", *more]) == 0
    return read_bundle(folder / "model")


def predicted(folder, features, *more):
    paths = [str(folder / "model"), str(features), "-o", str(folder / "p.csv"), "--overwrite"]
    assert run(["predict", *paths, "--jobs", "1", *more]) == 0


@pytest.mark.parametrize("text", ["", "0", "False", "no", "NA", "nan", " None ", "0.0"])
def test_what_means_not_simulated(text):
    assert not means_yes(text)


@pytest.mark.parametrize("text", ["true", "True", "1", "1.0", "yes", "hpa-feat simulate"])
def test_anything_else_means_simulated(text):
    assert means_yes(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [("features.csv", "true"), ("features.parquet", True), ("features.parquet", 1.0)],
)
def test_a_model_of_simulated_fields_says_so_at_every_use(folder, capsys, name, value):
    features = marked(folder, value, name)
    bundle = trained(folder, features)
    assert "all 60 training rows are simulated fields" in capsys.readouterr().err
    assert bundle.facts["data"]["simulated"] == ROWS
    assert "Rows of simulated fields**: 60 of 60 (100%)" in bundle.card
    assert MARK not in {each["name"] for each in bundle.facts["features"]}
    predicted(folder, features, "--quiet", "--json")
    out, err = capsys.readouterr()
    assert json.loads(out)["simulated_training"] == 1
    (line,) = (line for line in err.splitlines() if "simulated" in line)
    assert line == (
        "warning: the model was trained on simulated fields (all 60 training rows); its "
        "predictions may not apply to real fields."
    )
    assert run(["evaluate", str(folder / "model")]) == 0
    assert "simulated fields: the scores do not apply" in capsys.readouterr().err
    page = folder / "page.html"
    picture = folder / "importance.svg"
    for command, output in (("importance", picture), ("report", page)):
        ask = [command, str(folder / "model"), "-o", str(output), "--repeats", "1", "--jobs", "1"]
        assert run([*ask, "--quiet"]) == 0
        assert "simulated fields: the scores do not apply" in capsys.readouterr().err
    assert "simulated fields: the scores do not apply" in page.read_text(encoding="utf-8")


def test_predictions_do_not_replace_an_input(folder, capsys):
    trained(folder, folder / "features.parquet")
    table = folder / "features.parquet"
    before = table.read_bytes()
    capsys.readouterr()
    for command in (["predict", str(folder / "model"), str(table)], ["importance"]):
        more = [str(folder / "model")] if command == ["importance"] else []
        assert run([*command, *more, "-o", str(table), "--overwrite"]) == 2
        assert "features.parquet is an input of the same command" in capsys.readouterr().err
        assert table.read_bytes() == before


def test_a_mixed_training_states_the_share(folder, capsys):
    features = marked(folder, ["true"] * 24 + [""] * 36)
    bundle = trained(folder, features)
    capsys.readouterr()
    assert bundle.facts["data"]["simulated"] == 24
    assert "24 of 60 (40%)" in bundle.card
    predicted(folder, features, "--json")
    out, err = capsys.readouterr()
    assert json.loads(out)["simulated_training"] == pytest.approx(0.4)
    assert "24 of 60 training rows, 40%" in err


def test_rows_without_labels_do_not_count(folder):
    features = marked(folder, ["true"] * 24 + [""] * 36)
    labels = pd.read_csv(folder / "labels.csv")
    labels[12:].to_csv(folder / "labels.csv", index=False)
    assert trained(folder, features).facts["data"]["simulated"] == 12


def test_a_model_of_other_fields_states_nothing(folder, capsys):
    features = marked(folder, "false")
    bundle = trained(folder, features)
    predicted(folder, features, "--json")
    out, err = capsys.readouterr()
    assert json.loads(out)["simulated_training"] == 0
    assert "simulated" not in err
    assert "simulated" not in bundle.card


def test_marks_of_cells_and_of_joined_tables_count(folder):
    table = pd.read_parquet(folder / "features.parquet")
    cells = pd.DataFrame({"Id": list(table.Id) * 3, "size": range(3 * ROWS)})
    cells[MARK] = ["true" if each in set(table.Id[:15]) else "" for each in cells.Id]
    cells.to_parquet(folder / "cells.parquet")
    block = pd.DataFrame({"Id": table.Id[10:20], "z": range(10), MARK: "true"})
    block.to_csv(folder / "cnn.csv", index=False)
    more = (
        "--train-on",
        "both",
        "--cells",
        folder / "cells.parquet",
        "--block",
        folder / "cnn.csv",
    )
    bundle = trained(folder, folder / "features.parquet", *map(str, more))
    assert bundle.facts["data"]["simulated"] == 20
    assert bundle.facts["cells"]["columns"] == ["size"]


def test_a_joined_table_keeps_the_marks_of_the_first(folder):
    table = read_features(str(marked(folder, ["true"] * 5 + [""] * 55)))
    pd.DataFrame({"Id": ["row0007"], "z": [1.0], MARK: ["true"]}).to_csv(folder / "cnn.csv")
    joined = join_blocks(table, [str(folder / "cnn.csv")])
    assert [row for row, mark in enumerate(joined.simulated) if mark] == [0, 1, 2, 3, 4, 7]


def test_a_forged_count_is_refused(folder, capsys):
    trained(folder, folder / "features.parquet")
    path = folder / "model" / "model.json"
    facts = json.loads(path.read_text())
    for count in (-1, 61, 1.5, "all", True, None):
        facts["data"]["simulated"] = count
        path.write_text(json.dumps(facts))
        assert run(["predict", str(folder / "model"), str(folder / "features.parquet")]) == 1
        assert "data.simulated must count rows" in capsys.readouterr().err


def test_both_tables_of_extract_carry_the_mark(simulated_folder, tmp_path):
    manifest = str(simulated_folder / "manifest.csv")
    store = tmp_path / "store"
    more = ["--features", "Intensity", "--segmenter", "whole-field", *IN_PROCESS, "-q"]
    assert run(["extract", manifest, "-o", str(store), *more]) == 0
    for level in ("images", "cells"):
        for part in (store / level).glob("part-*.parquet"):
            assert set(pd.read_parquet(part)[MARK]) == {"true"}
    assert all(read_features(str(store)).simulated)


def test_files_of_simulate_are_known_without_its_manifest(simulated_folder, tmp_path):
    folder = find_fields(str(simulated_folder), InputSettings())
    pattern = find_fields(f"{simulated_folder}/*.png", InputSettings())
    bare = pd.read_csv(simulated_folder / "manifest.csv", dtype=str).drop(columns=MARK)
    for colour in ("blue", "red", "yellow", "green"):
        bare[colour] = [str(simulated_folder / each) for each in bare[colour]]
    bare.drop(columns=["cells", "nuclei"]).to_csv(tmp_path / "bare.csv", index=False)
    for found in (folder, pattern, find_fields(str(tmp_path / "bare.csv"), InputSettings())):
        assert len(found.sources) == 18
        assert all(each.metadata["Simulated"] == "true" for each in found.sources)
        assert {(each.pixel_size_um, each.pixel_size_source) for each in found.sources} == {
            (0.32, PixelSizeSource.MANIFEST)
        }
    write_manifest(folder, tmp_path / "written.csv")
    assert set(pd.read_csv(tmp_path / "written.csv", dtype=str)[MARK]) == {"true"}


def test_a_run_file_of_another_command_marks_nothing(simulated_folder, tmp_path):
    for path in simulated_folder.glob("*.png"):
        (tmp_path / path.name).symlink_to(path)
    for text in ('{"verb": "extract"}', "[]", "{", '"simulate"'):
        (tmp_path / "run.json").write_text(text)
        found = find_fields(str(tmp_path), InputSettings())
        assert not any("Simulated" in each.metadata for each in found.sources)
