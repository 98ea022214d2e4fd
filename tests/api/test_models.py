from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hpa_feat_cli.app import run

import hpa_features as hf
from hpa_features.api.labels import label_table, with_groups
from hpa_features.api.model import features_of
from hpa_features.core.progress import SILENT
from hpa_features.io.groups import Groups, choose_groups

QUIET = pytest.mark.filterwarnings("ignore::hpa_features.core.errors.HpaFeatWarning")
NAMES = ("Nucleoplasm", "Cytosol")


def made_rows(rows=60):
    """Return a table whose first two columns tell two labels, its labels and groups."""
    rng = np.random.default_rng(0)
    ids = [f"image{row:02d}" for row in range(rows)]
    table = pd.DataFrame(rng.normal(size=(rows, 5)), ids, [f"x_{at}" for at in range(5)])
    truth = (table.iloc[:, :2] > 0).set_axis(NAMES, axis=1)
    return table, truth, [f"g{row // 3}" for row in range(rows)]


TABLE, TRUTH, GROUPS = made_rows()
LISTS = [[name for name in NAMES if TRUTH.loc[row, name]] for row in TABLE.index]


def train(features=TABLE, labels=TRUTH, groups=GROUPS, **more):
    return hf.train(features, labels, groups, **more)


@pytest.fixture(scope="module")
def trained():
    """Return a model of the made rows."""
    return train()


@pytest.fixture(scope="module")
def expected(trained):
    return trained.report


LABELS = {
    "0/1": TRUTH.astype(int),
    "other order": TRUTH.iloc[::-1],
    "a column Id": TRUTH.reset_index(names="Id"),
    "lists": LISTS,
    "series of lists": pd.Series(LISTS, TABLE.index).iloc[::-1],
    "series of text": pd.Series([";".join(each) for each in LISTS], TABLE.index),
    "dict": dict(zip(TABLE.index, LISTS)),
    "integers": [[{"Nucleoplasm": 0, "Cytosol": 25}[each] for each in row] for row in LISTS],
    "spellings": [[each.upper() for each in row] for row in LISTS],
}


@pytest.mark.parametrize("form", LABELS)
def test_labels_in_any_form_are_the_same(form):
    table = label_table(LABELS[form], tuple(TABLE.index), SILENT)
    frame = pd.DataFrame(table.truth, list(table.ids), list(table.labels))
    pd.testing.assert_frame_equal(frame.loc[TABLE.index, list(NAMES)], TRUTH)


def test_lists_of_labels_train_the_same_model(expected):
    pd.testing.assert_frame_equal(train(labels=LISTS).report, expected)


@pytest.mark.parametrize(
    "groups",
    [
        pd.Series(GROUPS, TABLE.index).iloc[::-1],
        pd.Series(GROUPS, name="Gene"),
        dict(zip(TABLE.index, GROUPS)),
        np.array(GROUPS),
    ],
    ids=["series", "series in order", "dict", "array"],
)
def test_groups_in_any_form_are_the_same(groups):
    table, name = with_groups(features_of(TABLE), groups)
    assert choose_groups(table, name) == Groups(tuple(GROUPS), name)


def test_groups_may_be_a_column_that_is_then_no_feature(expected):
    model = train(TABLE.assign(batch=GROUPS), groups="batch")
    pd.testing.assert_frame_equal(model.report, expected)
    assert model.features == tuple(TABLE.columns)


def test_without_groups_there_is_a_warning_unless_none_is_asked_for():
    with pytest.warns(hf.HpaFeatWarning, match=r'groups="none" accepts this'):
        train(groups=None)
    train(groups="none")


def test_the_report_has_figures_of_labels_and_of_all(trained, expected):
    assert list(expected.index) == list(NAMES)
    assert (expected["F1_low"] <= expected["F1"]).all()
    assert (expected["F1"] <= expected["F1_high"]).all()
    assert expected["rows"].tolist() == TRUTH.sum().tolist()
    assert expected.attrs["macro_f1"] == pytest.approx(expected["F1"].mean())
    assert repr(trained).startswith("Model(2 labels, 5 features, 60 rows in 20 groups, macro F1 0.")


