from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_bundle import train_small, write_tables
from safetensors.numpy import save

from hpa_features.core.errors import BundleError, UsageError
from hpa_features.io.bundle import read_bundle, write_bundle

BOOSTER = "boosters/label-000-fold-0.txt"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle")
    write_tables(folder)
    train_small(folder)
    return folder / "model"


@pytest.fixture
def folder(trained, tmp_path):
    shutil.copytree(trained, tmp_path / "model")
    return tmp_path / "model"


def edit(folder, change):
    path = folder / "model.json"
    facts = json.loads(path.read_text())
    change(facts)
    path.write_text(json.dumps(facts))


def check_refused(folder, message):
    with pytest.raises(BundleError, match=message):
        read_bundle(folder)


def test_what_is_written_is_read_again(trained, tmp_path):
    bundle = read_bundle(trained)
    write_bundle(bundle, tmp_path / "again")
    again = read_bundle(tmp_path / "again")
    assert again.facts == bundle.facts
    assert again.boosters == bundle.boosters
    assert again.card == bundle.card
    assert again.oof.ids == bundle.oof.ids
    for part in ("folds", "truth", "raw", "prob", "nested", "decision"):
        np.testing.assert_array_equal(getattr(again.oof, part), getattr(bundle.oof, part))
    for name, array in bundle.numbers.items():
        np.testing.assert_array_equal(again.numbers[name], array)
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


def test_an_array_whose_columns_lie_together_is_written_as_it_reads(trained, tmp_path):
    bundle = read_bundle(trained)
    turned = np.arange(6.0).reshape(2, 3).T
    write_bundle(replace(bundle, numbers={**bundle.numbers, "turned": turned}), tmp_path / "again")
    np.testing.assert_array_equal(read_bundle(tmp_path / "again").numbers["turned"], turned)


def test_the_out_of_fold_table_has_the_promised_columns(trained):
    names = pq.read_schema(trained / "oof.parquet").names
    parts = ("truth", "raw", "prob", "nested", "decision")
    labels = [f"label{index}.{part}" for index in range(3) for part in parts]
    assert names == ["Id", "Group", "Fold", *labels]


def test_no_file_in_a_bundle_is_a_pickle(trained):
    for path in trained.rglob("*"):
        if path.is_file():
            assert path.suffix in {".json", ".txt", ".safetensors", ".parquet", ".md"}


def test_a_folder_that_is_no_bundle_is_named(tmp_path):
    with pytest.raises(BundleError, match="is not a model") as error:
        read_bundle(tmp_path)
    assert "hpa-feat train" in error.value.hint


def test_another_format_is_refused(folder):
    edit(folder, lambda facts: facts.update(format=1))
    check_refused(folder, "does not have the format 5")


@pytest.mark.parametrize("name", [BOOSTER, "numbers.safetensors", "oof.parquet"])
def test_a_cut_off_file_is_check_refused(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    check_refused(folder, "truncated or was changed")


@pytest.mark.parametrize("name", [BOOSTER, "numbers.safetensors", "oof.parquet", "card.md"])
def test_a_missing_file_is_check_refused(folder, name):
    (folder / name).unlink()
    check_refused(folder, "missing")


def test_a_file_that_is_a_link_is_check_refused(folder, tmp_path):
    shutil.move(folder / BOOSTER, tmp_path / "elsewhere.txt")
    (folder / BOOSTER).symlink_to(tmp_path / "elsewhere.txt")
    check_refused(folder, "missing or not a regular file")


@pytest.mark.parametrize(
    "name", ["../secret.txt", "/etc/passwd", "boosters/../../x.txt", "boosters/a/b.txt", "card.md"]
)
def test_names_that_leave_the_folder_are_check_refused(folder, name):
    def change(facts):
        facts["labels"][0]["boosters"][0] = name
        facts["files"][name] = facts["files"].pop(BOOSTER)

    edit(folder, change)
    check_refused(folder, "not a valid model file name")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda facts: facts.pop("labels"), "lacks 'labels'"),
        (lambda facts: facts.update(labels={}), "labels must be a list"),
        (lambda facts: facts["labels"][1].update(threshold="0.3"), r"labels\[1\]\.threshold"),
        (lambda facts: facts["labels"][1].update(threshold=10**400), "finite number"),
        (lambda facts: facts["labels"][1].update(prevalence=1e308), "1e.308 is not a finite"),
        (lambda facts: facts["data"].update(rows=10**4000), "is not a finite number"),
        (lambda facts: facts["labels"][1].update(name="label0"), "list each label once"),
        (lambda facts: facts["labels"][1].update(name="\ud800"), "surrogates not allowed"),
        (lambda facts: facts["training"].update(blocks="a"), r"training\.blocks must be a list"),
        (lambda facts: facts["extraction"].update(families=3), "families must be a list"),
        (lambda facts: facts["features"][0].pop("block"), r"features\[0\] lacks 'block'"),
        (lambda facts: facts.update(features=[]), "no labels or no features"),
        (lambda facts: facts.update(cells=[]), r"model\.json\.cells must be an object"),
        (lambda facts: facts.update(cells=None), r"model\.json\.cells must be an object"),
        (lambda facts: facts["files"].update({BOOSTER: 3}), "must be of type str"),
        (lambda facts: facts["files"].update({"extra": "x"}), "does not list the files"),
    ],
)
def test_forged_facts_are_check_refused(folder, change, message):
    edit(folder, change)
    check_refused(folder, message)


