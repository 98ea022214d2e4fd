"""Whole numbers that a float would round are excluded by name, whatever their type and file."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from listener import Listener

from hpa_features.core.errors import BundleError, DataError, UsageError
from hpa_features.core.settings import PredictionForm, PredictSettings
from hpa_features.core.train_settings import TrainSettings
from hpa_features.io.blocks import join_blocks
from hpa_features.io.cells import gather, open_cells
from hpa_features.io.csv_table import LARGEST_EXACT
from hpa_features.io.tables import read_features
from hpa_features.pipeline.importance import importance
from hpa_features.pipeline.predict import predict
from hpa_features.pipeline.train import train

BEYOND = {
    "int64": pa.array([2**53 + 1, 5], pa.int64()),
    "int64 below": pa.array([5, -(2**53) - 1], pa.int64()),
    "int64 with gaps, as of pandas": pa.array([None, 2**60], pa.int64()),
    "uint64": pa.array([2**64 - 1, 0], pa.uint64()),
    "decimal": pa.array([Decimal(10**30), Decimal(1)], pa.decimal128(38, 0)),
    "large decimal": pa.array([Decimal(10**60), Decimal(1)], pa.decimal256(70, 0)),
    "nanoseconds": pa.array([1_700_000_000_123_456_789, 1_700_000_000_123_456_790], pa.int64()),
}
WITHIN = {
    "int64": pa.array([2**53, -(2**53)], pa.int64()),
    "uint64": pa.array([2**53, 0], pa.uint64()),
    "int8": pa.array([-128, 127], pa.int8()),
    "decimal": pa.array([Decimal("0.25"), Decimal(7)], pa.decimal128(10, 2)),
    "float, however large": pa.array([1e30, 2.0**60], pa.float64()),
    "bool": pa.array([True, False]),
    "all missing": pa.array([None, None], pa.int64()),
}
FORMS = ["csv", "parquet", "arrow"]


def write(columns, form, path):
    table = pa.table({"Id": ["a", "b"], "x": [0.5, 1.5]} | columns)
    if form == "csv":
        pa_csv.write_csv(table, path)
    elif form == "parquet":
        pq.write_table(table, path)
    else:
        pyarrow.feather.write_feather(table, str(path))
    return str(path)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", BEYOND)
def test_a_column_beyond_2_to_the_53_is_excluded_and_named(kind, form, tmp_path):
    told = Listener()
    path = write({"when": BEYOND[kind]}, form, tmp_path / "t")
    table = read_features(path, progress=told)
    assert table.names == ("x",)
    assert table.inexact == ("when",)
    (line,) = told.notes
    assert "when" in line
    assert "2^53" in line


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", WITHIN)
def test_other_numbers_are_features(kind, form, tmp_path):
    told = Listener()
    table = read_features(write({"n": WITHIN[kind]}, form, tmp_path / "t"), progress=told)
    wanted = np.array([np.nan if each is None else each for each in WITHIN[kind].to_pylist()])
    assert table.names == ("x", "n")
    np.testing.assert_array_equal(table.values[:, 1], wanted.astype(np.float32))
    assert not told.notes


@pytest.mark.parametrize("text", ["18446744073709551616", "-99999999999999999999999999", "9" * 60])
def test_integers_that_no_type_of_a_csv_holds(text, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(f"Id,x,hash\na,1,{text}\nb,2,\nc,3,17\n")
    assert read_features(str(path)).inexact == ("hash",)
    path.write_text("Id,x,hash\na,1,1e25\nb,2,0.5\nc,3,\n")
    assert read_features(str(path)).names == ("x", "hash")


def test_a_table_of_nothing_else_and_a_block(tmp_path):
    path = write({"x": BEYOND["int64"]}, "csv", tmp_path / "only.csv")
    told = Listener()
    with pytest.raises(DataError, match="no numeric columns"):
        read_features(path, progress=told)
    assert "x" in told.notes[0]
    good = read_features(write({}, "csv", tmp_path / "good.csv"))
    block = write({"when": BEYOND["uint64"]}, "parquet", tmp_path / "more.parquet")
    assert join_blocks(good, [block]).inexact == ("more.when",)


@pytest.mark.parametrize("form", FORMS)
def test_cells(form, tmp_path):
    told = Listener()
    path = write({"when": BEYOND["int64"]}, form, tmp_path / "cells")
    table = open_cells(path, known={}, progress=told)
    assert [column.name for column in table.columns] == ["x"]
    assert "when" in told.notes[0]
    cells = gather(table, ["a", "b"], ["x"], 1, tmp_path / "c.npy")
    np.testing.assert_array_equal(cells.values[:, 0], [0.5, 1.5])


def test_large_numbers_as_ids_groups_and_metadata_keep_every_digit(tmp_path):
    large = [2**63 - 1, 2**63 - 2]
    columns = {"Id": large, "x": [1, 2], "Group": large, "Metadata_Barcode": large}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    pa_csv.write_csv(pa.table(columns), tmp_path / "t.csv")
    for name in ("t.parquet", "t.csv"):
        table = read_features(str(tmp_path / name))
        assert table.ids == table.metadata["Group"] == table.metadata["Barcode"]
        assert table.ids == tuple(map(str, large))
        assert table.names == ("x",)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A small model whose features are `x` and `when`."""
    folder = tmp_path_factory.mktemp("model")
    draw = np.random.default_rng(0)
    ids = [f"r{row}" for row in range(40)]
    truth = np.arange(40) % 2
    columns = {"Id": ids, "x": draw.normal(size=40) + truth, "when": draw.integers(0, 99, 40)}
    pq.write_table(pa.table(columns), folder / "x.parquet")
    late = {**columns, "when": columns["when"] + LARGEST_EXACT}
    pq.write_table(pa.table(late), folder / "late.parquet")
    pa_csv.write_csv(pa.table({"Id": ids, "A": truth}), folder / "l.csv")
    settings = TrainSettings(group="none")
    train(str(folder / "x.parquet"), str(folder / "l.csv"), str(folder / "m"), settings)
    return folder


def test_a_column_that_a_model_needs_is_an_error_that_names_it(model):
    with pytest.raises(BundleError, match=r"the model needs when, .*2\^53"):
        predict(
            str(model / "m"),
            str(model / "late.parquet"),
            str(model / "p.csv"),
            PredictionForm.WIDE,
            PredictSettings(),
        )
    with pytest.raises(BundleError, match="when"):
        importance(str(model / "m"), str(model / "late.parquet"))


def test_a_probability_as_a_large_integer_is_an_error_that_names_the_column(tmp_path):
    from hpa_features.io.prediction_files import read_predictions

    columns = {"A.prob": BEYOND["int64"], "A.decision": pa.array([1, 0])}
    with pytest.raises(UsageError, match=r"A\.prob"):
        read_predictions(write(columns, "parquet", tmp_path / "p.parquet"))


@pytest.mark.parametrize("column", ["Id", "Group", "Metadata_Plate", "metadata_plate"])
@pytest.mark.parametrize("kind", [pa.float64(), pa.float32()])
def test_ids_and_groups_that_were_rounded_to_floats_are_refused(column, kind, tmp_path):
    numbers = [float(2**53 + 2 * row) for row in range(3)]
    columns = {"Id": ["a", "b", "c"], "x": [1, 2, 3], column: pa.array(numbers, kind)}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    with pytest.raises(UsageError, match=r"beyond 2\^53, which have lost digits"):
        read_features(str(tmp_path / "t.parquet"))
