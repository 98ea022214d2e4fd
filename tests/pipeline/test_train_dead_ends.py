"""Data that teach nothing, and models that cannot be loaded again: one clear line, no model."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hpa_feat_cli.app import run
from made_bundle import train_small, write_tables

from hpa_features.core.errors import BundleError
from hpa_features.learn import packing
from hpa_features.pipeline import train as verb

CELLS = 4


def pilot(folder, rows, labels):
    """Write a table of pairs of rows, their cells, and `labels`: name → rows that have it."""
    write_tables(folder, groups=rows // 2, rows_a_group=2, columns=3, shares=(0.5,))
    ids = list(pd.read_parquet(folder / "features.parquet").Id)
    cells = pd.DataFrame({"Id": [each for each in ids for _ in range(CELLS)]})
    cells["size"] = range(len(cells))
    cells.to_parquet(folder / "cells.parquet")
    table = {name: [int(row in chosen) for row in range(rows)] for name, chosen in labels.items()}
    pd.DataFrame({"Id": ids, **table}).to_csv(folder / "labels.csv", index=False)


def command(folder, *more):
    paths = [str(folder / name) for name in ("features.parquet", "labels.csv")]
    return run(["train", *paths, "-o", str(folder / "model"), "--jobs", "1", *more])


@pytest.mark.parametrize("rows", [12, 90])
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--nested-rows", "0"),
        ("--no-stack",),
        ("--tune", "2"),
        ("--train-on", "both", "--cells", "cells.parquet"),
        ("--train-on", "cells", "--cells", "cells.parquet"),
    ],
)
def test_no_label_of_three_groups_is_one_line_and_leaves_no_model(
    tmp_path, capsys, monkeypatch, rows, options
):
    monkeypatch.chdir(tmp_path)
    few = {"A": range(4), "B": range(4, 8), "all": range(rows)}
    pilot(tmp_path, rows, few)
    assert command(tmp_path, *options) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
    without = rows // 2 - 2
    assert len(errors) == 1
    assert "No label can be learned" in errors[0]
    assert f"A 2 with and {without} without" in errors[0]
    assert not (tmp_path / "model").exists()


def test_one_label_of_three_groups_is_enough(tmp_path, capsys):
    pilot(tmp_path, 40, {"A": range(4), "B": range(6)})
    assert command(tmp_path) == 0
    rules = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: A")]
    assert "cannot be learned" in rules[0]


def test_a_model_of_labels_that_chance_ranks_as_well_can_be_used(tmp_path, capsys):
    pilot(tmp_path, 40, {"odd": range(1, 40, 2), "third": range(0, 40, 3)})
    assert command(tmp_path) == 0
    model, table = str(tmp_path / "model"), str(tmp_path / "features.parquet")
    facts = json.loads((tmp_path / "model" / "model.json").read_text())
    assert not any(label["supported"] for label in facts["labels"])
    assert run(["predict", model, table, "-o", str(tmp_path / "p.csv"), "--quiet"]) == 0
    assert run(["evaluate", model]) == 0
    assert "macro F1" in capsys.readouterr().out


def test_a_bundle_that_cannot_be_loaded_is_not_kept(tmp_path, monkeypatch):
    write_tables(tmp_path, groups=20, columns=4, shares=(0.5,))
    monkeypatch.setattr(packing, "pack_boosters", lambda _: {})
    with pytest.raises(BundleError, match="failed its check"):
        train_small(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "features.parquet",
        "labels.csv",
        "model.unfinished",
    ]


def test_a_model_that_fails_its_check_leaves_the_earlier_one(tmp_path, monkeypatch):
    write_tables(tmp_path, groups=20, columns=4, shares=(0.5,))
    train_small(tmp_path)
    before = (tmp_path / "model" / "model.json").read_bytes()
    features, labels = str(tmp_path / "features.parquet"), str(tmp_path / "labels.csv")
    settings = verb.TrainSettings(bootstrap=50, nested_rows=0, seed=1)
    with monkeypatch.context() as patched:
        patched.setattr(packing, "pack_numbers", lambda *_: {})
        with pytest.raises(BundleError, match="failed its check"):
            verb.train(features, labels, str(tmp_path / "model"), settings, overwrite=True)
    assert (tmp_path / "model" / "model.json").read_bytes() == before
    verb.train(features, labels, str(tmp_path / "model"), settings, overwrite=True)
    assert (tmp_path / "model" / "model.json").read_bytes() != before


def test_columns_that_vary_in_their_gaps_alone_give_a_model(tmp_path):
    write_tables(tmp_path, groups=20, columns=3)
    table = pd.read_parquet(tmp_path / "features.parquet")
    numbers = table.columns[2:]
    table[numbers] = table[numbers].where(table[numbers] > 0).clip(1, 1)
    table.to_parquet(tmp_path / "features.parquet")
    train_small(tmp_path)
    model, features = str(tmp_path / "model"), str(tmp_path / "features.parquet")
    assert run(["predict", model, features, "-o", str(tmp_path / "p.csv"), "--quiet"]) == 0
    assert (pd.read_csv(tmp_path / "p.csv").Novelty == 0).all()


def test_columns_that_vary_in_one_group_alone_give_a_model(tmp_path):
    write_tables(tmp_path, groups=20, columns=3, shares=(0.5,))
    table = pd.read_parquet(tmp_path / "features.parquet")
    for row, name in enumerate(table.columns[2:]):  # constant in one fold's training part
        table[name] = (table.index == 21 + row).astype("float32")
    table.to_parquet(tmp_path / "features.parquet")
    train_small(tmp_path)
    model, features = str(tmp_path / "model"), str(tmp_path / "features.parquet")
    assert run(["predict", model, features, "-o", str(tmp_path / "p.csv"), "--quiet"]) == 0
    assert (pd.read_csv(tmp_path / "p.csv").Novelty < 1e6).all()