@pytest.mark.parametrize("text", ["", "[", "{}", '{"format": NaN}', "[" * 100_000])
def test_text_that_is_no_model_json_is_check_refused(folder, text):
    (folder / "model.json").write_text(text)
    check_refused(folder, "model.json")


def replace_file(folder, name, content):
    """Put other content in a file, with the right checksum."""
    import hashlib

    (folder / name).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    edit(folder, lambda facts: facts["files"].update({name: digest}))


def test_numbers_of_another_type_or_format_are_refused(folder):
    replace_file(folder, "numbers.safetensors", save({"missing": np.zeros(3, np.float16)}))
    check_refused(folder, "32- or 64-bit")
    replace_file(folder, "numbers.safetensors", b"\xff" * 64)
    check_refused(folder, "not a safetensors file")


def test_a_model_text_with_the_right_checksum_is_still_checked(folder):
    text = (folder / BOOSTER).read_bytes()
    replace_file(folder, BOOSTER, text.replace(b"max_feature_idx=11", b"max_feature_idx=99"))
    check_refused(folder, "max_feature_idx must be 11")


def test_an_out_of_fold_table_of_other_labels_is_refused(folder):
    edit(folder, lambda facts: facts["labels"][0].update(name="other"))
    check_refused(folder, r"needs exactly one column 'other\.truth'")


@pytest.mark.parametrize(
    ("column", "value"), [("label0.raw", np.nan), ("label1.prob", 1.5), ("label2.nested", -1e308)]
)
def test_an_out_of_fold_table_with_numbers_out_of_range_is_refused(folder, column, value):
    table = pq.read_table(folder / "oof.parquet")
    at = table.column_names.index(column)
    values = table.column(column).to_numpy().copy()
    values[0] = value
    stream = io.BytesIO()
    pq.write_table(table.set_column(at, column, pa.array(values)), stream)
    replace_file(folder, "oof.parquet", stream.getvalue())
    check_refused(folder, f"each {column.split('.')[1]} must be a number from")


def test_an_out_of_fold_table_of_another_number_of_rows_is_refused_unread(folder):
    empty = pq.read_table(folder / "oof.parquet").slice(0, 0)
    stream = io.BytesIO()
    pq.write_table(empty, stream)
    replace_file(folder, "oof.parquet", stream.getvalue())
    check_refused(folder, r"has 0 rows, wanted the \d+ of model\.json")
    edit(folder, lambda facts: facts["data"].update(rows=0))
    check_refused(folder, "has 0 rows, wanted the 0 of model")


def test_texts_of_an_out_of_fold_table_are_utf_8(folder):
    table = pq.read_table(folder / "oof.parquet")
    offsets = np.arange(table.num_rows + 1, dtype=np.int32)
    noise = pa.py_buffer(b"\xff" * table.num_rows)
    ids = pa.StringArray.from_buffers(table.num_rows, pa.py_buffer(offsets), noise)
    stream = io.BytesIO()
    pq.write_table(table.set_column(0, "Id", ids), stream)
    replace_file(folder, "oof.parquet", stream.getvalue())
    check_refused(folder, "not a readable Parquet file")


def test_a_model_is_replaced_only_when_asked_and_other_folders_never(trained, tmp_path):
    bundle = read_bundle(trained)
    write_bundle(bundle, tmp_path / "model")
    with pytest.raises(UsageError, match="already holds a model") as error:
        write_bundle(bundle, tmp_path / "model")
    assert "--overwrite" in error.value.hint
    write_bundle(bundle, tmp_path / "model", overwrite=True)
    assert read_bundle(tmp_path / "model").facts == bundle.facts
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    with pytest.raises(UsageError, match="not an hpa-feat model"):
        write_bundle(bundle, tmp_path / "photos", overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "photos"]
