"""The dictionary of columns through the command."""

from __future__ import annotations

import csv
import json

import pytest
from hpa_feat_cli.app import run


def test_every_column_has_its_unit_and_meaning(capsys):
    assert run(["features", "Intensity"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names, meanings = lines[::2], lines[1::2]
    assert len(names) == len(meanings) > 50
    assert all(name.endswith("]") and " [" in name for name in names)
    assert all(meaning.startswith("    ") for meaning in meanings)


def test_columns_that_speak_of_a_word_are_found(capsys):
    assert run(["features", "Intensity", "--json"]) == 0
    every = json.loads(capsys.readouterr().out)["columns"]
    assert {row["family"] for row in every} == {"Intensity"}
    assert run(["features", "Intensity", "--find", "MicroTubule", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["columns"]
    assert 0 < len(found) < len(every)
    assert all("microtubule" in " ".join(map(str, row.values())).casefold() for row in found)


def test_metadata_and_facts_of_fields_are_asked_for_like_families(capsys):
    assert run(["features", "metadata", "Image", "--json"]) == 0
    rows = {row["column"]: row for row in json.loads(capsys.readouterr().out)["columns"]}
    assert {row["family"] for row in rows.values()} == {"Metadata", "Image"}
    assert rows["Metadata_CenterX"]["unit"] == rows["Metadata_CenterY"]["unit"] == "px"
    assert rows["Image_Background_ER"]["tables"] == rows["Metadata_CellsUsed"]["tables"] == "images"
    assert (rows["Metadata_Id"]["low"], rows["Metadata_Id"]["tables"]) == (None, "cells images")


def test_a_column_of_the_table_of_images_is_found_by_its_whole_name(capsys):
    assert run(["features", "--find", "Cells_Intensity_CV_ER_Q90", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)["columns"]
    assert row["column"] == "Cells_Intensity_CV_ER"
    assert row["statistics"].split()[:3] == ["Median", "Q10", "Q90"]


def columns(capsys, *names):
    assert run(["features", *names, "--json"]) == 0
    return json.loads(capsys.readouterr().out)["columns"]


def test_every_column_of_either_table_can_be_looked_up_in_any_case():
    from hpa_features.features.families import FAMILIES
    from hpa_features.features.registry import image_entries
    from hpa_features.pipeline.features import features

    every = [row.column for row in features()]
    for name in every[:: len(every) // 8]:
        assert [row.column for row in features([name.upper()])] == [name]
    of_images = [each.column for each in image_entries(FAMILIES)]
    for column in of_images[:: len(of_images) // 8]:
        [row] = features([column.name])
        assert (row.column, row.meaning, row.tables) == (column.name, column.meaning, "images")


def test_landmarks_and_words_of_a_description_are_names_too(capsys):
    nucleoli = columns(capsys, "nucleoli")
    assert {row["landmark"] for row in nucleoli} == {"Nucleoli"}
    assert {row["family"] for row in columns(capsys, "graininess")} >= {"Texture"}
    both = [row["column"] for row in columns(capsys, "graininess nucleus")]
    assert 0 < len(both) < len(columns(capsys, "graininess"))
    # Contact is a landmark and a family.
    contact = columns(capsys, "Contact")
    assert {row["landmark"] for row in contact} | {row["family"] for row in contact} >= {"Contact"}


def test_one_column_is_described_in_full(capsys):
    assert run(["features", "Nuclei_Landmark_RimPeak_Protein_Median"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Nuclei_Landmark_RimPeak_Protein_Median [")
    for part in (
        "median over the cells",
        "undefined: ",
        "source: ",
        "at the nuclear rim",
    ):
        assert part in out
    assert "range: " not in out  # of no bounds
    assert run(["features", "Nuclei_Landmark_RimPeak_Protein"]) == 0
    assert "_Median, _Q10, _Q90" in capsys.readouterr().out
    assert run(["features", "Cells_AreaShape_Area", "Cells_AreaShape_Eccentricity"]) == 0
    out = capsys.readouterr().out
    assert "range: 0 or more\n" in out
    assert "range: 0 to 1\n" in out


def test_a_dictionary_that_is_there_is_replaced_only_when_asked(tmp_path, capsys):
    output = tmp_path / "columns.csv"
    command = ["features", "Intensity", "-o", str(output)]
    assert run(command) == 0
    with output.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert f"{len(rows)} columns" in capsys.readouterr().err
    output.write_text("mine\n", encoding="utf-8")
    assert run(command) == 2
    assert "columns.csv exists" in " ".join(capsys.readouterr().err.split())
    assert output.read_text(encoding="utf-8") == "mine\n"
    assert run([*command, "--overwrite"]) == 0
    assert output.read_text(encoding="utf-8") != "mine\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--find", "Colour_Of_The_Cell"], "description contains 'Colour_Of_The_Cell'"),
        (["-o", "columns.xlsx"], "written as .csv or .md"),
        (["Intensitty"], "Did you mean Intensity?"),
        (["nuclei_landmark_rimpeek_protein_median"], "Nuclei_Landmark_RimPeak_Protein_Median"),
        (["Image_Background_Protien"], "Did you mean Image_Background_Protein"),
        (["Metadata_CelCount"], "Did you mean Metadata_CellCount"),
        (["golgi"], "docs/locations.md lists the columns that find Golgi apparatus"),
        (["grainyness"], "Did you mean graininess"),
        (["zebrafish"], "List all: hpa-feat features"),
        ([""], "No column, family or landmark"),
    ],
)
def test_what_cannot_be_answered_is_said(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert run(["features", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
