"""Tables that are joined to the features, from Python."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hpa_feat_cli.app import run

import hpa_features as hf

pytestmark = pytest.mark.filterwarnings("ignore::hpa_features.core.errors.HpaFeatWarning")
NAMES = ("Nucleoplasm", "Cytosol")
PATTERN = "{label}.net"


def made_rows(rows=60):
    rng = np.random.default_rng(0)
    index = pd.Index([f"image{row:02d}" for row in range(rows)], name="Id")
    truth = pd.DataFrame(rng.random((rows, 2)) < 0.5, index, NAMES)
    scores = (rng.normal(size=(rows, 2)) + 3 * truth).add_suffix(".net")
    groups = pd.Series([f"g{row // 3}" for row in range(rows)], index, name="Group")
    return pd.DataFrame({"x_0": rng.normal(size=rows)}, index), scores, truth.astype(int), groups


TABLE, SCORES, TRUTH, GROUPS = made_rows()


@pytest.fixture(scope="module")
def model():
    """Return a model of a table and of scores in memory."""
    return hf.train(
        TABLE,
        TRUTH,
        GROUPS,
        blocks={"cnn": SCORES},
        own_label_columns=PATTERN,
        folds=3,
    )


def test_dataframes_and_files_train_the_model_of_the_command(model, tmp_path):
    paths = {name: str(tmp_path / f"{name}.csv") for name in ("table", "cnn", "labels", "groups")}
    for path, frame in zip(paths.values(), (TABLE, SCORES, TRUTH, GROUPS)):
        frame.to_csv(path)
    files = [paths["table"], paths["labels"], "--groups-file", paths["groups"]]
    how = ["--own-label-columns", PATTERN, "--folds", "3", "--jobs", "1"]
    command = ["train", *files, "--block", paths["cnn"], *how, "-o", str(tmp_path / "cli")]
    assert run(command) == 0
    model.save(tmp_path / "api")
    names = [path.relative_to(tmp_path / "cli") for path in (tmp_path / "cli").rglob("*.txt")]
    assert len(names) == 6
    for name in (*names, "numbers.safetensors"):
        assert (tmp_path / "api" / name).read_bytes() == (tmp_path / "cli" / name).read_bytes()
    assert [each["learners"]["own scores"] > 0 for each in model.facts["labels"]] == [True, True]
    by_frame = model.predict(TABLE, blocks={"cnn": SCORES})
    by_file = hf.load_model(tmp_path / "cli").predict(paths["table"], blocks=[paths["cnn"]])
    pd.testing.assert_frame_equal(by_frame, by_file, rtol=1e-6)
    ranked = hf.importance(model, TABLE, blocks={"cnn": SCORES}, repeats=1)
    pd.testing.assert_frame_equal(
        ranked, hf.importance(model, paths["table"], blocks=[paths["cnn"]], repeats=1)
    )
    assert ranked.index[0] == "cnn"


def test_reasons_and_reports_take_them_too(model, tmp_path):
    reasons = hf.explain(model, TABLE, ["image00"], blocks={"cnn": SCORES})
    assert set(reasons.index.get_level_values("block")) == {"cnn", "features"}
    page = hf.write_report(model, tmp_path / "a.html", features=TABLE, blocks={"cnn": SCORES})
    assert "cnn.Nucleoplasm.net" in page.read_text(encoding="utf-8")


MISTAKES = {
    "a path": ("cnn.csv", r"list of paths or a dict .* got 'cnn.csv'.*Pass blocks="),
    "a path by name": ({"cnn": "cnn.csv"}, "got 'cnn.csv'"),
    "a table without a name": ([SCORES], "got a DataFrame"),
    "a name": ({"a/b": SCORES}, "A block cannot be named 'a/b'"),
    "no ids": ({"cnn": SCORES.reset_index(drop=True)}, "cnn has no ids"),
    "other ids": ({"cnn": SCORES.rename(lambda each: f"{each}x")}, "cnn has no Id in common"),
    "a block twice": (
        {"Features": SCORES},
        "already a block named Features.*Rename the table Features",
    ),
    "no file": (["missing.csv"], "missing.csv"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_clear_error(mistake, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks, told = MISTAKES[mistake]
    with pytest.raises(hf.HpaFeatError, match=f"(?s){told}"):
        hf.train(TABLE, TRUTH, GROUPS, blocks=blocks)


def test_a_model_asks_for_the_tables_that_it_was_trained_with(model):
    with pytest.raises(hf.HpaFeatError, match=r"(?s)lacks 2 of the 3 .*: blocks cnn"):
        model.predict(TABLE)