def test_the_command_trains_the_same_model(trained, tmp_path):
    table, labels, groups = (tmp_path / f"{name}.csv" for name in ("table", "labels", "groups"))
    TABLE.to_csv(table, index_label="Id")
    TRUTH.astype(int).to_csv(labels, index_label="Id")
    pd.DataFrame({"Id": TABLE.index, "Group": GROUPS}).to_csv(groups, index=False)
    arguments = [str(table), str(labels), "--groups-file", str(groups), "-o", str(tmp_path / "cli")]
    assert run(["train", *arguments, "--jobs", "1"]) == 0
    trained.save(tmp_path / "api")
    theirs = {path.name for path in (tmp_path / "cli").rglob("*.txt")}
    assert theirs == {path.name for path in (tmp_path / "api").rglob("*.txt")}
    for name in (*(f"boosters/{each}" for each in theirs), "numbers.safetensors"):
        assert (tmp_path / "api" / name).read_bytes() == (tmp_path / "cli" / name).read_bytes()
    predictions = tmp_path / "predictions.parquet"
    assert run(["predict", str(tmp_path / "api"), str(table), "-o", str(predictions)]) == 0
    with pytest.warns(hf.HpaFeatWarning, match="trained on 60 of these 60 rows"):
        ours = hf.load_model(tmp_path / "cli").predict(TABLE)
    pd.testing.assert_frame_equal(ours.reset_index(), pd.read_parquet(predictions))


def test_tables_on_disk_train_the_same_model(expected, tmp_path):
    table, labels = tmp_path / "table.parquet", tmp_path / "labels.csv"
    TABLE.assign(Metadata_Gene=GROUPS).rename_axis("Id").to_parquet(table)
    TRUTH.astype(int).to_csv(labels, index_label="Id")
    model = hf.train(table, str(labels))
    pd.testing.assert_frame_equal(model.report, expected)
    assert model.facts["data"]["features"] == str(table)
    model.save(tmp_path / "model")
    with pytest.raises(hf.HpaFeatError, match="already holds a model"):
        model.save(tmp_path / "model")
    model.save(tmp_path / "model", overwrite=True)


@QUIET
def test_fields_are_measured_as_in_training_and_only_for_the_models_columns(study, model, tmp_path):
    of_table = model.predict(study.images)
    assert of_table.index.name == "Id"
    pd.testing.assert_frame_equal(model.predict(study.fields), of_table)
    pd.testing.assert_frame_equal(model.predict(study.fields, study.masks), of_table)
    model.save(tmp_path / "model")
    loaded = hf.load_model(tmp_path / "model")
    folder = tmp_path / "images"
    folder.mkdir()
    for path in study.folder.glob("*.png"):
        (folder / path.name).symlink_to(path)
    (folder / "of_files").mkdir()
    size = study.fields[0].pixel_size_um
    of_files = loaded.predict(hf.read_fields(folder, pixel_size_um=size))
    pd.testing.assert_frame_equal(of_files.iloc[:, :-1], of_table.iloc[:, :-1])
    assert 1 < len(model.features) < len(study.images.columns)


@QUIET
def test_masks_found_in_another_way_than_in_training_are_reported(study, model):
    masks = [(each.cells, each.nuclei) for each in study.masks[:2]]
    with pytest.warns(hf.HpaFeatWarning, match="segmenter 'precomputed' here, 'watershed' in"):
        model.predict(study.fields[:2], masks)


@QUIET
def test_a_table_from_a_file_keeps_what_a_model_needs_to_measure_fields(study, model, tmp_path):
    study.images.to_parquet(tmp_path / "images.parquet")
    again = pd.read_parquet(tmp_path / "images.parquet")
    assert again.attrs == study.images.attrs
    other = hf.train(again, study.labels, "none")
    pd.testing.assert_frame_equal(other.report, model.report)
    assert other.facts["extraction"] == model.facts["extraction"]


def test_a_model_of_a_foreign_table_cannot_measure_fields(study, trained):
    with pytest.raises(hf.HpaFeatError, match="cannot be given images"):
        trained.predict(study.fields)


