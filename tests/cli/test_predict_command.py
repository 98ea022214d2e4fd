"""hpa-feat predict on tables, as a user runs it."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hpa_feat_cli.app import run
from model_tables import NAMES, ROWS, train_model, write_tables

from hpa_features.io.prediction_files import read_predictions

PROGRAM = Path(sys.executable).with_name("hpa-feat")


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A folder with tables and a model that joined extra.csv."""
    folder = tmp_path_factory.mktemp("trained")
    write_tables(folder)
    train_model(folder, "--block", str(folder / "extra.csv"))
    return folder


def ask(capsys, folder, *arguments):
    block = ["--block", str(folder / "extra.csv")]
    code = run(["predict", str(folder / "model"), *map(str, arguments), *block, "--jobs", "1"])
    out, err = capsys.readouterr()
    return code, out, err


def test_stdout_carries_the_table_and_nothing_else(trained, capsys):
    code, out, err = ask(capsys, trained, trained / "features.parquet")
    assert code == 0
    table = pd.read_csv(io.StringIO(out))
    assert list(table.columns) == [
        "Id",
        *(f"{name}.{what}" for name in NAMES for what in ("prob", "decision")),
        "Novelty",
        "InTraining",
    ]
    assert len(table) == ROWS
    assert (table["Novelty"] >= 0).all()
    assert (table["Novelty"] > 1).mean() < 0.2
    truth = pd.read_csv(trained / "labels.csv", keep_default_na=False)["Target"].str.split()
    right = [
        ("0" in each) == bool(said) for each, said in zip(truth, table["Nucleoplasm.decision"])
    ]
    assert np.mean(right) > 0.9
    assert (table["Rods & rings.decision"] == 0).all()
    assert f"done: {ROWS} fields" in err


def test_rows_of_the_training_are_told_and_new_ones_are_not(trained, tmp_path, capsys):
    _, _, err = ask(capsys, trained, trained / "features.parquet")
    assert f"trained on {ROWS} of these {ROWS} rows" in err
    frame = pd.read_parquet(trained / "features.parquet")
    frame["Id"] = "new-" + frame["Id"]
    frame.to_parquet(tmp_path / "new.parquet", index=False)
    extra = pd.read_csv(trained / "extra.csv")
    extra["Id"] = "new-" + extra["Id"]
    extra.to_csv(tmp_path / "extra.csv", index=False)
    command = ["predict", str(trained / "model"), str(tmp_path / "new.parquet")]
    assert run([*command, "--block", str(tmp_path / "extra.csv")]) == 0
    assert "trained on" not in capsys.readouterr().err


def test_cells_for_a_model_that_scores_none_are_refused(trained, capsys):
    source = trained / "features.parquet"
    code, out, err = ask(capsys, trained, source, "--cells", source)
    assert (code, out) == (2, "")
    assert "--cells is given, but the model does not score cells" in err


def test_a_table_is_read_from_any_form_alike(trained, tmp_path, capsys, monkeypatch):
    frame = pd.read_parquet(trained / "features.parquet")
    frame.to_csv(tmp_path / "f.csv", index=False)
    frame.to_csv(tmp_path / "f.csv.gz", index=False)
    stream = io.BytesIO()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    _, expected, _ = ask(capsys, trained, trained / "features.parquet")
    for name in ("f.csv", "f.csv.gz"):
        assert ask(capsys, trained, tmp_path / name)[1] == expected
    for content in (stream.getvalue(), (tmp_path / "f.csv").read_bytes()):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        assert ask(capsys, trained, "-")[1] == expected


def test_forms_and_files_say_the_same(trained, tmp_path, capsys):
    source = trained / "features.parquet"
    for name, form in (
        ("wide.parquet", "wide"),
        ("long.parquet", "long"),
        ("long.csv", "long"),
        ("lines.ndjson", "ndjson"),
        ("sub.csv", "kaggle"),
    ):
        code, out, err = ask(capsys, trained, source, "-o", tmp_path / name, "--format", form)
        assert (code, out) == (0, "")
        assert f"next: hpa-feat evaluate {tmp_path / name} labels.csv" in err
    expected = read_predictions(str(tmp_path / "wide.parquet"))
    for name in ("long.parquet", "long.csv", "lines.ndjson", "sub.csv"):
        found = read_predictions(str(tmp_path / name))
        at = [found.labels.index(label) for label in NAMES]
        np.testing.assert_array_equal(found.decision[:, at], expected.decision)


