"""`hpa-feat ablate` through the installed command, on tables with a truth that is known."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pandas as pd
import pytest
from hpa_feat_cli.app import run

COMMON = ("--folds", "3", "--nested-rows", "0", "--jobs", "1")
LABELS = ("seen", "vector", "both")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Make a table whose labels depend on the rim, on a network's vector, and on both."""
    folder = tmp_path_factory.mktemp("ablate")
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 3)
    truth = (rng.random((40, 3)) < 0.5)[groups]
    index = pd.Index([f"i{row:03d}" for row in range(len(groups))], name="Id")
    noise = rng.normal(size=(len(groups), 6))
    rim = noise[:, :2] + 2 * truth[:, [0, 2]]
    spots = noise[:, 2:4]
    vector = noise[:, 4:] + 2 * truth[:, [1, 2]]
    pd.DataFrame(
        {
            "Nuclei_Landmark_RimPeak_Protein_Median": rim[:, 0],
            "Nuclei_Landmark_RimPeak_Protein_Q90": rim[:, 1],
            "Nuclei_Spots_Density_Protein_640nm_Median": spots[:, 0],
            "Nuclei_Spots_Contrast_Protein_640nm_Median": spots[:, 1],
            "Cells_Embedding_net_0_Mean": vector[:, 0],
            "Cells_Embedding_net_1_Mean": vector[:, 1],
            "Metadata_Gene": [f"g{each}" for each in groups],
        },
        index,
    ).to_parquet(folder / "features.parquet")
    pd.DataFrame(truth.astype(int), index, list(LABELS)).to_csv(folder / "labels.csv")
    return folder


def ablate(folder, *options, features="features.parquet"):
    tables = (folder / features, folder / "labels.csv")
    return run([*map(str, ("ablate", *tables, "-o", folder / "out", *COMMON, *options))])


@pytest.fixture(scope="module")
def ablated(folder):
    """Return the table that the command writes, by set and label."""
    assert ablate(folder) == 0
    with (folder / "out" / "ablation.csv").open() as file:
        return {(row["Columns"], row["Label"]): row for row in csv.DictReader(file)}


def test_each_side_is_missed_for_the_labels_that_depend_on_it(ablated):
    assert {each for each, _ in ablated} == {
        "everything",
        "classical",
        "embedding",
        "without Spots",
        "without Landmark",
    }
    loss = {key: float(row["APLoss"]) for key, row in ablated.items()}
    low = {key: float(row["APLossLow"]) for key, row in ablated.items()}
    assert low["embedding", "seen"] > 0.1  # a network alone cannot tell it
    assert low["classical", "vector"] > 0.1
    assert abs(loss["embedding", "vector"]) < 0.1
    assert low["without Landmark", "seen"] > 0.1
    assert abs(loss["without Spots", "mean over labels"]) < 0.1


def test_the_picture_shows_every_set_and_label(folder, ablated):
    del ablated
    said = (folder / "out" / "ablation.svg").read_text()
    assert "without Landmark (4 columns)" in said
    assert said.count(">seen<") == 2  # once for classical features, once for the network


def test_importance_describes_the_network_in_the_words_of_features(folder, ablated, capsys):
    del ablated
    model = folder / "out" / "models" / "everything"
    assert run(["importance", str(model), "--repeats", "1", "--jobs", "1"]) == 0
    out = capsys.readouterr().out
    table = out[out.index("network ") :].splitlines()
    at = next(number for number, line in enumerate(table) if " both " in line)
    assert table[at].startswith("Embedding net")
    told = " ".join(table[at : at + 2])
    assert re.search(r"\+0\.[3-9].*nuclear", told)  # what the label shares with the rim


def test_the_same_command_trains_nothing_again(folder, ablated, capsys):
    del ablated
    models = sorted((folder / "out" / "models").glob("*/model.json"))
    assert len(models) == 5
    before = [path.stat().st_mtime_ns for path in models]
    (folder / "out" / "ablation.csv").unlink()
    assert ablate(folder, "--json") == 0
    out, err = capsys.readouterr()
    assert "AP from the network" in err
    sets = json.loads(out)["sets"]
    assert sets["everything"]["columns"] == 6
    assert sets["everything"]["loss_interval"] == [0, 0]
    assert sets["classical"]["loss"] > 0.1
    assert (folder / "out" / "ablation.csv").exists()
    assert [path.stat().st_mtime_ns for path in models] == before


def test_models_of_other_settings_are_not_replaced_unasked(folder, ablated, capsys):
    del ablated
    assert ablate(folder, "--seed", "1") == 2
    assert "is a model of other data or settings" in capsys.readouterr().err


def test_a_table_of_one_block_has_nothing_to_leave_out(folder, capsys):
    table = pd.read_parquet(folder / "features.parquet")
    table[["Nuclei_Spots_Density_Protein_640nm_Median", "Metadata_Gene"]].to_parquet(
        folder / "one.parquet"
    )
    assert ablate(folder, features="one.parquet") == 2
    assert "nothing to exclude" in capsys.readouterr().err
