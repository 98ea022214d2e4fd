"""hpa-feat predict on images: measured on the way as the training images were, then predicted."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hpa_feat_cli.app import run
from image_files import write
from in_process import IN_PROCESS
from wider_settings import WiderExtract

from hpa_features.core import settings
from hpa_features.core.errors import DataError
from hpa_features.pipeline import extract, field_runs
from hpa_features.pipeline.extract import extract_table
from hpa_features.pipeline.feature_tables import load_features
from hpa_features.pipeline.kept_settings import differences
from hpa_features.segmentation import segmenter

PROGRAM = Path(sys.executable).with_name("hpa-feat")
FIELDS = 24
COMMON = ["--pixel-size-um", "0.32", *IN_PROCESS]


@pytest.fixture
def trained(image_model) -> Path:
    return image_model


def ask(capsys, trained, *arguments):
    code = run(["predict", str(trained / "model"), *map(str, arguments), *COMMON])
    out, err = capsys.readouterr()
    return code, out, err


def test_images_and_their_manifest_give_what_their_features_give(trained, tmp_path, capsys):
    code, expected, _ = ask(capsys, trained, trained / "store")
    assert code == 0
    assert len(expected.splitlines()) == FIELDS + 1
    assert ask(capsys, trained, trained / "images")[1] == expected
    manifest = tmp_path / "manifest.csv"
    assert run(["manifest", str(trained / "images"), "-o", str(manifest), "-q"]) == 0
    capsys.readouterr()
    assert ask(capsys, trained, manifest)[1] == expected
    assert ask(capsys, trained, f"{trained}/images/*.png")[1] == expected


def test_cells_that_were_measured_on_the_way_are_counted(trained, tmp_path, capsys):
    out_file = tmp_path / "p.csv"
    _, out, err = ask(capsys, trained, trained / "images", "-o", out_file, "--json")
    assert f"{FIELDS} cells, {FIELDS} used for image statistics, " in err
    assert json.loads(out)["cells_used"] == FIELDS
    _, out, err = ask(capsys, trained, trained / "store", "-o", tmp_path / "q.csv", "--json")
    assert "used for" not in err
    assert not {"cells", "cells_used"} & set(json.loads(out))


def test_a_pipe_of_three_programs_carries_only_the_table(trained, capsys):
    _, expected, _ = ask(capsys, trained, trained / "store")
    extracting = "extract - -o - --features Intensity --segmenter whole-field"
    options = " ".join(COMMON)
    command = (
        f"find {trained}/images -name '*.png' | sort | {PROGRAM} {extracting} {options} | "
        f"{PROGRAM} predict {trained}/model - --jobs 1"
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout == expected
    paths = f"find {trained}/images | sort | {PROGRAM} predict {trained}/model - {options}"
    done = subprocess.run(["bash", "-c", paths], capture_output=True, text=True, check=True)
    assert done.stdout == expected


def test_fields_that_fail_are_told_and_keep_their_row_in_a_submission(trained, tmp_path, capsys):
    images = Path(shutil.copytree(trained / "images", tmp_path / "images"))
    (images / "f03_red.png").unlink()
    write(images / "f05_blue.png", (images / "f05_blue.png").read_bytes()[:90])
    out_file = tmp_path / "sub.csv"
    code, _, err = ask(capsys, trained, images, "-o", out_file, "--format", "kaggle")
    assert code == 3
    assert "field f03 failed at find" in err
    assert "2 without a measurement" in err
    found = pd.read_csv(out_file, keep_default_na=False).set_index("Id")["Predicted"]
    assert len(found) == FIELDS
    assert found["f03"] == found["f05"] == ""
    failures = pd.read_csv(tmp_path / "sub.csv.failures.csv").set_index("Id")
    assert set(failures.index) == {"f03", "f05"}
    code, out, _ = ask(capsys, trained, images)
    assert code == 3
    assert len(out.splitlines()) == FIELDS - 1


def test_features_made_otherwise_are_told_setting_by_setting(trained, tmp_path, capsys):
    other = tmp_path / "other.parquet"
    more = ["--features", "Intensity", "--segmenter", "whole-field", "--grid-um", "0.48"]
    images = str(trained / "images")
    assert run(["extract", images, "-o", str(other), *more, *COMMON, "-q"]) == 0
    code, _, err = ask(capsys, trained, other)
    assert code == 0
    assert (
        "computed with other settings than in training: grid_um 0.48 here, 0.32 in training" in err
    )
    assert "segmenter" not in err


def test_a_csv_of_ours_keeps_its_meanings(trained, tmp_path, capsys):
    table = tmp_path / "f.csv"
    more = ["--features", "Intensity", "--segmenter", "whole-field"]
    images = str(trained / "images")
    assert run(["extract", images, "-o", str(table), *more, *COMMON, "-q"]) == 0
    ours, store = load_features(str(table)), load_features(str(trained / "store"))
    assert ours.columns == store.columns
    assert all(column.meaning for column in ours.columns)
    np.testing.assert_allclose(ours.values, store.values, rtol=1e-6)
    assert ask(capsys, trained, table)[0] == 0


@pytest.fixture
def widened(monkeypatch):
    """Make `ExtractSettings` have a new field, for all who use it."""
    narrow = settings.ExtractSettings
    for name, module in list(sys.modules.items()):
        if name.startswith("hpa_") and getattr(module, "ExtractSettings", None) is narrow:
            monkeypatch.setattr(module, "ExtractSettings", WiderExtract)


@pytest.fixture
def few(trained, tmp_path) -> Path:
    """A folder with the first four fields."""
    images = tmp_path / "few"
    images.mkdir()
    for path in (trained / "images").glob("f0[0-3]_*"):
        shutil.copy(path, images)
    return images


def trained_with(trained, folder, **extraction) -> Path:
    """Return a folder with the model as if it had been trained with other settings; None: without.

    Its images, features and labels are where they were.
    """
    shutil.copytree(trained / "model", folder / "model")
    path = folder / "model" / "model.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    facts["extraction"] |= extraction
    facts["extraction"] = {k: v for k, v in facts["extraction"].items() if v is not None}
    path.write_text(json.dumps(facts), encoding="utf-8")
    return folder


def test_a_new_setting_of_a_model_is_used_on_images(
    trained, few, tmp_path, capsys, monkeypatch, widened
):
    used = []

    def extract_and_keep(where, how, *rest, **more):
        used.append(how)
        return extract_table(where, how, *rest, **more)

    monkeypatch.setattr(extract, "extract_table", extract_and_keep)
    folder = trained_with(trained, tmp_path, zoom=2)
    code, out, err = ask(capsys, folder, few)
    assert (code, "zoom" in err) == (0, False)
    assert len(out.splitlines()) == 5
    assert [how.zoom for how in used] == [2]
    _, _, err = ask(capsys, folder, trained / "store")
    assert "zoom 1 here, 2 in training" in err


def test_a_setting_of_a_model_that_this_version_does_not_know_is_named(trained, tmp_path, capsys):
    folder = trained_with(trained, tmp_path, zoom=2)
    code, _, err = ask(capsys, folder, trained / "images")
    assert code == 1
    assert "has no setting zoom" in err
    assert "version of hpa-feat that trained the model" in err
    code, _, err = ask(capsys, folder, trained / "store")
    assert (code, "zoom None here, 2 in training" in err) == (0, True)


def test_a_setting_that_an_older_model_lacks_has_its_default(
    trained, few, tmp_path, capsys, monkeypatch
):
    expected = ask(capsys, trained, few)[1]
    monkeypatch.setattr(segmenter, "VERSION", 1)  # models without a digest are of that version
    folder = trained_with(trained, tmp_path, grid_um=None, segmenter_digest=None, input=None)
    code, out, err = ask(capsys, folder, few)
    assert (code, out) == (0, expected)
    assert "in training" not in err


def test_a_model_says_where_it_would_find_other_cells_than_in_training(
    trained, few, tmp_path, capsys, monkeypatch
):
    masks = tmp_path / "masks"
    assert run(["segment", str(few), "-o", str(masks), *COMMON, "-q"]) == 0
    given = trained_with(trained, tmp_path / "given", segmenter="precomputed")
    found = trained_with(trained, tmp_path / "found", segmenter="watershed", segmenter_digest=None)
    for folder, more, here, there in (
        (given, [], "watershed", "precomputed"),
        (found, ["--masks", masks], "precomputed", "watershed"),
    ):
        code, _, err = ask(capsys, folder, few, *more)
        assert code == 0
        assert f"segmenter '{here}' here, '{there}' in training" in err
        assert "segmenter_digest" not in err
    with monkeypatch.context() as first:
        first.setattr(segmenter, "VERSION", 1)
        assert "in training" not in ask(capsys, found, few)[2]
    code, _, err = ask(capsys, trained, few, "--masks", masks)
    assert "are not used" in err
    assert "in training" not in err


def test_differences_are_reported_before_images_are_measured(
    trained, few, tmp_path, capsys, monkeypatch
):
    def stop(*_, **__):
        raise DataError("nothing is measured here")

    monkeypatch.setattr(field_runs, "run_fields", stop)
    folder = trained_with(trained, tmp_path, segmenter="precomputed")
    code, _, err = ask(capsys, folder, few)
    assert (code, "nothing is measured here" in err) == (1, True)
    assert "segmenter 'watershed' here, 'precomputed' in training" in err


def test_the_segmenter_auto_of_older_tables_is_the_one_that_it_meant():
    without, masks = {"input": {"masks": ""}}, {"input": {"masks": "there"}}
    watershed = {"segmenter": "watershed"} | without
    assert differences(watershed, {"segmenter": "auto"} | without) == []
    assert differences(watershed, {"segmenter": "auto"} | masks) == [
        "segmenter 'precomputed' here, 'watershed' in training"
    ]
    assert differences({"segmenter": "precomputed"} | masks, {"segmenter": "auto"} | masks) == []


def test_another_version_of_a_segmenter_is_a_difference():
    new = {"segmenter": "watershed", "segmenter_digest": "0123456789abcdef"}
    [difference] = differences({"segmenter": "watershed"}, new)
    assert difference.startswith("segmenter_digest 0123456789ab here, ")