def test_a_submission_has_a_row_for_every_asked_id_in_its_order(trained, tmp_path, capsys):
    asked = ["r009", "gone", "r003"]
    pd.DataFrame({"Id": asked}).to_csv(tmp_path / "ids.csv", index=False)
    more = ["--format", "kaggle", "--ids-from", tmp_path / "ids.csv"]
    code, out, err = ask(capsys, trained, trained / "features.parquet", *more)
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "Id,Predicted"
    assert [line.split(",")[0] for line in lines[1:]] == asked
    assert lines[2] == "gone,"
    assert "1 without a measurement" in err
    wide = ask(capsys, trained, trained / "features.parquet", *more[2:])
    assert [line.split(",")[0] for line in wide[1].splitlines()] == ["Id", "r009", "r003"]
    assert "1 of 3 ids have no measurement" in wide[2]


def test_force_one_leaves_no_row_without_a_label(trained, capsys):
    code, out, err = ask(capsys, trained, trained / "features.parquet", "--format", "kaggle")
    empty = [line for line in out.splitlines() if line.endswith(",")]
    assert code == 0
    assert empty
    assert f"{len(empty)} without a label (--force-one" in err
    _, forced, err = ask(
        capsys, trained, trained / "features.parquet", "--format", "kaggle", "--force-one"
    )
    assert not [line for line in forced.splitlines() if line.endswith(",")]
    assert "without a label" not in err
    kept = [line for line in out.splitlines() if not line.endswith(",")]
    assert set(kept) <= set(forced.splitlines())


def test_unlike_rows_are_told_with_the_block(trained, tmp_path, capsys):
    for name, read, write in (
        ("features.parquet", pd.read_parquet, pd.DataFrame.to_parquet),
        ("extra.csv", pd.read_csv, pd.DataFrame.to_csv),
    ):
        frame = read(trained / name)
        frame.loc[:9, frame.columns[1:]] += 1000
        frame["Id"] = frame["Id"].str.replace("r", "n")
        write(frame, tmp_path / name, index=False)
    shutil.copytree(trained / "model", tmp_path / "model")
    _, out, err = ask(capsys, tmp_path, tmp_path / "features.parquet")
    assert re.search(r"1\d of 120 rows are unlike the training .* in “(SLF|extra|tex)", err)
    assert "n000, n001, n002 and" in err
    novelty = pd.read_csv(io.StringIO(out))["Novelty"]
    assert novelty[:10].min() > novelty[10:].max()


def test_more_columns_are_counted_and_fewer_refused(trained, tmp_path, capsys):
    frame = pd.read_parquet(trained / "features.parquet")
    frame.assign(new=1.0).to_parquet(tmp_path / "more.parquet", index=False)
    code, _, err = ask(capsys, trained, tmp_path / "more.parquet")
    assert code == 0
    assert "Ignored because the model does not use them: 1 column." in err
    frame.drop(columns=["tex_1", "SLF_0002"]).to_parquet(tmp_path / "less.parquet", index=False)
    code, out, err = ask(capsys, trained, tmp_path / "less.parquet")
    assert (code, out) == (1, "")
    assert "lacks 2 of the 7 columns that the model needs: SLF_0002, tex_1." in err


def test_a_missing_block_says_how_to_join_it(trained, capsys):
    code = run(["predict", str(trained / "model"), str(trained / "features.parquet")])
    _, err = capsys.readouterr()
    assert code == 1
    assert "lacks 1 of the 7 columns that the model needs: extra.score." in err
    assert f"--block {trained / 'extra.csv'}" in err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["none.csv"], 2, "none.csv does not exist"),
        (["features.parquet", "-o", "labels.csv"], 2, "labels.csv exists"),
        (["features.parquet", "-o", "p.xlsx"], 2, "wanted a file that ends in"),
        (["features.parquet", "-o", "p.parquet", "--format", "kaggle"], 2, "kaggle is text"),
        (["features.parquet", "--ids-from", "none.csv"], 2, "none.csv does not exist"),
        (["features.parquet", "--ids-from", "other.csv"], 1, "None of the ids"),
        (["features.parquet", "--json"], 2, "both write to stdout"),
        (["empty.csv"], 1, "empty.csv is empty"),
        (["nameless.csv"], 2, "nameless.csv has no column Id"),
        (["damaged.parquet"], 1, "cannot be read as a table"),
        (["pictures"], 1, "cannot be given images"),
    ],
)
def test_each_mistake_is_one_clear_line(arguments, code, message, trained, capsys, monkeypatch):
    monkeypatch.chdir(trained)
    Path("other.csv").write_text("Id\nelse\n", encoding="utf-8")
    Path("nameless.csv").write_text("image,x\na,1\n", encoding="utf-8")
    Path("empty.csv").write_bytes(b"")
    Path("damaged.parquet").write_bytes(b"PAR1 damaged PAR1")
    Path("pictures").mkdir(exist_ok=True)
    got, out, err = ask(capsys, trained, *arguments)
    assert (got, out) == (code, "")
    line = next(line for line in err.splitlines() if line.startswith("error: "))
    assert message in line


