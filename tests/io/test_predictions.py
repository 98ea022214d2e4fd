"""Every form of predictions reads back as it was written, and bad ones are one clear line."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from hpa_features.core.errors import DataError, HpaFeatError, UsageError
from hpa_features.core.locations import LOCATIONS
from hpa_features.core.settings import PredictionForm
from hpa_features.io.prediction_files import ids_from, read_predictions
from hpa_features.io.predictions import Predictions, check_form, write_parquet, write_text

SAID = Predictions(
    ids=("007", "b", "c, d"),
    labels=("Nucleoplasm", "Rods & rings"),
    decision=np.array([[1, 1], [0, 1], [0, 0]], dtype=bool),
    probability=np.array([[0.9, 0.5], [0.25, 0.75], [0.125, 1 / 3]]),
    threshold=np.array([0.4, 0.5]),
    novelty=np.array([0.0, 0.5, 0.0625]),
    in_training=np.array([True, False, True]),
)


def written(form, path, said=SAID, **keywords):
    with path.open("w", encoding="utf-8", newline="") as file:
        write_text(said, file, form, **keywords)
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", list(PredictionForm))
def test_text_reads_back(form, tmp_path):
    written(form, tmp_path / "p.csv")
    found = read_predictions(str(tmp_path / "p.csv"))
    assert found.ids == SAID.ids
    columns = [found.labels.index(label) for label in SAID.labels]
    np.testing.assert_array_equal(found.decision[:, columns], SAID.decision)
    if form is not PredictionForm.KAGGLE:
        assert found.labels == SAID.labels
        np.testing.assert_array_equal(found.in_training, SAID.in_training)
        np.testing.assert_allclose(found.probability, SAID.probability, rtol=1e-6)
    if form is PredictionForm.LONG:
        np.testing.assert_allclose(found.threshold, SAID.threshold)
    if form is PredictionForm.WIDE:
        np.testing.assert_allclose(found.novelty, SAID.novelty)


@pytest.mark.parametrize("form", [PredictionForm.WIDE, PredictionForm.LONG])
def test_parquet_reads_back_exactly(form, tmp_path):
    write_parquet(SAID, tmp_path / "p.parquet", form)
    found = read_predictions(str(tmp_path / "p.parquet"))
    assert (found.ids, found.labels) == (SAID.ids, SAID.labels)
    np.testing.assert_array_equal(found.decision, SAID.decision)
    np.testing.assert_array_equal(found.probability, SAID.probability)
    np.testing.assert_array_equal(found.in_training, SAID.in_training)


@pytest.mark.parametrize("form", list(PredictionForm))
def test_what_is_not_known_of_the_training_stays_unknown(form, tmp_path):
    written(form, tmp_path / "p.csv", replace(SAID, in_training=None))
    assert "raining" not in (tmp_path / "p.csv").read_text()
    assert read_predictions(str(tmp_path / "p.csv")).in_training is None


def test_a_submission_with_the_column_is_read_with_it(tmp_path):
    (tmp_path / "p.csv").write_text("Id,Predicted,InTraining\na,0,True\nb,,False\n")
    assert read_predictions(str(tmp_path / "p.csv")).in_training.tolist() == [True, False]


def test_text_forms_are_refused_as_parquet(tmp_path):
    with pytest.raises(UsageError, match="kaggle is text"):
        write_parquet(SAID, tmp_path / "p.parquet", PredictionForm.KAGGLE)


def test_kaggle_gives_every_asked_id_a_row_in_the_asked_order(tmp_path):
    text = written(PredictionForm.KAGGLE, tmp_path / "p.csv", asked=["b", "gone", "007", "c, d"])
    assert text == 'Id,Predicted\nb,27\ngone,\n007,0 27\n"c, d",\n'


def test_kaggle_takes_locations_only():
    check_form(PredictionForm.KAGGLE, LOCATIONS)
    check_form(PredictionForm.WIDE, ["cat"])
    with pytest.raises(UsageError, match="'cat' is not one of them"):
        check_form(PredictionForm.KAGGLE, ["Cytosol", "cat"])


def test_wide_columns_are_named_as_promised(tmp_path):
    header, first = written(PredictionForm.WIDE, tmp_path / "p.csv").splitlines()[:2]
    assert header == (
        "Id,Nucleoplasm.prob,Nucleoplasm.decision,Rods & rings.prob,Rods & rings.decision,Novelty,"
        "InTraining"
    )
    assert first == "007,0.9,1,0.5,1,0,1"


def test_json_lines_are_flushed_one_by_one():
    class Pipe(io.StringIO):
        flushed = 0

        def flush(self):
            self.flushed += 1

    pipe = Pipe()
    write_text(SAID, pipe, PredictionForm.NDJSON)
    lines = pipe.getvalue().splitlines()
    assert pipe.flushed >= len(lines) == 3
    assert json.loads(lines[1]) == {
        "Id": "b",
        "labels": ["Rods & rings"],
        "probability": {"Nucleoplasm": 0.25, "Rods & rings": 0.75},
        "novelty": 0.5,
        "in_training": False,
    }


def test_rows_can_be_picked_and_the_empty_ones_forced():
    picked = SAID.rows(["c, d", "gone", "007"])
    assert picked.ids == ("c, d", "007")
    np.testing.assert_array_equal(picked.novelty, [0.0625, 0])
    assert picked.in_training.tolist() == [True, True]
    forced = SAID.with_one_label_at_least()
    np.testing.assert_array_equal(forced.decision, [[1, 1], [0, 1], [0, 1]])
    assert not SAID.decision[2].any()


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("Id,Predicted\na,28\n", UsageError, "data row 1 (Id a): Predicted holds '28'"),
        ("Id,Predicted\na,Cytosol\n", UsageError, "holds 'Cytosol'"),
        ("Id,Predicted\na,0\na,1\n", UsageError, "duplicate ids"),
        ("Id,x\na,0\n", UsageError, "has no predictions"),
        ("Id,x.decision\na,2\n", UsageError, "values other than 0 and 1"),
        ("Id,x.decision\na,yes\n", UsageError, "has text"),
        ("Id,label,decision\na,x,1\nb,y,1\n", UsageError, "each of the 2 labels exactly once"),
        ('{"Id": "a"}\n', DataError, "line 1 is not a prediction"),
        ('{"Id": "a", "labels": []}\nnonsense\n', DataError, "line 2 is not a prediction"),
        ('{"Id": "a", "labels": []}\n{"Id": "a", "labels": []}\n', UsageError, "duplicate ids: a"),
        ("Id,x.decision,InTraining\na,1,2\n", UsageError, "InTraining has values other"),
        ("Id,x.decision,InTraining\na,1,\nb,0,1\n", UsageError, "InTraining has values"),
        (
            '{"Id": "a", "labels": [], "in_training": true}\n{"Id": "b", "labels": []}\n',
            DataError,
            "in_training must be true or false on every line",
        ),
        ("", DataError, "is empty"),
    ],
)
def test_a_bad_file_is_one_clear_line(text, kind, message, tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(kind) as caught:
        read_predictions(str(path))
    assert message in str(caught.value)
    assert isinstance(caught.value, HpaFeatError)


def test_ids_are_asked_for_by_any_table(tmp_path):
    path = tmp_path / "sample.csv"
    path.write_text("Id,Predicted\nb,0\n007,0\n", encoding="utf-8")
    assert ids_from(str(path)) == ("b", "007")


@pytest.mark.parametrize("missing", ["NA", "nan", "None", ""])
def test_a_missing_prediction_is_no_label_and_a_missing_probability_is_refused(missing, tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(f"ID,PREDICTED\na,0\nb,{missing}\n", encoding="utf-8")
    assert read_predictions(str(path)).decision.sum(axis=1).tolist() == [1, 0]
    path.write_text(f"Id,x.prob,x.decision\na,0.5,1\nb,{missing},0\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"column x\.prob holds nothing in data row 2"):
        read_predictions(str(path))
    path.write_text("Id,x.prob,x.decision\na,50,1\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"x\.prob holds 50 in data row 1, wanted 0 to 1"):
        read_predictions(str(path))


@pytest.mark.parametrize(
    "line",
    [
        '{"Id": "a", "labels": "x"}',
        '{"Id": "a", "labels": ["x"], "probability": [1]}',
        '{"Id": "a", "labels": ["x"], "probability": {"x": "much"}}',
        '{"Id": "a", "labels": ["x"], "probability": {"x": NaN}}',
        '{"Id": "a", "labels": ["x"], "probability": {"x": 2}}',
        '{"Id": "a", "labels": ' + 2000 * "[" + "}",
        '{"Id": "\udcff", "labels": []}',
    ],
)
def test_a_bad_line_of_json_is_one_clear_line(line, tmp_path):
    path = tmp_path / "p.ndjson"
    path.write_bytes((line + "\n").encode(errors="surrogateescape"))
    with pytest.raises(HpaFeatError, match=r"p\.ndjson"):
        read_predictions(str(path))


def test_lines_of_json_may_be_gzipped_and_have_a_mark_and_odd_names(tmp_path):
    path = tmp_path / "p.ndjson"
    text = '\ufeff{"Id": "a", "labels": ["x\u2028y"]}\r\n\n{"Id": "b", "labels": []}\n'
    path.write_bytes(gzip.compress(text.encode()))
    assert read_predictions(str(path)).labels == ("x\u2028y",)