def test_columns_that_lack_are_named(trained):
    with pytest.raises(hf.HpaFeatError, match=r"lacks 1 of the 5 columns .*: x_1"):
        trained.predict(TABLE.drop(columns="x_1"))


def test_importance_is_what_the_command_prints(trained, tmp_path):
    table, out = tmp_path / "table.csv", tmp_path / "importance.csv"
    TABLE.to_csv(table, index_label="Id")
    trained.save(tmp_path / "model")
    arguments = [str(tmp_path / "model"), str(table), "-o", str(out), "--jobs", "1"]
    assert run(["importance", *arguments]) == 0
    ours = hf.importance(trained, TABLE)
    pd.testing.assert_frame_equal(ours, pd.read_csv(out, index_col="Block"), rtol=1e-6)
    pd.testing.assert_frame_equal(ours, hf.importance(tmp_path / "model", table))


def test_a_report_is_the_page_of_the_command(trained, tmp_path):
    table, out = tmp_path / "table.csv", tmp_path / "by_command.html"
    TABLE.to_csv(table, index_label="Id")
    trained.save(tmp_path / "model")
    command = ["report", str(tmp_path / "model"), "--features", str(table), "-o", str(out)]
    assert run(command) == 0
    ours = hf.write_report(tmp_path / "model", tmp_path / "ours.html", features=TABLE)
    assert ours.read_text(encoding="utf-8") == out.read_text(encoding="utf-8")
    page = hf.write_report(trained, tmp_path / "of_model.html").read_text(encoding="utf-8")
    assert "distributions and profiles are missing" in page
    with pytest.raises(hf.HpaFeatError, match=r"of_model.html exists"):
        hf.write_report(trained, tmp_path / "of_model.html")


@QUIET
def test_diagnostics_stand_in_the_report(trained, tmp_path):
    model = train(folds=3, diagnostics=True)
    page = hf.write_report(model, tmp_path / "page.html", features=TABLE).read_text("utf-8")
    assert "How many groups it takes" in page
    assert "which training on shuffled labels reaches" in page
    other = hf.write_report(trained, tmp_path / "other.html", features=TABLE).read_text("utf-8")
    assert "How many groups it takes" not in other


MISTAKES = {
    "rows": ({"labels": LISTS[:-1]}, "59 labels were given for 60 rows"),
    "groups": ({"groups": GROUPS[:9]}, "9 groups were given for 60 rows"),
    "other groups": ({"groups": {"a": "b"}}, "no id in common: groups have a"),
    "no ids": ({"features": TABLE.reset_index(drop=True)}, "features has no ids"),
    "labels without ids": ({"labels": TRUTH.reset_index(drop=True)}, "labels has no ids"),
    "other ids": ({"labels": TRUTH.rename(lambda each: each + "x")}, "no Id in common"),
    "a label": ({"labels": [["a;b"], *LISTS[1:]]}, "row image00: 'a;b' has a ;"),
    "a number": ({"labels": [1, *LISTS[1:]]}, "row image00: expected a list of labels, got 1"),
    "twice": ({"features": pd.concat([TABLE, TABLE])}, "duplicate ids: image00"),
    "infinite": ({"features": TABLE.replace(TABLE.iloc[0, 0], np.inf)}, "infinite values"),
    "same names": ({"features": TABLE.set_axis(list("aabcd"), axis=1)}, "named a"),
    "mixed types": ({"features": TABLE.assign(z=[1, "b"] * 30)}, "z"),
    "group column": ({"groups": "nothing"}, 'groups="nothing"'),
    "cells": (
        {"features": TABLE.assign(Metadata_ObjectNumber=1).iloc[[0, 0, 1]]},
        'level="image"',
    ),
    "folds": ({"folds": 1}, "folds must be 3 to 50"),
    "block": ({"without": ["Acquisitoin"]}, "no block Acquisitoin"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_clear_error(mistake):
    change, told = MISTAKES[mistake]
    with pytest.raises(hf.HpaFeatError) as caught:
        train(**change)
    assert told in str(caught.value)
    assert "--" not in str(caught.value)