def test_a_summary_for_machines(trained, tmp_path, capsys):
    out_file = tmp_path / "p.csv"
    code, out, _ = ask(capsys, trained, trained / "features.parquet", "-o", out_file, "--json")
    facts = json.loads(out)
    assert code == 0
    assert (facts["fields"], facts["features"], facts["failures"]) == (ROWS, 7, 0)
    assert (facts["in_training"], facts["simulated_training"]) == (ROWS, 0)
    assert facts["output"] == str(out_file)


def test_a_reader_that_stops_early_meets_no_traceback(trained):
    command = (
        f"cat {trained}/features.parquet | {PROGRAM} predict {trained}/model - "
        f"--block {trained}/extra.csv --format ndjson | head -n 1"
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["Id"] == "r000"
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


@pytest.fixture(scope="module")
def rarer(trained, tmp_path_factory) -> Path:
    """New rows, Nucleoplasm in a tenth of them; trained in about half."""
    folder = tmp_path_factory.mktemp("rarer")
    rng = np.random.default_rng(5)
    ids = [f"n{row:03d}" for row in range(300)]
    signal = np.where(np.arange(300) < 30, 1.0, -1.2) + 0.4 * rng.normal(size=300)
    table = pd.DataFrame({"Id": ids, "SLF_0001": signal, "SLF_0002": signal})
    for column in range(4):
        table[f"tex_{column}"] = rng.normal(size=300)
    table.to_parquet(folder / "features.parquet", index=False)
    pd.DataFrame({"Id": ids, "score": rng.normal(size=300)}).to_csv(
        folder / "extra.csv", index=False
    )
    shutil.copytree(trained / "model", folder / "model")
    return folder


def test_a_given_prevalence_moves_probabilities_and_thresholds(rarer, tmp_path, capsys):
    (tmp_path / "shares.csv").write_text("label,prevalence\nNucleoplasm,0.1\nRods & rings,0.3\n")
    answers = [tmp_path / "plain.csv", tmp_path / "moved.csv"]
    assert ask(capsys, rarer, rarer / "features.parquet", "-o", answers[0])[0] == 0
    more = ["--target-prevalence", tmp_path / "shares.csv", "-o", answers[1], "--json"]
    code, out, err = ask(capsys, rarer, rarer / "features.parquet", *more)
    assert code == 0
    facts = json.loads(out)["prevalence"]
    assert facts["Nucleoplasm"]["target"] == 0.1
    assert facts["Nucleoplasm"]["trained"] > 0.3
    assert facts["Cytosol"]["target"] == facts["Cytosol"]["trained"]
    assert facts["Cytosol"]["threshold"] == facts["Cytosol"]["threshold_trained"]
    assert "prevalence differs from training for 2 labels, is the same for 1" in err
    plain, moved = (pd.read_csv(each) for each in answers)
    odds = [each["Nucleoplasm.prob"] / (1 - each["Nucleoplasm.prob"]) for each in (plain, moved)]
    trained = facts["Nucleoplasm"]["trained"]
    np.testing.assert_allclose(odds[1] / odds[0], (0.1 / 0.9) / (trained / (1 - trained)), 1e-4)
    decided = moved["Nucleoplasm.prob"] >= facts["Nucleoplasm"]["threshold"]
    np.testing.assert_array_equal(moved["Nucleoplasm.decision"] == 1, decided)
    # A label without a model answers by the share that is given.
    assert (moved["Rods & rings.decision"] == 1).all()
    pd.testing.assert_series_equal(moved["Cytosol.prob"], plain["Cytosol.prob"])


def test_a_prevalence_is_estimated_from_the_rows(rarer, tmp_path, capsys):
    more = ["--target-prevalence", "em", "-o", tmp_path / "em.csv", "--json"]
    code, out, _ = ask(capsys, rarer, rarer / "features.parquet", *more)
    assert code == 0
    facts = json.loads(out)["prevalence"]
    assert facts["Nucleoplasm"]["target"] == pytest.approx(0.1, abs=0.05)
    assert facts["Nucleoplasm"]["p_value"] < 0.001
    assert facts["Rods & rings"]["p_value"] is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("label,share\nCytosol,0.2\n", "no column prevalence"),
        ("label,prevalence\nCytosole,0.2\n", "no label 'Cytosole'"),
        ("label,prevalence\nCytosol,1.2\n", "above 0 and below 1, got '1.2'"),
        ("label,prevalence\nCytosol,many\n", "got 'many'"),
        ("label,prevalence\nCytosol,0.2\nCytosol,0.3\n", "'Cytosol' twice"),
    ],
)
def test_a_table_of_shares_that_is_none_is_refused(rarer, tmp_path, capsys, content, message):
    (tmp_path / "shares.csv").write_text(content)
    more = ["--target-prevalence", tmp_path / "shares.csv"]
    code, out, err = ask(capsys, rarer, rarer / "features.parquet", *more)
    assert code != 0
    assert out == ""
    assert message in err
